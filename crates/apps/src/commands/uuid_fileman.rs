use async_trait::async_trait;
use strowger_core::media::{FileChange, Seek, Step};
use strowger_core::registry::{About, ApiCall, ApiCommand};

use super::sessions::with_session;
use super::{NO_CHANNEL, OK, about};
use crate::words::{leading_integer, words};

/// `uuid_fileman`.
pub(super) struct UuidFileman;

#[async_trait]
impl ApiCommand for UuidFileman {
    fn about(&self) -> About {
        about(
            "uuid_fileman",
            "<uuid> <cmd>:<val>",
            "Changes the file that a call plays: `speed:<step>` and `volume:<dB>` (to 3, or by +1), `pause` (and on again), `stop`, `restart`, `seek:<ms>`, `seek:+<ms>`, `seek:-<ms>`.",
        )
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        let words = words(call.arguments);
        let [uuid, wish, ..] = words.as_slice() else { return ApiCall::usage(self.about()) };
        let change = change(wish);
        let changed = with_session(call.switch, uuid, move |session| {
            let file = session.file();
            if let (Some(file), Some(change)) = (&file, change) {
                file.change(change);
            }
            file.is_some()
        });
        match changed.await {
            None => NO_CHANNEL.to_owned(),
            // What is not understood does nothing, and is answered so too.
            Some(true) => OK.to_owned(),
            Some(false) => "-ERR No file handle!\n".to_owned(),
        }
    }
}

/// What is wanted; `None`: nothing that changes what plays (`switch_ivr_process_fh`).
fn change(wish: &str) -> Option<FileChange> {
    let (name, value) = wish.split_once(':').map_or((wish, None), |(name, value)| (name, Some(value)));
    let name = name.to_ascii_lowercase();
    let is = |beginning: &str| name.starts_with(beginning);
    if is("speed") {
        return Some(FileChange::Speed(step(value?)));
    }
    if is("volume") {
        return Some(FileChange::Volume(step(value?)));
    }
    if is("seek") {
        return Some(FileChange::Seek(seek(value?)));
    }
    match wish.to_ascii_lowercase().as_str() {
        "pause" => Some(FileChange::Pause),
        "stop" => Some(FileChange::Stop),
        "restart" => Some(FileChange::Restart),
        _ => None,
    }
}

/// `+2`, `-` (by one), or `3`.
fn step(value: &str) -> Step {
    let amount = within(value);
    match value.chars().next() {
        Some('+') => Step::By(if amount == 0 { 1 } else { amount }),
        Some('-') => Step::By(if amount == 0 { -1 } else { amount }),
        _ => Step::To(amount),
    }
}

/// `+500`, `-` (by a second), or `3000`.
fn seek(value: &str) -> Seek {
    let amount = within(value);
    match value.chars().next() {
        Some('+') => Seek::By(if amount == 0 { 1000 } else { amount }),
        Some('-') => Seek::By(if amount == 0 { -1000 } else { amount }),
        _ => Seek::To(u32::try_from(amount).unwrap_or(0)),
    }
}

fn within(value: &str) -> i32 {
    leading_integer(value).clamp(i64::from(i32::MIN), i64::from(i32::MAX)) as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wishes_are_read() {
        let check = |wish: &str, expected| assert_eq!(change(wish), expected, "{wish}");
        check("speed:2", Some(FileChange::Speed(Step::To(2))));
        check("speed:-", Some(FileChange::Speed(Step::By(-1))));
        check("VOLUME:+3", Some(FileChange::Volume(Step::By(3))));
        check("volume", None);
        check("seek:+", Some(FileChange::Seek(Seek::By(1000))));
        check("seek:-250", Some(FileChange::Seek(Seek::By(-250))));
        check("seek:99999999999999999999", Some(FileChange::Seek(Seek::To(i32::MAX as u32))));
        check("seek:x", Some(FileChange::Seek(Seek::To(0))));
        check("pause", Some(FileChange::Pause));
        check("Stop", Some(FileChange::Stop));
        check("restart", Some(FileChange::Restart));
        for nothing in ["", ":", "pause_check", "truncate", "true", "pause:1"] {
            check(nothing, None);
        }
    }
}
