//! What takes its time on a call: playing, speaking, asking, waiting.

use std::ffi::{c_char, c_int};
use std::sync::Arc;
use std::time::Duration;

use strowger_core::ivr::{Asking, Heard, Ivr};
use strowger_core::session::{Interrupted, Session};

use strowger_module::abi::{self, Opaque, Status};

use super::call::with;
use crate::command::status;
use crate::shared::Shared;
use crate::text::{text_or_empty, write};

/// The most that may be slept at a time, as `sleep` of the dialplan has it not: a mistyped number ends.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

fn ivr(shared: &Shared) -> Option<Arc<dyn Ivr>> {
    shared.switch.registries().ivr.get("ivr")
}

pub(super) unsafe extern "C" fn perform(
    session: *mut Opaque,
    what: c_int,
    first: *const c_char,
    second: *const c_char,
    third: *const c_char,
) -> Status {
    with(session, abi::FALSE, |shared, call| {
        let ivr = ivr(shared)?;
        // SAFETY: null or texts.
        let texts = unsafe { [first, second, third].map(|text| text_or_empty(text).into_owned()) };
        let heard = call.work(shared, move |session| {
            Box::pin(async move {
                let [first, second, third] = &texts;
                act(session, ivr.as_ref(), (what, first, second, third)).await
            })
        })?;
        Some(status(matches!(heard, Ok(Heard::Done | Heard::Broken))))
    })
}

async fn act(
    session: &mut Session,
    ivr: &dyn Ivr,
    (what, first, second, third): (c_int, &str, &str, &str),
) -> Result<Heard, Interrupted> {
    let mut ends = |session: &mut Session| session.take_break();
    match what {
        0 => ivr.play(session, first, 0, &mut ends).await,
        1 => {
            let time = Duration::from_millis(first.parse().unwrap_or(0)).min(LONGEST);
            let slept = session.attend_until(tokio::time::sleep(time), ends).await?;
            Ok(if slept.is_some() { Heard::Done } else { Heard::Broken })
        }
        2 => ivr.phrase(session, (first, second), third, &mut ends).await,
        _ => ivr.speak(session, (first, second), third, &mut ends).await,
    }
}

pub(super) unsafe extern "C" fn ask(
    session: *mut Opaque,
    asking: *const abi::Asking,
    into: *mut c_char,
    size: usize,
) -> Status {
    with(session, abi::FALSE, |shared, call| {
        let ivr = ivr(shared)?;
        // SAFETY: null, or a question.
        let asked = unsafe { asking.as_ref() }?;
        // SAFETY: its texts are null or texts.
        let texts = unsafe {
            [asked.terminators, asked.prompt, asked.bad_prompt, asked.variable, asked.pattern, asked.onward]
                .map(|text| text_or_empty(text).into_owned())
        };
        let [terminators, prompt, bad_prompt, variable, pattern, onward] = texts;
        let asking = Asking {
            min: asked.min_digits as usize,
            max: asked.max_digits as usize,
            tries: Some(asked.max_tries as usize),
            timeout: Duration::from_millis(asked.timeout.into()),
            digit_timeout: Duration::from_millis(asked.digit_timeout.into()),
            terminators,
            prompt,
            bad_prompt,
            variable,
            pattern,
            onward,
        };
        let digits =
            call.work(shared, move |session| Box::pin(async move { ivr.ask(session, &asking).await }))?.ok()?;
        // SAFETY: null, or a place of that size.
        unsafe { write(&digits, into, size) };
        Some(status(!digits.is_empty()))
    })
}
