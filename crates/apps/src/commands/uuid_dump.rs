use async_trait::async_trait;
use strowger_core::bus::Origin;
use strowger_core::registry::{About, ApiCall, ApiCommand};
use strowger_event::{Event, EventKind, json, plain, xml};

use super::sessions::with_session;
use super::{NO_CHANNEL, about};
use crate::words::first_word;

/// `uuid_dump`.
pub(super) struct UuidDump;

const ORIGIN: Origin = Origin::new("mod_commands.c", "uuid_dump_function", 6204);

#[async_trait]
impl ApiCommand for UuidDump {
    fn about(&self) -> About {
        about(
            "uuid_dump",
            "<uuid> [format]",
            "All that is known of a call, as a CHANNEL_DATA event: `txt` (values percent-encoded), `plain` (as they are), `json`, `xml`.",
        )
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        let (uuid, format) = first_word(call.arguments);
        if uuid.is_empty() {
            return ApiCall::usage(self.about());
        }
        let dumped = with_session(call.switch, uuid, |session| {
            let event = session.channel.event(EventKind::ChannelData, &[]);
            session.switch().bus().stamp(event, ORIGIN)
        });
        dumped.await.map_or_else(|| NO_CHANNEL.to_owned(), |event| write(&event, format))
    }
}

fn write(event: &Event, format: &str) -> String {
    let mut out = String::new();
    match format.to_ascii_lowercase().as_str() {
        "json" => json::write(event, &mut out),
        "xml" => xml::write(event, &mut out),
        "plain" => {
            for (name, value) in event.headers.iter() {
                out.extend([name, ": ", value, "\n"]);
            }
            out.push('\n');
        }
        _ => plain::write(event, &mut out),
    }
    out
}
