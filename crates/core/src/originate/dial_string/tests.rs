use proptest::prelude::*;

use super::*;

/// The string as it was understood: each leg with its variables behind it; legs apart by a blank, groups by `|`, calls by
/// ` :_: `.
fn told(dial_string: &DialString) -> String {
    let leg = |leg: &Destination| {
        let variables: Vec<String> = leg.variables.iter().map(|(name, value)| format!("{name}={value}")).collect();
        format!("{}/{}[{}]", leg.endpoint, leg.address, variables.join(";"))
    };
    let group = |group: &Vec<Destination>| group.iter().map(leg).collect::<Vec<_>>().join(" ");
    let call = |call: &Call| call.groups.iter().map(group).collect::<Vec<_>>().join("|");
    dial_string.calls.iter().map(call).collect::<Vec<_>>().join(" :_: ")
}

fn check(text: &str, expected: &str) {
    assert_eq!(told(&DialString::parse(text).unwrap()), expected, "{text}");
}

#[test]
fn dial_strings_come_apart() {
    check("null/probe", "null/probe[]");
    check(" null/a , null/b ", "null/a[] null/b[]");
    check("probe", "probe/[]");
    check("null/x,,|null/y,", "null/x[]|null/y[]");
    check("{a=1,b='x, y'}sofia/gateway/peer/4000", "sofia/gateway/peer/4000[a=1;b=x, y]");
    check("{a=1}{b=2}null/x", "null/x[a=1;b=2]");
    check("{a=1}[b=2]null/x,[a=3]null/y|null/z", "null/x[a=1;b=2] null/y[a=3]|null/z[a=1]");
    check("{a=1,local_var_clobber=false}[a=2,b=3]null/x", "null/x[b=3;a=1;local_var_clobber=false]");
}

#[test]
fn separators_lose_their_meaning() {
    check("{a=1\\,2}null/x", "null/x[a=1,2]");
    check("[a='1,2|3']null/x,null/y", "null/x[a=1,2|3] null/y[]");
    check("[a=1,b=2]null/x|null/y", "null/x[a=1;b=2]|null/y[]");
    check("sofia/internal/'a,b|c'@host,null/y", "sofia/internal/a,b|c@host[] null/y[]");
    check("null/a\\,b\\|c,null/y", "null/a,b|c[] null/y[]");
    check("null/o'brien,null/y", "null/o'brien[] null/y[]");
    check("sofia/internal/1@[::1]:5060,null/y", "sofia/internal/1@[::1]:5060[] null/y[]");
}

#[test]
fn other_separators_are_named() {
    check("{^^:a=1,2:b=3}null/x", "null/x[a=1,2;b=3]");
    check("[^^|a=1|b=2]null/x|null/y", "null/x[a=1;b=2]|null/y[]");
    check("{absolute_codec_string=^^:PCMA:PCMU,b=1}null/x", "null/x[absolute_codec_string=PCMA,PCMU;b=1]");
    check("{^^}null/x", "null/x[]");
}

#[test]
fn calls_stand_side_by_side() {
    check("<a=1>{b=2}null/x:_:{b=3}null/y|null/z", "null/x[a=1;b=2] :_: null/y[a=1;b=3]|null/z[a=1;b=3]");
    check("{b='2:_:3'}null/x:_:null/y", "null/x[b=2:_:3] :_: null/y[]");
    let parsed = DialString::parse("<a=1>{b=2}[c=3]null/x").unwrap();
    let variables: Vec<_> = parsed.calls[0].variables.iter().collect();
    assert_eq!(variables, [("a", "1"), ("b", "2")]);
}

#[test]
fn wrong_ones_say_what_is_wrong() {
    let error = |text: &str| DialString::parse(text).unwrap_err();
    assert_eq!(error("{a=1"), DialStringError::Unclosed('{'));
    assert_eq!(error("null/x,[a=1"), DialStringError::Unclosed('['));
    assert_eq!(error("<a=1"), DialStringError::Unclosed('<'));
    for text in ["", " ", "{a=1}", "{a=1}[b=2]", ",|,", "null/x:_:"] {
        assert_eq!(error(text), DialStringError::Empty, "{text}");
    }
}

#[test]
fn legs_and_variables_are_bounded() {
    let many: Vec<String> = (0..=MAX_VARIABLES).map(|number| format!("v{number}=1")).collect();
    let (half, rest) = many.split_at(MAX_VARIABLES / 2);
    for text in [format!("{{{}}}null/x", many.join(",")), format!("{{{}}}[{}]null/x", half.join(","), rest.join(","))] {
        assert_eq!(DialString::parse(&text).unwrap_err(), DialStringError::TooManyVariables);
    }
    for separator in [",", "|", ":_:"] {
        assert!(DialString::parse(&["null/x"; MAX_LEGS].join(separator)).is_ok());
        assert_eq!(DialString::parse(&["a/b"; MAX_LEGS + 1].join(separator)).unwrap_err(), DialStringError::TooMany);
    }
}

proptest! {
    #[test]
    fn no_text_is_too_much(text in r"[\PC]{0,80}") {
        let _ = DialString::parse(&text);
    }

    #[test]
    fn nor_one_of_the_grammars_own_characters(text in r"[ab/,|:_'\\^=\[\]{}<> ]{0,60}") {
        if let Ok(parsed) = DialString::parse(&text) {
            let legs = parsed.calls.iter().flat_map(|call| &call.groups).flatten().collect::<Vec<_>>();
            prop_assert!(!legs.is_empty() && legs.len() <= MAX_LEGS);
        }
    }

    /// Whatever a value or an address is made of: in quotes it is taken as it is.
    #[test]
    fn quoted_texts_come_back(value in r"[a-z,|:_=]{1,20}", address in r"[a-z,|:_=/]{1,20}") {
        let parsed = DialString::parse(&format!("{{v='{value}'}}null/'{address}',null/other")).unwrap();
        let legs = &parsed.calls[0].groups[0];
        prop_assert_eq!(legs.len(), 2);
        prop_assert_eq!(legs[0].variables.get("v"), Some(&*value));
        prop_assert_eq!(&legs[0].address, &address);
    }

    #[test]
    fn legs_come_back_in_their_places(groups in prop::collection::vec(prop::collection::vec("[a-z]{1,8}", 1..4), 1..4)) {
        let text: Vec<String> = groups.iter().map(|group| group.iter().map(|leg| format!("e/{leg}")).collect::<Vec<_>>().join(",")).collect();
        let parsed = DialString::parse(&text.join("|")).unwrap();
        let back: Vec<Vec<String>> =
            parsed.calls[0].groups.iter().map(|group| group.iter().map(|leg| leg.address.clone()).collect()).collect();
        prop_assert_eq!(back, groups);
    }
}

#[test]
fn an_argument_may_begin_with_variables_of_its_own() {
    let of = |text: &str| {
        scoped_variables(text).map(|(variables, data)| {
            (
                variables.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" "),
                data.to_owned(),
            )
        })
    };
    let is = |list: &str, data: &str| Some((list.to_owned(), data.to_owned()));
    assert_eq!(of("%[a=1,b='2,3']file.wav"), is("a=1 b=2,3", "file.wav"));
    assert_eq!(of("%;[a=1;b=2,3]"), is("a=1 b=2,3", ""));
    for text in ["", "%", "100%", "%[a=1", "%(100,0,440)", "[a=1]x"] {
        assert_eq!(of(text), None, "{text}");
    }
}
