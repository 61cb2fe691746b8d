//! What dialplans and programs keep in the switch: texts by realm and key (`hash`, `db`), and groups of dial strings
//! (`group`). In memory, and gone with the switch.

use std::collections::BTreeMap;

use parking_lot::Mutex;

/// Texts by realm and key.
#[derive(Default)]
pub struct Store(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    texts: BTreeMap<(String, String), String>,
    bytes: usize,
}

/// How many bytes a store may hold, names included.
const MAX_BYTES: usize = 256 << 20;

/// What each text costs besides itself, about.
const OVERHEAD: usize = 96;

/// The store holds as much as it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{MAX_BYTES} bytes are kept already")]
pub struct StoreFull;

impl Store {
    /// Keeps a text; what was there is forgotten.
    ///
    /// # Errors
    /// [`StoreFull`]; then nothing has changed.
    pub fn insert(&self, realm: &str, key: &str, text: &str) -> Result<(), StoreFull> {
        let mut kept = self.0.lock();
        let place = (realm.to_owned(), key.to_owned());
        let before = kept.texts.get(&place).map_or(0, |before| cost(&place, before));
        let after = kept.bytes - before + cost(&place, text);
        if after > MAX_BYTES {
            return Err(StoreFull);
        }
        kept.bytes = after;
        kept.texts.insert(place, text.to_owned());
        Ok(())
    }

    /// The text of a key.
    pub fn get(&self, realm: &str, key: &str) -> Option<String> {
        self.0.lock().texts.get(&(realm.to_owned(), key.to_owned())).cloned()
    }

    /// Forgets a text; whether there was one.
    pub fn remove(&self, realm: &str, key: &str) -> bool {
        let mut kept = self.0.lock();
        let place = (realm.to_owned(), key.to_owned());
        let text = kept.texts.remove(&place);
        kept.bytes -= text.as_ref().map_or(0, |text| cost(&place, text));
        text.is_some()
    }

    /// The keys of a realm, by name.
    pub fn keys(&self, realm: &str) -> Vec<String> {
        let kept = self.0.lock();
        let from = kept.texts.range((realm.to_owned(), String::new())..);
        from.take_while(|((of, _), _)| of == realm).map(|((_, key), _)| key.clone()).collect()
    }

    /// Every realm, key and text, by name.
    pub fn all(&self) -> Vec<(String, String, String)> {
        self.0.lock().texts.iter().map(|((realm, key), text)| (realm.clone(), key.clone(), text.clone())).collect()
    }
}

fn cost((realm, key): &(String, String), text: &str) -> usize {
    realm.len() + key.len() + text.len() + OVERHEAD
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_kept() {
        let store = Store::default();
        assert_eq!(store.insert("r", "k", "v"), Ok(()));
        assert_eq!(store.insert("r", "k", "w"), Ok(()));
        assert_eq!((store.get("r", "k").as_deref(), store.get("r", "x")), (Some("w"), None));
        assert_eq!(store.all(), [("r".to_owned(), "k".to_owned(), "w".to_owned())]);
        assert_eq!((store.keys("r"), store.keys("q")), (vec!["k".to_owned()], Vec::new()));
        assert!(store.remove("r", "k") && !store.remove("r", "k"));
        assert_eq!(store.0.lock().bytes, 0);
    }

    #[test]
    fn there_is_an_end_to_it() {
        let store = Store::default();
        let text = "x".repeat(MAX_BYTES / 2);
        assert_eq!(store.insert("r", "a", &text), Ok(()));
        assert_eq!(store.insert("r", "b", &text), Err(StoreFull));
        assert_eq!(store.insert("r", "a", &text), Ok(()));
    }
}
