use async_trait::async_trait;
use strowger_core::registry::{About, Application};
use strowger_core::session::{Interrupted, MetaBinding, MetaLeg, Session, meta_key};

use super::about;
use crate::words::first_word;

/// `bind_meta_app`.
pub(super) struct BindMetaApp;

#[async_trait]
impl Application for BindMetaApp {
    fn about(&self) -> About {
        about(
            "bind_meta_app",
            "<key> [a|b|ab] [a|b|o|s|i|1] <app>",
            "Binds `application::argument` to a key behind `*` (or `bind_meta_key`): who may type it, this leg (`a`), the one it is joined with (`b`) or both, and which leg runs it, these, the opposite one of who typed it (`o`) or the same one (`s`); `i` runs it before anything else, `1` forgets it once it ran.",
        )
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        let (key, rest) = first_word(data);
        let (dial, rest) = first_word(rest);
        let (flags, application) = first_word(rest);
        if application.is_empty() {
            tracing::error!(uuid = %session.channel.uuid, "Usage: {}", self.about().syntax);
            return Ok(());
        }
        let binding = MetaBinding {
            key: meta_key(key),
            dialled_by: (dial.contains('a'), dial.contains('b')),
            leg: leg(session, flags),
            is_inline: flags.contains('i'),
            is_once: flags.contains('1'),
            application: application.trim_matches('\'').to_owned(),
        };
        if let Err(error) = session.bind_meta(&binding) {
            tracing::error!(uuid = %session.channel.uuid, "{error}");
            tracing::error!(uuid = %session.channel.uuid, "Bind Error!");
        }
        Ok(())
    }
}

/// The leg that runs it: one, whatever the flags say.
fn leg(session: &Session, flags: &str) -> MetaLeg {
    let named = [('a', MetaLeg::A), ('b', MetaLeg::B), ('s', MetaLeg::Same), ('o', MetaLeg::Opposite)];
    let mut legs = named.into_iter().filter(|(flag, _)| flags.contains(*flag)).map(|(_, leg)| leg);
    let first = legs.next().unwrap_or(MetaLeg::A);
    if legs.next().is_some() {
        tracing::error!(uuid = %session.channel.uuid, "Cannot bind execute to multiple legs");
    }
    // FreeSWITCH takes both of these, and looks at the opposite one first.
    let is_both = flags.contains('o') && first == MetaLeg::Same;
    if is_both { MetaLeg::Opposite } else { first }
}

/// `unbind_meta_app`.
pub(super) struct UnbindMetaApp;

#[async_trait]
impl Application for UnbindMetaApp {
    fn about(&self) -> About {
        about("unbind_meta_app", "[<key>]", "Unbinds a key from its application; without a key, or with 0, all.")
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        if let Err(error) = session.unbind_meta(meta_key(data)) {
            tracing::error!(uuid = %session.channel.uuid, "{error}");
        }
        Ok(())
    }
}
