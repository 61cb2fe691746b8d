use async_trait::async_trait;
use strowger_core::registry::{About, Application};
use strowger_core::session::{Interrupted, Session};
use strowger_core::{Store, Switch};

use crate::store::{Done, Order};

/// `hash` and `db`.
pub(super) struct Keep {
    about: About,
    store: fn(&Switch) -> &Store,
}

/// `hash`.
pub(super) const HASH: Keep = Keep {
    about: About {
        name: "hash",
        syntax: "[insert|insert_ifempty|delete|delete_ifmatch]/<realm>/<key>/<val>",
        help: "Keeps a text under a realm and a key, or forgets it; `${hash(select/<realm>/<key>)}` is it.",
        module: "mod_hash",
    },
    store: Switch::hash,
};

/// `group`.
pub(super) struct Group;

#[async_trait]
impl Application for Group {
    fn about(&self) -> About {
        About {
            name: "group",
            syntax: "[insert|delete]:<group name>:<val>",
            help: "Keeps a dial string in a group, or forgets it; `${group(call:<group name>)}` is all of them.",
            module: "mod_db",
        }
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        if Order::parse(data, ':').change_group(session.switch().groups()) == Done::Usage {
            tracing::warn!(uuid = %session.channel.uuid, "USAGE: {} {}", self.about().name, self.about().syntax);
        }
        Ok(())
    }
}

/// `db`.
pub(super) const DB: Keep = Keep {
    about: About {
        name: "db",
        syntax: "[insert|delete]/<realm>/<key>/<val>",
        help: "Keeps a text under a realm and a key, or forgets it; `${db(select/<realm>/<key>)}` is it.",
        module: "mod_db",
    },
    store: Switch::database,
};

#[async_trait]
impl Application for Keep {
    fn about(&self) -> About {
        self.about
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        if Order::parse(data, '/').change((self.store)(session.switch())) == Done::Usage {
            tracing::warn!(uuid = %session.channel.uuid, "USAGE: {} {}", self.about.name, self.about.syntax);
        }
        Ok(())
    }
}
