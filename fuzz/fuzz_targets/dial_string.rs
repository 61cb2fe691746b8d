//! Any text as a dial string: it comes apart within bounds or says why not, and an address in quotes comes back whole.
#![no_main]

use libfuzzer_sys::fuzz_target;
use strowger_core::originate::{DialString, DialStringError};

fuzz_target!(|text: &str| {
    match DialString::parse(text) {
        Ok(parsed) => {
            let groups = || parsed.calls.iter().flat_map(|call| &call.groups);
            assert!(groups().all(|group| !group.is_empty()));
            let legs: Vec<_> = groups().flatten().collect();
            assert!((1..=128).contains(&legs.len()));
            assert!(legs.iter().all(|leg| leg.variables.len() <= 1024));
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
    let address: String = text.chars().filter(|character| *character != '\'').collect();
    match DialString::parse(&format!("e/'{address}'|e/other")) {
        Ok(parsed) => match parsed.calls.as_slice() {
            [call] => assert_eq!(call.groups[0][0].address, address),
            calls => panic!("{} calls", calls.len()),
        },
        Err(error) => assert_eq!(error, DialStringError::TooMany),
    }
});
