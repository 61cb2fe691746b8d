use strowger_core::Switch;
use strowger_core::resources::{Backend, Usage};

use async_trait::async_trait;
use strowger_core::registry::{About, AboutOf, ApiCall, ApiCommand};

use super::about;
use super::plain::Plain;
use super::sessions::with_session;
use crate::limit::{Limit, Overflow};
use crate::words::{first_word, words};

pub(super) const COMMANDS: [Plain; 5] = [
    Plain { about: USAGE, answer: |switch, text| usage(switch, text) },
    Plain {
        about: about("limit_hash_usage", "<realm> <id> [rate]", "As `limit_usage hash`."),
        answer: |switch, text| {
            match text {
            "" => "USAGE: limit_hash_usage <realm> <id> [rate] (Using deprecated limit api, check limit_usage with backend param)\n".to_owned(),
            text => usage(switch, &format!("hash {text}")),
        }
        },
    },
    Plain {
        about: about("limit_status", "<backend>", "How many resources a backend counts, if it can tell."),
        answer: |switch, text| match Backend::parse(first_word(text).0) {
            _ if text.is_empty() => "USAGE: limit_status <backend>\n".to_owned(),
            Some(Backend::Hash) => "-ERR not supported yet (locking problems).".to_owned(),
            Some(Backend::Db) => {
                let total: u32 = switch.resources().all(Backend::Db).iter().map(|(_, usage)| usage.total).sum();
                format!("Tracking {total} resources for hostname {}.", switch.bus().identity().switchname)
            }
            None => "-ERR".to_owned(),
        },
    },
    Plain {
        about: about("limit_reset", "<backend>", "Forgets what the backend `db` has counted."),
        answer: |switch, text| match Backend::parse(first_word(text).0) {
            _ if text.is_empty() => "USAGE: limit_reset <backend>\n".to_owned(),
            Some(Backend::Db) => {
                switch.resources().reset(Backend::Db);
                "+OK".to_owned()
            }
            _ => "-ERR".to_owned(),
        },
    },
    Plain {
        about: about("limit_interval_reset", "<backend> <realm> <resource>", "Begins the interval of a rate anew."),
        answer: |switch, text| match words(text).as_slice() {
            [backend, realm, id, ..] => {
                if let Some(backend) = Backend::parse(backend) {
                    switch.resources().reset_interval(backend, &format!("{realm}_{id}"));
                }
                "+OK".to_owned()
            }
            _ => "USAGE: limit_interval_reset <backend> <realm> <resource>\n".to_owned(),
        },
    },
];

const USAGE: About = about(
    "limit_usage",
    "<backend> <realm> <id> [rate]",
    "How many calls have a resource; with `rate` its rate as well.",
);

fn usage(switch: &Switch, text: &str) -> String {
    let mut words = words(text);
    // Without a backend it is `db`.
    if words.len() == 2 {
        words.insert(0, "db".to_owned());
    }
    let [backend, realm, id, rest @ ..] = words.as_slice() else {
        return format!("USAGE: limit_usage {}\n", USAGE.syntax);
    };
    let name = format!("{realm}_{id}");
    let usage = Backend::parse(backend).map_or_else(Usage::default, |backend| switch.resources().usage(backend, &name));
    match rest.first() {
        Some(rate) if rate.eq_ignore_ascii_case("rate") => format!("{}/{}", usage.total, usage.rate),
        _ => usage.total.to_string(),
    }
}

/// `uuid_limit`.
pub(super) struct UuidLimit;

#[async_trait]
impl ApiCommand for UuidLimit {
    fn about(&self) -> About {
        about(
            "uuid_limit",
            "<uuid> <backend> <realm> <resource> [<max>[/interval]] [number [dialplan [context]]]",
            "Counts a call as the application `limit` does.",
        )
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        let (uuid, rest) = first_word(call.arguments);
        let Some((limit, rest)) = Limit::parse(None, rest) else { return usage_of(self.about()) };
        let overflow = Overflow::parse(&rest);
        answer(uuid, with_session(call.switch, uuid, move |session| limit.enforce(session, &overflow)).await)
    }
}

/// `uuid_limit_release`.
pub(super) struct UuidLimitRelease;

#[async_trait]
impl ApiCommand for UuidLimitRelease {
    fn about(&self) -> About {
        about(
            "uuid_limit_release",
            "<uuid> <backend> [realm] [resource]",
            "Counts a call no more: for a resource, or for all of a backend.",
        )
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        let words = words(call.arguments);
        let [uuid, backend, rest @ ..] = words.as_slice() else { return usage_of(self.about()) };
        let backend = Backend::parse(backend);
        let of = rest.first().cloned().map(|realm| (realm, rest.get(1).cloned().unwrap_or_default()));
        let released = with_session(call.switch, uuid, move |session| {
            if let Some(backend) = backend {
                session.release_limit(backend, of.as_ref().map(|(realm, id)| (realm.as_str(), id.as_str())));
            }
        });
        answer(uuid, released.await)
    }
}

fn usage_of(about: AboutOf<'_>) -> String {
    format!("USAGE: {} {}\n", about.name, about.syntax)
}

fn answer(uuid: &str, done: Option<()>) -> String {
    match done {
        Some(()) => "+OK".to_owned(),
        None => format!("-ERR Cannot find session with uuid {uuid}\n"),
    }
}
