//! Any text as a dialplan: its hunt comes to an end for any number, and says what it saw.
//!
//! The first line is the number called, what follows it the extensions.
#![no_main]

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use libfuzzer_sys::fuzz_target;
use strowger_config::{LoadOptions, MemorySource, load};
use strowger_core::channel::CallerProfile;
use strowger_core::dialplan::{At, Rehearsal, Step, Trace};

/// Counts the steps.
struct Count(usize);

impl Trace for Count {
    fn step(&mut self, at: At<'_>, _: &Step<'_>) {
        assert!(at.level <= 100);
        self.0 += 1;
    }
}

fuzz_target!(|text: &str| {
    let (number, extensions) = text.split_once('\n').unwrap_or(("1000", text));
    let text = format!("<d><section name='dialplan'><context name='default'>{extensions}</context></section></d>");
    let options = LoadOptions { env: |_| None, resolve: |_| None, ..LoadOptions::default() };
    let Ok(config) = load(&MemorySource::new([("freeswitch.xml", text)]), &options) else { return };
    let profile = CallerProfile {
        context: "default".to_owned(),
        destination_number: number.to_owned(),
        ..CallerProfile::default()
    };
    let set = |_: &str, data: &str| data.split_once('=').map(|(name, value)| vec![(name.to_owned(), value.to_owned())]);
    let mut rehearsal = Rehearsal::new(&config, profile, set);
    let mut told = Count(0);
    let has_route = {
        let hunt = pin!(rehearsal.hunt(&config.dialplan, Some(&mut told)));
        match hunt.poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(actions) => actions.is_some(),
            Poll::Pending => panic!("nothing waits here"),
        }
    };
    assert!(!has_route || told.0 > 0);
});
