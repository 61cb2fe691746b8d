//! Any text as a template: it falls into pieces and expands within bounds, and what is no template stays as it is.
#![no_main]

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use async_trait::async_trait;
use libfuzzer_sys::fuzz_target;
use strowger_config::template::{is_template, parse, unescape};
use strowger_core::template::{Scope, expand};

/// Answers at once: a variable its own name, a command its arguments.
struct Echo;

#[async_trait]
impl Scope for Echo {
    fn global(&self, name: &str) -> String {
        name.to_owned()
    }

    async fn variable(&mut self, name: &str) -> String {
        if name.len() % 2 == 0 { format!("ARRAY::{name}|:${{x}}") } else { name.to_owned() }
    }

    async fn command(&mut self, _: &str, arguments: &str) -> String {
        arguments.to_owned()
    }
}

fuzz_target!(|text: &str| {
    let pieces = parse(text);
    assert!(pieces.len() <= text.len());
    if let Some(plain) = unescape(text) {
        assert!(plain.len() <= text.len() && pieces.len() <= 1);
    }
    let mut scope = Echo;
    let expansion = pin!(expand(&mut scope, text));
    let Poll::Ready(expanded) = expansion.poll(&mut Context::from_waker(Waker::noop())) else {
        panic!("nothing waits here");
    };
    assert!(expanded.len() <= 4 << 20);
    if !is_template(text) {
        assert_eq!(expanded, text);
    }
});
