//! The ordered headers of an event.

mod block;

use std::fmt::{self, Display};
use std::ops::Range;
use std::sync::Arc;

pub use block::{HeaderBlock, Pairs};

/// Ordered headers: a block of their own, and in its midst perhaps one that they share with others, which is never copied
/// ([`Headers::share`]).
///
/// Names match without regard to ASCII case and may repeat. A value of the form `ARRAY::a|:b` is an array (see
/// [`array_items`]).
#[derive(Clone, Default)]
pub struct Headers {
    own: HeaderBlock,
    shared: Option<Shared>,
}

/// A block that others have too, in front of the own header at that place.
#[derive(Clone)]
struct Shared {
    at: usize,
    block: Arc<HeaderBlock>,
}

impl Headers {
    /// No headers; allocates nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self { own: HeaderBlock::new(), shared: None }
    }

    /// No headers yet, with room for `headers` of them having `bytes` bytes of names and values in all.
    #[must_use]
    pub fn with_capacity(headers: usize, bytes: usize) -> Self {
        Self { own: HeaderBlock::with_capacity(headers, bytes), shared: None }
    }

    /// How many headers there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.own.len() + self.shared.as_ref().map_or(0, |shared| shared.block.len())
    }

    /// Whether there is no header.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes of all names and values together, shared ones included.
    #[must_use]
    pub fn byte_len(&self) -> usize {
        self.own.byte_len() + self.shared.as_ref().map_or(0, |shared| shared.block.byte_len())
    }

    /// Makes room for `headers` more headers with `bytes` more bytes of names and values.
    pub fn reserve(&mut self, headers: usize, bytes: usize) {
        self.own.reserve(headers, bytes);
    }

    /// Adds a header at the bottom; earlier ones of that name stay.
    pub fn push(&mut self, name: &str, value: &str) {
        self.own.push(name, value);
    }

    /// Adds the header `prefix` + `name` at the bottom, without building that name first.
    pub fn push_prefixed(&mut self, prefix: &str, name: &str, value: &str) {
        self.own.push_prefixed(prefix, name, value);
    }

    /// Adds a header at the bottom whose value is formatted straight into place.
    pub fn push_display(&mut self, name: &str, value: impl Display) {
        self.own.push_display(name, value);
    }

    /// Adds the headers of a block at the bottom, without a copy; where some are shared already, with one.
    pub fn share(&mut self, block: &Arc<HeaderBlock>) {
        if self.shared.is_none() {
            self.shared = Some(Shared { at: self.own.len(), block: Arc::clone(block) });
        } else {
            self.own.extend_run(block, 0..block.len());
        }
    }

    /// Removes every header of that name and adds this one at the bottom, as FreeSWITCH does: a changed header moves to
    /// the end.
    pub fn set(&mut self, name: &str, value: &str) {
        self.remove(name);
        self.push(name, value);
    }

    /// Adds `value` to the header `name`: the first one is an ordinary value, a second one makes it an array, in its
    /// place.
    pub fn push_array_item(&mut self, name: &str, value: &str) {
        self.own_all(name);
        self.own.push_array_item(name, value);
    }

    /// Removes every header of that name; says whether there was one.
    pub fn remove(&mut self, name: &str) -> bool {
        self.own_all(name) && self.own.remove(name)
    }

    /// Keeps only the headers for which `keep(name, value)` holds, in their order.
    pub fn retain(&mut self, mut keep: impl FnMut(&str, &str) -> bool) {
        let mut kept = Self::with_capacity(self.len(), self.byte_len());
        self.iter().filter(|(name, value)| keep(name, value)).for_each(|(name, value)| kept.push(name, value));
        *self = kept;
    }

    /// Removes every header and keeps the memory.
    pub fn clear(&mut self) {
        self.own.clear();
        self.shared = None;
    }

    /// The value of the first header of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.parts().into_iter().find_map(|(block, run)| block.find(run, name))
    }

    /// Every value of that name, in order.
    pub fn get_all<'a>(&'a self, name: &'a str) -> impl DoubleEndedIterator<Item = &'a str> + Clone {
        self.iter().filter(move |(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// Whether there is a header of that name.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Names and values in order.
    pub fn iter(&self) -> Iter<'_> {
        Iter(self.parts().map(|(block, run)| block.pairs(run)))
    }

    /// Adds all headers of `other` at the bottom; what it shares is shared, and not copied, unless some are already.
    pub fn extend(&mut self, other: &Self) {
        let [front, _, back] = other.parts();
        self.own.extend_run(front.0, front.1);
        if let Some(shared) = &other.shared {
            self.share(&shared.block);
        }
        self.own.extend_run(back.0, back.1);
    }

    /// Adds all headers of `other` at the bottom but those of that name.
    pub fn extend_without(&mut self, other: &Self, name: &str) {
        let [front, _, back] = other.parts();
        self.own.extend_without(front.0, front.1, name);
        match &other.shared {
            Some(shared) if shared.block.contains(name) => {
                self.own.extend_without(&shared.block, 0..shared.block.len(), name);
            }
            Some(shared) => self.share(&shared.block),
            None => {}
        }
        self.own.extend_without(back.0, back.1, name);
    }

    /// The three runs that there are: own headers, shared ones, own ones.
    fn parts(&self) -> [(&HeaderBlock, Range<usize>); 3] {
        let end = self.own.len();
        match &self.shared {
            Some(Shared { at, block }) => [(&self.own, 0..*at), (block, 0..block.len()), (&self.own, *at..end)],
            None => [(&self.own, 0..end), (&self.own, end..end), (&self.own, end..end)],
        }
    }

    /// Copies what is shared, for a header of that name to be changed; whether there is one.
    fn own_all(&mut self, name: &str) -> bool {
        if !self.contains(name) {
            return false;
        }
        if self.shared.is_some() {
            let mut all = HeaderBlock::with_capacity(self.len(), self.byte_len());
            self.parts().into_iter().for_each(|(block, run)| all.extend_run(block, run));
            *self = Self { own: all, shared: None };
        }
        true
    }
}

/// Names and values, in order.
#[derive(Clone)]
pub struct Iter<'a>([Pairs<'a>; 3]);

impl<'a> Iterator for Iter<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        self.0.iter_mut().find_map(Iterator::next)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.0.iter().map(ExactSizeIterator::len).sum();
        (left, Some(left))
    }
}

impl DoubleEndedIterator for Iter<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.0.iter_mut().rev().find_map(DoubleEndedIterator::next_back)
    }
}

impl ExactSizeIterator for Iter<'_> {}

impl PartialEq for Headers {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Headers {}

impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl<N: AsRef<str>, V: AsRef<str>> FromIterator<(N, V)> for Headers {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(headers: I) -> Self {
        let mut all = Self::new();
        headers.into_iter().for_each(|(name, value)| all.push(name.as_ref(), value.as_ref()));
        all
    }
}

/// The items of an array value (`ARRAY::a|:b`); `None` for an ordinary value.
#[must_use]
pub fn array_items(value: &str) -> Option<impl Iterator<Item = &str>> {
    value.strip_prefix(ARRAY).map(|items| items.split(SEPARATOR))
}

pub(crate) const ARRAY: &str = "ARRAY::";
pub(crate) const SEPARATOR: &str = "|:";

#[cfg(test)]
mod tests;
