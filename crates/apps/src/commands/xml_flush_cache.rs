use async_trait::async_trait;
use strowger_core::registry::{About, ApiCall, ApiCommand};

use super::about;

/// `xml_flush_cache`.
pub(super) struct XmlFlushCache;

#[async_trait]
impl ApiCommand for XmlFlushCache {
    fn about(&self) -> About {
        about(
            "xml_flush_cache",
            "[<key> <user> <domain>]",
            "Forgets what a service said of a user (the key is `id`, say), or of all, that was to be kept (`cacheable`).",
        )
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        let words: Vec<&str> = call.arguments.split_ascii_whitespace().collect();
        let user = match words.as_slice() {
            [key, user, domain] => Some((*key, *user, *domain)),
            // FreeSWITCH forgets all of them then.
            _ => None,
        };
        let count = call.switch.lookups().flush(user);
        format!("+OK cleared {count} {}\n", if count == 1 { "entry" } else { "entries" })
    }
}
