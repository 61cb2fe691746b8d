//! `insert/<realm>/<key>/<value>` and its kin: what `hash`, `db` and `group` are told.

use strowger_core::Store;

use crate::words::fields;

/// What to do with a store.
#[derive(Debug, PartialEq)]
pub(crate) struct Order {
    words: Vec<String>,
}

/// How an order went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Done {
    /// As it was told.
    Yes,
    /// There is a text of that key already.
    Exists,
    /// There is none of that key.
    Missing,
    /// It is another one.
    Differs,
    /// There is no room.
    Full,
    /// It is not an order to change something, or lacks a part.
    Usage,
}

impl Order {
    /// Takes an order apart.
    pub(crate) fn parse(text: &str, separator: char) -> Self {
        Self { words: fields(text, separator, 4) }
    }

    /// What is to be done, in lower case.
    pub(crate) fn verb(&self) -> String {
        self.words.first().map(|verb| verb.to_ascii_lowercase()).unwrap_or_default()
    }

    /// The parts behind the verb: realm, key and text.
    pub(crate) fn parts(&self) -> &[String] {
        self.words.get(1..).unwrap_or_default()
    }

    /// Carries out what changes a store.
    pub(crate) fn change(&self, store: &Store) -> Done {
        match (self.verb().as_str(), self.parts()) {
            ("insert", [realm, key, text]) => insert(store, realm, key, text),
            ("insert_ifempty", [realm, key, text]) => match store.get(realm, key) {
                None => insert(store, realm, key, text),
                Some(_) => Done::Exists,
            },
            ("delete", [realm, key, ..]) => remove(store, realm, key),
            ("delete_ifmatch", [realm, key, text]) => match store.get(realm, key) {
                Some(kept) if kept != *text => Done::Differs,
                _ => remove(store, realm, key),
            },
            _ => Done::Usage,
        }
    }

    /// Puts a dial string into a group, or takes it out: `*` is all of them.
    pub(crate) fn change_group(&self, groups: &Store) -> Done {
        match (self.verb().as_str(), self.parts()) {
            ("insert", [name, url @ ..]) if !url.is_empty() => insert(groups, name, &url.join(":"), ""),
            ("delete", [name, url @ ..]) if !url.is_empty() => {
                let url = url.join(":");
                for member in groups.keys(name).iter().filter(|member| url == "*" || **member == url) {
                    groups.remove(name, member);
                }
                Done::Yes
            }
            _ => Done::Usage,
        }
    }
}

fn insert(store: &Store, realm: &str, key: &str, text: &str) -> Done {
    match store.insert(realm, key, text) {
        Ok(()) => Done::Yes,
        Err(full) => {
            tracing::error!("{realm}/{key}: {full}");
            Done::Full
        }
    }
}

fn remove(store: &Store, realm: &str, key: &str) -> Done {
    if store.remove(realm, key) { Done::Yes } else { Done::Missing }
}
