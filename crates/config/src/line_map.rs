//! Which file and line each byte of the joined text came from.

use std::sync::Arc;

use crate::error::Place;
use crate::source::ENTRY_FILE;

/// The text that pre-processing made of many files, and where each byte of it came from.
#[derive(Debug, Default)]
pub(crate) struct MappedText {
    text: String,
    /// Ordered by offset. An origin holds up to the next one, its line growing with each newline: a file costs one
    /// entry and one more after each place where another file or a value of several lines was put in.
    origins: Vec<Origin>,
    /// The line of the place where the next byte goes if it continues the last origin.
    end_line: u32,
}

#[derive(Debug)]
struct Origin {
    offset: usize,
    place: Place,
}

impl MappedText {
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn len(&self) -> usize {
        self.text.len()
    }

    /// Appends text that starts at `file:line`.
    pub(crate) fn push(&mut self, text: &str, file: &Arc<str>, line: u32) {
        if text.is_empty() {
            return;
        }
        let same_file = self.origins.last().is_some_and(|origin| Arc::ptr_eq(&origin.place.file, file));
        if !same_file || self.end_line != line {
            self.origins.push(Origin { offset: self.text.len(), place: Place { file: Arc::clone(file), line } });
        }
        self.text.push_str(text);
        self.end_line = line.saturating_add(newlines(text));
    }

    /// A reader of places, quick when asked in rising order.
    pub(crate) fn places(&self) -> Places<'_> {
        Places { map: self, offset: 0, line: 0, run: None }
    }
}

/// Answers where bytes came from; see [`MappedText::places`].
#[derive(Debug)]
pub(crate) struct Places<'m> {
    map: &'m MappedText,
    /// The offset asked for last and its line, in the run of this origin.
    offset: usize,
    line: u32,
    run: Option<usize>,
}

impl Places<'_> {
    /// Where the byte at `offset` came from; for one past the end, the last place. the first line of the entry file for an empty text.
    pub(crate) fn at(&mut self, offset: usize) -> Place {
        let offset = offset.min(self.map.len().saturating_sub(1));
        let run = self.map.origins.partition_point(|origin| origin.offset <= offset).checked_sub(1);
        let Some((index, origin)) = run.and_then(|index| Some((index, self.map.origins.get(index)?))) else {
            return Place { file: ENTRY_FILE.into(), line: 1 };
        };
        if self.run != Some(index) || offset < self.offset {
            (self.run, self.offset, self.line) = (Some(index), origin.offset, origin.place.line);
        }
        let between = self.map.text.as_bytes().get(self.offset..offset).unwrap_or_default();
        self.line = self.line.saturating_add(count(between));
        self.offset = offset;
        Place { file: Arc::clone(&origin.place.file), line: self.line }
    }
}

/// How many newlines a text has.
pub(crate) fn newlines(text: &str) -> u32 {
    count(text.as_bytes())
}

fn count(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.iter().filter(|b| **b == b'\n').count()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_byte_knows_its_file_and_line() {
        let (a, b): (Arc<str>, Arc<str>) = ("a".into(), "b".into());
        let mut text = MappedText::default();
        assert_eq!(text.places().at(0).to_string(), "freeswitch.xml:1");
        text.push("1\n2\n3 ", &a, 1);
        text.push("7\n8", &b, 7);
        text.push("3\n4", &a, 3);
        text.push(" 4\nvalue of two lines", &a, 4);
        text.push("4", &a, 4);
        assert_eq!(text.text(), "1\n2\n3 7\n83\n4 4\nvalue of two lines4");
        let wanted = [(0, "a:1"), (1, "a:1"), (2, "a:2"), (4, "a:3"), (6, "b:7"), (8, "b:8"), (9, "a:3"), (11, "a:4")];
        let mut places = text.places();
        for (offset, want) in wanted.iter().chain(wanted.iter().rev()) {
            assert_eq!(places.at(*offset).to_string(), *want, "{offset}");
        }
        assert_eq!(places.at(text.len() - 2).to_string(), "a:5");
        assert_eq!(places.at(999).to_string(), "a:4");
    }
}
