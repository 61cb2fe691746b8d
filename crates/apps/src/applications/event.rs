use async_trait::async_trait;
use strowger_core::bus::Origin;
use strowger_core::registry::{About, Application};
use strowger_core::session::{Interrupted, Session};
use strowger_event::EventKind;

use super::about;
use crate::words::{separator, split_quoted};

/// `event`.
pub(super) struct FireEvent;

const ORIGIN: Origin = Origin::new("mod_dptools.c", "event_function", 2020);

#[async_trait]
impl Application for FireEvent {
    fn about(&self) -> About {
        about(
            "event",
            "[Event-Name=<name>,][Event-Subclass=<subclass>,]<header>=<value>[,…]",
            "Fires CHANNEL_APPLICATION, or the event that is named, with the headers and all that is known of the call.",
        )
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        let (separator, list) = separator(data, ',');
        let pairs = split_quoted(list, separator);
        let pairs: Vec<(&str, &str)> =
            pairs.iter().map(|pair| pair.split_once('=').unwrap_or((pair, ""))).map(|(n, v)| (n.trim(), v)).collect();
        let named = pairs.iter().rev().find(|(name, _)| is_event_name(name));
        let kind = named.and_then(|(_, kind)| EventKind::parse(kind.trim())).unwrap_or(EventKind::ChannelApplication);
        if session.switch().bus().wants(kind) {
            let headers: Vec<_> =
                pairs.into_iter().filter(|(name, _)| !name.is_empty() && !is_event_name(name)).collect();
            session.publish(session.channel.event(kind, &headers), ORIGIN);
        } else {
            session.switch().bus().skip();
        }
        Ok(())
    }
}

fn is_event_name(name: &str) -> bool {
    name.eq_ignore_ascii_case("Event-Name")
}
