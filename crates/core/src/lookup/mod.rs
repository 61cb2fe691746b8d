//! Looking things up: in what a service answers, if one is bound, then in the configuration (`switch_xml_locate`).

mod cache;
mod dialplan;
mod directory;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use async_trait::async_trait;
use parking_lot::RwLock;
use strowger_config::Document;
use strowger_event::{Event, EventKind, Headers};

use crate::bus::Origin;
use crate::switch::Switch;

use cache::UserCache;
pub use directory::{FoundDirectory, UserQuery};

/// A part of the configuration that services can be bound to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// Domains and users.
    Directory,
    /// Contexts.
    Dialplan,
}

impl Section {
    /// As documents call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Directory => "directory",
            Self::Dialplan => "dialplan",
        }
    }
}

/// What a service is asked for: the element of a section whose attribute `key` is `value`, all empty for the whole section.
#[derive(Clone, Debug)]
pub struct Question {
    /// The section.
    pub section: Section,
    /// The element's tag (`tag_name`).
    pub tag: &'static str,
    /// The attribute (`key_name`).
    pub key: &'static str,
    /// Its value (`key_value`).
    pub value: String,
    /// What else the service is told: the headers of a REQUEST_PARAMS event.
    pub params: Headers,
}

/// A service that has parts of the configuration.
#[async_trait]
pub trait DocumentSource: Send + Sync {
    /// Whether it is asked for that section.
    fn serves(&self, section: Section) -> bool;

    /// Its answer; `None` when it has none, whatever the reason. It comes in bounded time.
    async fn ask(&self, question: &Question) -> Option<Arc<Document>>;
}

/// The services that are bound, and what is kept of their answers.
#[derive(Default)]
pub struct Lookups {
    sources: RwLock<Vec<Arc<dyn DocumentSource>>>,
    users: UserCache,
}

impl Lookups {
    /// Binds a service: it is asked behind those that are bound already.
    pub fn bind(&self, source: Arc<dyn DocumentSource>) {
        self.sources.write().push(source);
    }

    /// Whether any service is asked for that section: without one nothing needs to be made for it.
    #[must_use]
    pub fn serve(&self, section: Section) -> bool {
        self.sources.read().iter().any(|source| source.serves(section))
    }

    /// Forgets the answer for one user, by key (`id`), name and domain, or those for all (`xml_flush_cache`); how many that
    /// were.
    pub fn flush(&self, user: Option<(&str, &str, &str)>) -> usize {
        self.users.flush(user)
    }

    /// The answer of the first service that has one.
    pub(crate) async fn ask(&self, question: &Question) -> Option<Arc<Document>> {
        let sources = self.sources.read().clone();
        for source in sources.iter().filter(|source| source.serves(question.section)) {
            if let Some(document) = source.ask(question).await {
                return Some(document);
            }
        }
        None
    }
}

impl Switch {
    /// The headers every question begins with; one of the same name that is set later takes the place of an earlier one.
    fn request_params(&self, origin: Origin) -> Headers {
        self.bus().stamp(Event::new(EventKind::RequestParams), origin).headers
    }
}
