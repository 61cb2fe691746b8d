use proptest::prelude::*;

use super::*;

const DIGIT: Duration = Duration::from_millis(1500);

/// A machine with these bindings in one realm; the action of each is its own text.
fn machine(bindings: &[&str]) -> DigitMachine<String> {
    let mut machine = DigitMachine::new(DIGIT, Duration::ZERO);
    for binding in bindings {
        machine.bind("r", binding, false, (*binding).to_owned()).unwrap();
    }
    machine
}

/// What comes of digits typed at once, and then of the time: `binding=digits` or `!digits`, joined by blanks.
fn typed(machine: &mut DigitMachine<String>, digits: &str) -> String {
    let now = Instant::now();
    let mut outcomes: Vec<_> = digits.chars().map(|digit| machine.feed(digit, now)).collect();
    outcomes.push(machine.expire(now + DIGIT));
    outcomes.push(machine.expire(now + DIGIT + Duration::from_millis(1)));
    let told = outcomes.into_iter().filter_map(|outcome| match outcome {
        Outcome::Waits => None,
        Outcome::Matched(action, digits) => Some(format!("{action}={digits}")),
        Outcome::Unmatched(digits) => Some(format!("!{digits}")),
    });
    told.collect::<Vec<_>>().join(" ")
}

#[track_caller]
fn check(bindings: &[&str], digits: &str, expected: &str) {
    assert_eq!(typed(&mut machine(bindings), digits), expected, "{bindings:?} {digits}");
}

#[tokio::test(start_paused = true)]
async fn sequences() {
    check(&["11"], "11", "11=11");
    check(&["11"], "1111", "11=11 11=11");
    check(&["11"], "1", "!1");
    check(&["11"], "12", "!12");
    check(&["11"], "5", "!5");
    check(&["1", "2"], "21", "2=2 1=1");
    check(&["1", "11"], "1", "1=1");
    check(&["1", "11"], "11", "11=11");
    // The shorter one behind the longer one does not wait for it, as in FreeSWITCH.
    check(&["11", "1"], "11", "1=1 1=1");
    check(&["*1"], "*1", "*1=*1");
}

#[tokio::test(start_paused = true)]
async fn patterns() {
    check(&["~^2\\d$"], "24", "~^2\\d$=24");
    check(&["~^2\\d$"], "9", "!9");
    check(&["11", "~^2\\d$"], "24", "~^2\\d$=24");
    check(&["11", "~^2\\d$"], "11", "11=11");
    check(&["11", "~^2\\d$"], "9", "!9");
    check(&["~^\\d+$"], "4", "~^\\d+$=4");
    check(&["~^2(\\d)$~~7$1"], "24", "~^2(\\d)$~~7$1=74");
    check(&["~("], "24", "!24");
    check(&["=~^2\\d", "~^24"], "24", "=~^2\\d=24");
}

#[tokio::test(start_paused = true)]
async fn a_realm_at_a_time() {
    let mut machine = machine(&["11"]);
    machine.bind("other", "9", false, "nine".into()).unwrap();
    assert_eq!(typed(&mut machine, "9"), "nine=9", "the one bound last is looked at");
    assert!(machine.set_realm("r") && !machine.set_realm("none"));
    assert_eq!(typed(&mut machine, "9"), "!9");
    machine.clear_realm("r");
    assert_eq!(typed(&mut machine, "1"), "!1");
    machine.set_realm("other");
    assert_eq!(typed(&mut machine, "9"), "nine=9");
}

#[tokio::test(start_paused = true)]
async fn a_binding_is_bound_again() {
    let mut machine = machine(&["11", "~^2"]);
    machine.bind("r", "11", false, "new".into()).unwrap();
    machine.bind("r", "~^2", false, "newer".into()).unwrap();
    assert_eq!(typed(&mut machine, "11"), "new=11");
    assert_eq!(typed(&mut machine, "2"), "newer=2");
}

#[tokio::test(start_paused = true)]
async fn urgent_bindings_do_not_wait() {
    let mut machine = machine(&["~^\\d+$"]);
    machine.bind("r", "12", true, "now".into()).unwrap();
    assert_eq!(typed(&mut machine, "123"), "now=12 ~^\\d+$=3");
}

#[tokio::test(start_paused = true)]
async fn terminators_end_what_a_pattern_has() {
    let mut machine = machine(&["~^\\d+", "~^9"]);
    machine.set_terminators("#");
    assert_eq!(typed(&mut machine, "42#"), "~^\\d+=42");
}

#[tokio::test(start_paused = true)]
async fn who_types_nothing_is_told_of() {
    let mut machine = DigitMachine::new(DIGIT, Duration::from_millis(500));
    machine.bind("", "1", false, ()).unwrap();
    let now = Instant::now();
    assert_eq!(machine.due(now), Some(now + Duration::from_millis(501)));
    let later = now + Duration::from_millis(501);
    assert_eq!(machine.expire(later), Outcome::Unmatched(String::new()));
    assert_eq!(machine.due(later), Some(later + Duration::from_millis(501)), "and told again");
}

#[tokio::test(start_paused = true)]
async fn bounds() {
    let mut machine = DigitMachine::new(DIGIT, Duration::ZERO);
    assert_eq!(machine.bind("r", &"1".repeat(512), false, ()), Err(BindError::TooLong));
    assert_eq!(machine.feed('1', Instant::now()), Outcome::Waits, "nothing is bound");
    for number in 0..MAX_BINDINGS {
        machine.bind("r", &number.to_string(), false, ()).unwrap();
    }
    assert_eq!(machine.bind("s", "77777", false, ()), Err(BindError::TooMany));
    machine.bind("r", "1", false, ()).unwrap();
}

proptest! {
    #[test]
    fn what_was_typed_is_told_of_once(
        bindings in prop::collection::vec("[12]{1,4}", 1..6),
        digits in "[123]{0,20}",
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let _guard = runtime.enter();
        let bindings: Vec<&str> = bindings.iter().map(String::as_str).collect();
        let told = typed(&mut machine(&bindings), &digits);
        let all: String = told
            .split(' ')
            .map(|one| one.strip_prefix('!').or_else(|| one.split_once('=').map(|(_, digits)| digits)).unwrap_or(""))
            .collect();
        prop_assert_eq!(all, digits);
    }

    #[test]
    fn no_pattern_is_too_strange(pattern in "[~=^$()0-9*+|\\\\d.]{0,20}", digits in "[0-9*#]{0,20}") {
        let mut machine = DigitMachine::new(DIGIT, Duration::ZERO);
        let _ = machine.bind("r", &pattern, false, ());
        for digit in digits.chars() {
            let _ = machine.feed(digit, Instant::now());
        }
    }
}
