//! A document that a service answered with, instead of a file.

use crate::config::{LoadOptions, section};
use crate::dialplan::Dialplan;
use crate::dialplan_parse;
use crate::directory::{Directory, DirectoryIndex};
use crate::element::Element;
use crate::error::{ConfigError, Warning};
use crate::preprocess::preprocess_text;
use crate::source::MemorySource;
use crate::xml;

/// One answer of a service that is asked for a part of the configuration (`mod_xml_curl`): a `<document>` with sections, as
/// `freeswitch.xml` is one.
#[derive(Debug, Clone)]
pub struct Document {
    root: Element,
    directory: DirectoryIndex,
    dialplan: Option<Dialplan>,
    warnings: Vec<Warning>,
}

impl Document {
    /// Reads an answer. `name` is what errors call it, as in `NAME:LINE`. `$${..}` stands for one of `globals`; the answer
    /// may `set` variables for itself, but cannot name files or read the environment.
    ///
    /// # Errors
    /// The first thing that is wrong, with its line.
    pub fn parse(text: &str, name: &str, globals: Vec<(String, String)>) -> Result<Document, ConfigError> {
        let nothing = MemorySource::default();
        let options = LoadOptions { preset: globals, env: |_| None, ..LoadOptions::default() };
        let read = preprocess_text(&nothing, &options, name, text)?;
        let root = xml::parse(&read.text)?;
        let mut warnings = read.warnings;
        let dialplan = section(&root, "dialplan");
        let dialplan = dialplan.map(|found| dialplan_parse::read(Some(found), &mut warnings)).transpose()?;
        let directory = DirectoryIndex::new(section(&root, "directory"));
        Ok(Document { root, directory, dialplan, warnings })
    }

    /// Whether it says that there is no such thing: `<section name="result"><result status="not found"/>`.
    pub fn is_not_found(&self) -> bool {
        let result = section(&self.root, "result").and_then(|found| found.child("result"));
        result.and_then(|result| result.attr("status")).is_some_and(|status| status.eq_ignore_ascii_case("not found"))
    }

    /// Its users and domains.
    pub fn directory(&self) -> Directory<'_> {
        Directory::new(section(&self.root, "directory"), &self.directory)
    }

    /// Its dialplan section, if it has one.
    pub fn dialplan(&self) -> Option<&Dialplan> {
        self.dialplan.as_ref()
    }

    /// What is odd but harmless.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Document, ConfigError> {
        Document::parse(text, "http://h/x", vec![("domain".to_owned(), "d.example".to_owned())])
    }

    #[test]
    fn sections_are_read_with_the_switchs_variables() {
        let document = parse(
            r#"<document type="freeswitch/xml">
            <section name="directory"><domain name="$${domain}"><user id="1"/></domain></section>
            <section name="dialplan"><context name="c"><extension><condition/></extension></context></section>
            </document>"#,
        );
        let document = document.unwrap();
        assert!(document.directory().user("D.EXAMPLE", "1").is_some() && !document.is_not_found());
        assert!(document.dialplan().unwrap().context("C").is_some());
        let document =
            parse("<document><section name='result'><result status='Not Found'/></section></document>").unwrap();
        assert!(
            document.is_not_found() && document.dialplan().is_none() && document.directory().domains().count() == 0
        );
    }

    #[test]
    fn errors_name_the_service_and_the_line() {
        let check = |text: &str, expected: &str| {
            let told = parse(text).unwrap_err().to_string();
            assert!(told.starts_with(expected), "{told}");
        };
        check("<document>\n<section>\n</document>", "http://h/x:3: </document> closes <section>");
        check("<X-PRE-PROCESS cmd='include' data='/etc/passwd'/>", "http://h/x:1: cannot include \"/etc/passwd\"");
        check("<X-PRE-PROCESS cmd='exec' data='id'/>", "http://h/x:1: cmd=\"exec\" is refused");
        check(
            "<d><section name='dialplan'><context name='c'><extension>\n<condition field='a' break='maybe'/>\
             </extension></context></section></d>",
            "http://h/x:2: ",
        );
        let warned = parse(
            "<d><section name='dialplan'><context name='c'><extension>\n<condition field='a' expression='('/>\
             </extension></context></section></d>",
        );
        let warning = warned.unwrap().warnings()[0].to_string();
        assert!(warning.starts_with("http://h/x:2: expression \"(\" does not compile"), "{warning}");
    }
}
