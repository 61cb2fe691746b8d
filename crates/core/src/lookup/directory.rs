//! Domains and users, wherever they are found.

use std::sync::Arc;

use strowger_config::{Config, Directory, DirectoryUser, Document};

use super::{Question, Section};
use crate::bus::Origin;
use crate::switch::Switch;

const LOCATE: Origin = Origin::new("switch_xml.c", "switch_xml_locate_domain", 1795);

/// Which user is wanted, and what a service is told of why.
#[derive(Clone, Copy, Debug)]
pub struct UserQuery<'a> {
    /// The attribute that names it: `id` (or `number-alias`, which `id` finds too); several with `:` between them.
    pub key: &'a str,
    /// Its name.
    pub user: &'a str,
    /// Its domain.
    pub domain: &'a str,
    /// What else a service is told: `action` and so on.
    pub params: &'a [(&'a str, &'a str)],
}

/// The directory that knows a domain: a service's answer, or the configuration.
#[derive(Clone, Debug)]
pub enum FoundDirectory {
    /// The loaded configuration's.
    Configured(Arc<Config>),
    /// A service's.
    Served(Arc<Document>),
}

impl FoundDirectory {
    /// Its domains and users.
    #[must_use]
    pub fn directory(&self) -> Directory<'_> {
        match self {
            Self::Configured(config) => config.directory(),
            Self::Served(document) => document.directory(),
        }
    }
}

impl Switch {
    /// The directory that knows a domain (`switch_xml_locate_domain`). What a service says of a domain is all there is of
    /// it; where it does not answer, or names another one, the configuration counts.
    pub async fn directory_of(&self, domain: &str, params: &[(&str, &str)]) -> FoundDirectory {
        if self.lookups().serve(Section::Directory) {
            let mut headers = self.request_params(LOCATE);
            params.iter().for_each(|(name, value)| headers.set(name, value));
            headers.set("domain", domain);
            let value = domain.to_owned();
            let question = Question { section: Section::Directory, tag: "domain", key: "name", value, params: headers };
            let answer = self.lookups().ask(&question).await;
            if let Some(document) = answer.filter(|document| document.directory().domain(domain).is_some()) {
                return FoundDirectory::Served(document);
            }
        }
        FoundDirectory::Configured(self.config())
    }

    /// A user with all that applies to it (`switch_xml_locate_user_merged`). What a service answered is kept as long as
    /// the user's attribute `cacheable` says.
    pub async fn find_user(&self, wanted: UserQuery<'_>) -> Option<DirectoryUser> {
        for key in wanted.key.split(':') {
            if let Some(user) = self.find_user_by(key, wanted).await {
                return Some(user);
            }
        }
        None
    }

    async fn find_user_by(&self, key: &str, wanted: UserQuery<'_>) -> Option<DirectoryUser> {
        let UserQuery { user, domain, params, .. } = wanted;
        if !self.lookups().serve(Section::Directory) {
            return self.config().directory().user_by(key, domain, user);
        }
        let named = (key, user, domain);
        if let Some(kept) = self.lookups().users.get(named) {
            return Some(kept);
        }
        let params = [params, &[("key", key), ("user", user)]].concat();
        let found = self.directory_of(domain, &params).await;
        let user = found.directory().user_by(key, domain, user)?;
        if matches!(found, FoundDirectory::Served(_)) {
            self.lookups().users.keep(named, &user);
        }
        Some(user)
    }
}
