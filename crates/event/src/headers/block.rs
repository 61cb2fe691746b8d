//! Headers in two allocations.

use std::fmt::{Display, Write as _};
use std::ops::Range;
use std::slice;

use super::{ARRAY, SEPARATOR};

/// Ordered headers in two allocations: all names and values in one text, and an index into it. What [`Headers`] are made
/// of, and may share with one another ([`Headers::share`]).
///
/// Names match without regard to ASCII case and may repeat. A clone is two copies of memory. A value of the form
/// `ARRAY::a|:b` is an array (see [`array_items`]). Altogether the names and values have at most 4 GiB; what would not
/// fit is left out.
///
/// [`Headers`]: super::Headers
/// [`Headers::share`]: super::Headers::share
/// [`array_items`]: super::array_items
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeaderBlock {
    text: String,
    index: Vec<Entry>,
}

/// Where one header stands in the text: the name in `start..mid`, the value in `mid..end`. Entries follow one another
/// without a gap, so a header's end is the next one's start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Entry {
    start: u32,
    mid: u32,
    end: u32,
}

impl HeaderBlock {
    /// No headers; allocates nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self { text: String::new(), index: Vec::new() }
    }

    /// No headers yet, with room for `headers` of them having `bytes` bytes of names and values in all.
    #[must_use]
    pub fn with_capacity(headers: usize, bytes: usize) -> Self {
        Self { text: String::with_capacity(bytes), index: Vec::with_capacity(headers) }
    }

    /// How many headers there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.index.len()
    }

    /// Whether there is no header.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.index.is_empty()
    }

    /// The bytes of all names and values together.
    #[must_use]
    pub fn byte_len(&self) -> usize {
        self.text.len()
    }

    /// Makes room for `headers` more headers with `bytes` more bytes of names and values.
    pub fn reserve(&mut self, headers: usize, bytes: usize) {
        self.text.reserve(bytes);
        self.index.reserve(headers);
    }

    /// Adds a header at the bottom; earlier ones of that name stay.
    pub fn push(&mut self, name: &str, value: &str) {
        self.push_prefixed("", name, value);
    }

    /// Adds the header `prefix` + `name` at the bottom, without building that name first.
    pub fn push_prefixed(&mut self, prefix: &str, name: &str, value: &str) {
        let start = self.text.len();
        self.text.reserve(prefix.len() + name.len() + value.len());
        self.text.push_str(prefix);
        self.text.push_str(name);
        let mid = self.text.len();
        self.text.push_str(value);
        self.close(start, mid);
    }

    /// Adds a header at the bottom whose value is formatted straight into place.
    pub fn push_display(&mut self, name: &str, value: impl Display) {
        let start = self.text.len();
        self.text.push_str(name);
        let mid = self.text.len();
        // Writing to a String fails only when `value` itself does: what it wrote so far is its value then.
        let _ = write!(self.text, "{value}");
        self.close(start, mid);
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
        let Some(at) = self.position(name) else { return self.push(name, value) };
        let Some(entry) = self.index.get(at).copied() else { return };
        let (mid, end) = (entry.mid as usize, entry.end as usize);
        let is_array = self.text.get(mid..end).is_some_and(|old| old.starts_with(ARRAY));
        let prefix = if is_array { "" } else { ARRAY };
        let grown = prefix.len() + SEPARATOR.len() + value.len();
        if self.text.len() + grown > u32::MAX as usize {
            return;
        }
        let mut tail = self.text.split_off(end);
        self.text.insert_str(mid, prefix);
        self.text.push_str(SEPARATOR);
        self.text.push_str(value);
        self.text.push_str(&tail);
        tail.clear();
        self.shift(at, grown as i64);
    }

    /// Removes every header of that name; says whether there was one.
    pub fn remove(&mut self, name: &str) -> bool {
        let mut found = false;
        while let Some(at) = self.position(name) {
            self.remove_at(at);
            found = true;
        }
        found
    }

    /// Keeps only the headers for which `keep(name, value)` holds, in their order.
    pub fn retain(&mut self, mut keep: impl FnMut(&str, &str) -> bool) {
        let mut kept = Self::with_capacity(self.len(), self.byte_len());
        self.iter().filter(|(name, value)| keep(name, value)).for_each(|(name, value)| kept.push(name, value));
        *self = kept;
    }

    /// Removes every header and keeps the memory.
    pub fn clear(&mut self) {
        self.text.clear();
        self.index.clear();
    }

    /// The value of the first header of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.find(0..self.len(), name)
    }

    /// The value of the first header whose name is so many bytes, whichever, and then this, in any case.
    #[must_use]
    pub fn get_behind(&self, bytes: usize, name: &str) -> Option<&str> {
        // Lengths first: most names differ in them, and the text is not looked at.
        let length = bytes + name.len();
        let is_it = |entry: &&Entry| {
            let (start, mid) = (entry.start as usize, entry.mid as usize);
            mid - start == length
                && self
                    .text
                    .as_bytes()
                    .get(start + bytes..mid)
                    .is_some_and(|it| it.eq_ignore_ascii_case(name.as_bytes()))
        };
        let found = self.index.iter().find(is_it)?;
        self.text.get(found.mid as usize..found.end as usize)
    }

    /// Whether there is a header of that name.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.position(name).is_some()
    }

    /// Names and values in order.
    pub fn iter(&self) -> Pairs<'_> {
        self.pairs(0..self.len())
    }

    /// Names and values of those at these places.
    pub(super) fn pairs(&self, run: Range<usize>) -> Pairs<'_> {
        Pairs { block: self, entries: self.index.get(run).unwrap_or_default().iter() }
    }

    /// The value of the first header of that name at these places.
    pub(super) fn find(&self, run: Range<usize>, name: &str) -> Option<&str> {
        let entries = self.index.get(run).unwrap_or_default();
        entries.iter().find(|entry| self.is_named(entry, name)).map(|entry| self.value(entry))
    }

    /// Adds the headers at these places of `other` at the bottom, but those of that name.
    pub(super) fn extend_without(&mut self, other: &Self, run: Range<usize>, name: &str) {
        let mut begin = run.start;
        let named = other.index.iter().enumerate().take(run.end).skip(run.start);
        for (at, _) in named.filter(|(_, entry)| other.is_named(entry, name)) {
            self.extend_run(other, begin..at);
            begin = at + 1;
        }
        self.extend_run(other, begin..run.end);
    }

    /// Adds the headers at these places of `other`: their text lies together.
    pub(super) fn extend_run(&mut self, other: &Self, run: Range<usize>) {
        let entries = other.index.get(run).unwrap_or_default();
        let (Some(first), Some(last)) = (entries.first(), entries.last()) else { return };
        let base = self.text.len();
        let text = other.text.get(first.start as usize..last.end as usize).unwrap_or_default();
        if base + text.len() > u32::MAX as usize {
            return;
        }
        let moved = |place: u32| place - first.start + base as u32;
        self.text.push_str(text);
        self.index.extend(entries.iter().map(|entry| Entry {
            start: moved(entry.start),
            mid: moved(entry.mid),
            end: moved(entry.end),
        }));
    }

    fn close(&mut self, start: usize, mid: usize) {
        let end = self.text.len();
        if end > u32::MAX as usize {
            self.text.truncate(start);
            return;
        }
        self.index.push(Entry { start: start as u32, mid: mid as u32, end: end as u32 });
    }

    fn remove_at(&mut self, at: usize) {
        let Some(entry) = self.index.get(at).copied() else { return };
        self.text.drain(entry.start as usize..entry.end as usize);
        self.index.remove(at);
        let gone = entry.end - entry.start;
        for later in self.index.iter_mut().skip(at) {
            *later = Entry { start: later.start - gone, mid: later.mid - gone, end: later.end - gone };
        }
    }

    /// Lets entry `at` end `by` bytes later and moves all that follow.
    fn shift(&mut self, at: usize, by: i64) {
        let moved = |place: u32| (i64::from(place) + by) as u32;
        let mut entries = self.index.iter_mut().skip(at);
        if let Some(entry) = entries.next() {
            entry.end = moved(entry.end);
        }
        for later in entries {
            *later = Entry { start: moved(later.start), mid: moved(later.mid), end: moved(later.end) };
        }
    }

    fn position(&self, name: &str) -> Option<usize> {
        self.index.iter().position(|entry| self.is_named(entry, name))
    }

    fn is_named(&self, entry: &Entry, name: &str) -> bool {
        (entry.mid - entry.start) as usize == name.len() && self.name(entry).eq_ignore_ascii_case(name)
    }

    fn name(&self, entry: &Entry) -> &str {
        self.text.get(entry.start as usize..entry.mid as usize).unwrap_or_default()
    }

    fn value(&self, entry: &Entry) -> &str {
        self.text.get(entry.mid as usize..entry.end as usize).unwrap_or_default()
    }
}

/// Names and values of a block, in order.
#[derive(Clone)]
pub struct Pairs<'a> {
    block: &'a HeaderBlock,
    entries: slice::Iter<'a, Entry>,
}

impl<'a> Iterator for Pairs<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        self.entries.next().map(|entry| (self.block.name(entry), self.block.value(entry)))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.entries.size_hint()
    }
}

impl DoubleEndedIterator for Pairs<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.entries.next_back().map(|entry| (self.block.name(entry), self.block.value(entry)))
    }
}

impl ExactSizeIterator for Pairs<'_> {}
