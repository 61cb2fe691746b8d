//! Any text as arguments of `expr`, `cond`, `regex` and `replace`: they come to an end, within bounds, and a value of `expr`
//! is a number.
#![no_main]

use libfuzzer_sys::fuzz_target;
use strowger_apps::{cond, expr, regex};

fuzz_target!(|text: &str| {
    match expr::evaluate(text) {
        Ok(value) => assert!(value.parse::<f64>().is_ok(), "{value}"),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
    assert!(cond::choose(text).is_none_or(|chosen| chosen.len() <= text.len()));
    for answer in [regex::answer(text), regex::replace(text)] {
        assert!(answer.is_none_or(|answer| answer.len() <= 1 << 20 || answer.len() <= text.len()));
    }
});
