use super::*;
use proptest::prelude::*;

#[test]
fn a_name_is_found_in_any_case_and_may_repeat() {
    let headers: Headers = [("Colour", "red"), ("colour", "blue"), ("Shape", "")].into_iter().collect();
    assert_eq!(headers.get("COLOUR"), Some("red"));
    assert_eq!(headers.get_all("colour").collect::<Vec<_>>(), ["red", "blue"]);
    assert_eq!(headers.get("shape"), Some(""));
    assert_eq!(headers.get("size"), None);
    assert_eq!((headers.len(), headers.byte_len()), (3, 24));
}

#[test]
fn a_changed_header_moves_to_the_end() {
    let mut headers: Headers = [("a", "1"), ("b", "2"), ("A", "3")].into_iter().collect();
    headers.set("a", "4");
    assert_eq!(headers.iter().collect::<Vec<_>>(), [("b", "2"), ("a", "4")]);
}

#[test]
fn a_second_item_makes_an_array_in_its_place() {
    let mut headers: Headers = [("x", "0")].into_iter().collect();
    for item in ["one", "two", "three"] {
        headers.push_array_item("list", item);
        if item == "one" {
            headers.push("z", "9");
        }
    }
    assert_eq!(headers.iter().collect::<Vec<_>>(), [("x", "0"), ("list", "ARRAY::one|:two|:three"), ("z", "9")]);
    let items = array_items(headers.get("list").unwrap()).unwrap();
    assert_eq!(items.collect::<Vec<_>>(), ["one", "two", "three"]);
    assert!(array_items("one").is_none());
}

#[test]
fn values_are_formatted_in_place_and_names_prefixed() {
    let mut headers = Headers::with_capacity(2, 64);
    headers.push_display("Event-Sequence", 42);
    headers.push_prefixed("variable_", "sip_to", "x");
    assert_eq!(headers.iter().collect::<Vec<_>>(), [("Event-Sequence", "42"), ("variable_sip_to", "x")]);
}

#[derive(Clone, Debug)]
enum Step {
    Push(String, String),
    Set(String, String),
    Item(String, String),
    Remove(String),
    ExtendSelf,
    ExtendSelfWithout(String),
    RetainShort,
    /// A block of these names, shared, and more behind it.
    Share(Vec<String>),
}

fn step() -> impl Strategy<Value = Step> {
    let name = || proptest::sample::select(vec!["a", "A", "bé", "Bé", "name", ""]).prop_map(str::to_string);
    let value = || ".{0,6}";
    prop_oneof![
        4 => (name(), value()).prop_map(|(n, v)| Step::Push(n, v)),
        2 => (name(), value()).prop_map(|(n, v)| Step::Set(n, v)),
        2 => (name(), value()).prop_map(|(n, v)| Step::Item(n, v)),
        2 => name().prop_map(Step::Remove),
        1 => Just(Step::ExtendSelf),
        1 => name().prop_map(Step::ExtendSelfWithout),
        1 => Just(Step::RetainShort),
        2 => proptest::collection::vec(name(), 0..4).prop_map(Step::Share),
    ]
}

fn apply_to_model(model: &mut Vec<(String, String)>, step: &Step) {
    match step {
        Step::Push(name, value) => model.push((name.clone(), value.clone())),
        Step::Set(name, value) => {
            model.retain(|(n, _)| !n.eq_ignore_ascii_case(name));
            model.push((name.clone(), value.clone()));
        }
        Step::Item(name, value) => match model.iter_mut().find(|(n, _)| n.eq_ignore_ascii_case(name)) {
            Some((_, old)) if old.starts_with(ARRAY) => *old = format!("{old}|:{value}"),
            Some((_, old)) => *old = format!("ARRAY::{old}|:{value}"),
            None => model.push((name.clone(), value.clone())),
        },
        Step::Remove(name) => model.retain(|(n, _)| !n.eq_ignore_ascii_case(name)),
        Step::ExtendSelf => model.extend(model.clone()),
        Step::ExtendSelfWithout(name) => {
            model.extend(model.clone().into_iter().filter(|(n, _)| !n.eq_ignore_ascii_case(name)));
        }
        Step::RetainShort => model.retain(|(_, v)| v.len() < 8),
        Step::Share(names) => model.extend(names.iter().map(|name| (name.clone(), "shared".to_owned()))),
    }
    model.truncate(64);
}

fn share(headers: &mut Headers, names: &[String]) {
    let mut block = HeaderBlock::new();
    names.iter().for_each(|name| block.push(name, "shared"));
    headers.share(&Arc::new(block));
}

fn apply(headers: &mut Headers, step: &Step) {
    match step {
        Step::Push(name, value) => headers.push(name, value),
        Step::Set(name, value) => headers.set(name, value),
        Step::Item(name, value) => headers.push_array_item(name, value),
        Step::Remove(name) => _ = headers.remove(name),
        Step::ExtendSelf => headers.extend(&headers.clone()),
        Step::ExtendSelfWithout(name) => headers.extend_without(&headers.clone(), name),
        Step::RetainShort => headers.retain(|_, value| value.len() < 8),
        Step::Share(names) => share(headers, names),
    }
    if headers.len() <= 64 {
        return;
    }
    let mut place = 0;
    headers.retain(|_, _| {
        place += 1;
        place <= 64
    });
}

proptest! {
    #[test]
    fn headers_do_what_a_list_of_pairs_does(steps in proptest::collection::vec(step(), 0..24)) {
        let (mut headers, mut model) = (Headers::new(), Vec::new());
        for step in &steps {
            apply(&mut headers, step);
            apply_to_model(&mut model, step);
            let pairs: Vec<_> = headers.iter().map(|(n, v)| (n.to_string(), v.to_string())).collect();
            prop_assert_eq!(&pairs, &model);
            let back: Vec<_> = headers.iter().rev().map(|(n, v)| (n.to_string(), v.to_string())).collect();
            prop_assert!(back.iter().rev().eq(&pairs));
            for name in ["a", "bé", "", "none"] {
                let all: Vec<_> = model.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str()).collect();
                prop_assert_eq!(headers.get_all(name).collect::<Vec<_>>(), &*all);
                prop_assert_eq!(headers.get(name), all.first().copied());
            }
            let bytes: usize = model.iter().map(|(n, v)| n.len() + v.len()).sum();
            prop_assert_eq!((headers.len(), headers.byte_len()), (model.len(), bytes));
            prop_assert_eq!(&headers.iter().collect::<Headers>(), &headers);
        }
    }
}
