use std::fmt::Write;

/// Rows under column names.
pub(super) struct Table {
    columns: Vec<String>,
    rows: Vec<Row>,
}

/// The cells of a row, one behind the other: there may be very many rows.
#[derive(Clone, Debug, Default)]
pub(super) struct Row {
    text: String,
    /// Where each cell ends.
    ends: Vec<u32>,
}

impl Row {
    /// An empty one, with room for so many cells of usual length and a few more.
    pub(super) fn with_room(cells: usize) -> Self {
        Self { text: String::with_capacity(cells * USUAL_LENGTH), ends: Vec::with_capacity(cells + 1) }
    }

    /// Adds a cell.
    pub(super) fn push(&mut self, cell: &str) {
        self.text.push_str(cell);
        self.end();
    }

    /// Adds a cell with a number.
    pub(super) fn push_number(&mut self, number: u64) {
        // Writing to a String cannot fail.
        let _ = write!(self.text, "{number}");
        self.end();
    }

    fn end(&mut self) {
        // No channel has 4 GiB of names.
        self.ends.push(u32::try_from(self.text.len()).unwrap_or(u32::MAX));
    }

    /// The cell at a place.
    pub(super) fn get(&self, place: usize) -> Option<&str> {
        let begin = place.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).copied())?;
        self.text.get(begin as usize..*self.ends.get(place)? as usize)
    }

    /// All of them.
    pub(super) fn cells(&self) -> impl Iterator<Item = &str> {
        (0..self.ends.len()).filter_map(|place| self.get(place))
    }
}

/// Bytes of a cell.
const USUAL_LENGTH: usize = 8;

impl<S: AsRef<str>> FromIterator<S> for Row {
    fn from_iter<T: IntoIterator<Item = S>>(cells: T) -> Self {
        let mut row = Self::default();
        cells.into_iter().for_each(|cell| row.push(cell.as_ref()));
        row
    }
}

impl<S: AsRef<str>, const N: usize> From<[S; N]> for Row {
    fn from(cells: [S; N]) -> Self {
        cells.into_iter().collect()
    }
}

impl From<Vec<String>> for Row {
    fn from(cells: Vec<String>) -> Self {
        cells.into_iter().collect()
    }
}

/// How a table is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// Lines, cells separated by this.
    Delimited(String),
    /// One object.
    Json,
    /// One element.
    Xml,
}

impl Format {
    /// Takes `as FORMAT [DELIMITER]` off the end of `words`; comma-separated lines when there is none.
    ///
    /// # Errors
    /// The name of a format that is not known.
    pub(super) fn take(words: &mut Vec<&str>) -> Result<Self, String> {
        let place = words.iter().skip(1).position(|word| word.eq_ignore_ascii_case("as")).map(|at| at + 1);
        let Some((at, name)) = place.and_then(|at| Some((at, *words.get(at + 1)?))) else {
            return Ok(Self::Delimited(",".to_owned()));
        };
        let delimiter = words.get(at + 2).copied().unwrap_or(",");
        let format = match name.to_ascii_lowercase().as_str() {
            "csv" | "delim" => Self::Delimited(delimiter.to_owned()),
            "json" => Self::Json,
            "xml" => Self::Xml,
            _ => return Err(name.to_owned()),
        };
        words.truncate(at);
        Ok(format)
    }
}

impl Table {
    pub(super) fn new<S: Into<String>>(columns: impl IntoIterator<Item = S>) -> Self {
        Self { columns: columns.into_iter().map(S::into).collect(), rows: Vec::new() }
    }

    /// Adds a row; its cells in the columns' order.
    pub(super) fn push(&mut self, row: impl Into<Row>) {
        self.rows.push(row.into());
    }

    /// Only how many rows there are.
    pub(super) fn count(&self, format: &Format) -> String {
        match format {
            Format::Delimited(_) => total(self.rows.len()),
            Format::Json => format!("{{\"row_count\": {}}}\n", self.rows.len()),
            Format::Xml => format!("<result row_count=\"{}\"/>\n", self.rows.len()),
        }
    }

    pub(super) fn render(&self, format: &Format) -> String {
        match format {
            Format::Xml if self.rows.is_empty() => self.count(format),
            // Recorded of FreeSWITCH: no rows are a plain text even `as json`.
            _ if self.rows.is_empty() => total(0),
            Format::Delimited(delimiter) => self.delimited(delimiter),
            Format::Json => self.json(),
            Format::Xml => self.xml(),
        }
    }

    fn delimited(&self, delimiter: &str) -> String {
        let mut out = self.columns.join(delimiter);
        out.push('\n');
        out.reserve(self.rows.iter().map(|row| row.text.len() + (row.ends.len() + 1) * delimiter.len()).sum());
        for row in &self.rows {
            for (place, cell) in row.cells().enumerate() {
                out.push_str(if place == 0 { "" } else { delimiter });
                out.push_str(cell);
            }
            out.push('\n');
        }
        out + &total(self.rows.len())
    }

    fn json(&self) -> String {
        let rows = self.rows.iter().map(|row| {
            let cells: Vec<_> =
                self.cells(row).map(|(name, value)| format!("{}:{}", quoted(name), quoted(value))).collect();
            format!("{{{}}}", cells.join(","))
        });
        let rows: Vec<String> = rows.collect();
        format!("{{\"row_count\":{},\"rows\":[{}]}}", rows.len(), rows.join(","))
    }

    fn xml(&self) -> String {
        let mut out = format!("<result row_count=\"{}\">\n", self.rows.len());
        for (number, row) in self.rows.iter().enumerate() {
            // Writing to a String cannot fail.
            let _ = writeln!(out, "  <row row_id=\"{}\">", number + 1);
            for (name, value) in self.cells(row) {
                let _ = writeln!(out, "    <{name}>{}</{name}>", escaped(value));
            }
            out.push_str("  </row>\n");
        }
        out + "</result>\n"
    }

    fn cells<'a>(&'a self, row: &'a Row) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.columns.iter().map(String::as_str).zip(row.cells())
    }
}

fn total(rows: usize) -> String {
    format!("\n{rows} total.\n")
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// A text as it stands in XML.
pub(in crate::commands) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(character),
            // XML has no way to write most control characters.
            c if c.is_control() => out.push('\u{FFFD}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::new(["uuid", "name"]);
        table.push(vec!["1".into(), "a<\"b\"".into()]);
        table
    }

    #[test]
    fn formats() {
        assert_eq!(table().render(&Format::Delimited(",".into())), "uuid,name\n1,a<\"b\"\n\n1 total.\n");
        assert_eq!(table().render(&Format::Json), r#"{"row_count":1,"rows":[{"uuid":"1","name":"a<\"b\""}]}"#);
        let xml = "<result row_count=\"1\">\n  <row row_id=\"1\">\n    <uuid>1</uuid>\n    <name>a&lt;&quot;b&quot;</name>\n  </row>\n</result>\n";
        assert_eq!(table().render(&Format::Xml), xml);
    }

    #[test]
    fn none_and_counts() {
        let none = Table::new(["uuid"]);
        assert_eq!(none.render(&Format::Json), "\n0 total.\n");
        assert_eq!(none.render(&Format::Xml), "<result row_count=\"0\"/>\n");
        assert_eq!(table().count(&Format::Delimited("|".into())), "\n1 total.\n");
        assert_eq!(table().count(&Format::Json), "{\"row_count\": 1}\n");
    }

    #[test]
    fn the_format_is_taken_off() {
        let take = |text: &str| {
            let mut words: Vec<&str> = text.split(' ').collect();
            Format::take(&mut words).map(|format| (format, words.join(" ")))
        };
        let comma = Format::Delimited(",".into());
        assert_eq!(take("channels").unwrap(), (comma.clone(), "channels".into()));
        assert_eq!(take("channels as json").unwrap(), (Format::Json, "channels".into()));
        assert_eq!(take("channels count as xml").unwrap(), (Format::Xml, "channels count".into()));
        assert_eq!(take("calls as delim |").unwrap(), (Format::Delimited("|".into()), "calls".into()));
        assert_eq!(take("calls as csv").unwrap(), (comma, "calls".into()));
        assert_eq!(take("calls as yaml").unwrap_err(), "yaml");
    }
}
