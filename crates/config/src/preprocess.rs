//! FreeSWITCH's pre-processing: `X-PRE-PROCESS` directives are run and `$${name}` is replaced while files are read in
//! order, before anything is XML (`switch_xml.c`, preprocess).
//!
//! Where this differs from FreeSWITCH: a directive inside an XML comment or CDATA is not run, so that commenting a line
//! out switches it off; a directive may span lines; `exec`, `exec-set` and `stun-set` are refused.

use std::sync::Arc;

use crate::config::LoadOptions;
use crate::error::{ConfigError, Place, Warning};
use crate::globals::{Form, Globals};
use crate::line_map::{MappedText, newlines};
use crate::markup::{Directive, Token, Tokens, variable};
use crate::source::{ENTRY_FILE, MAX_BYTES, Source};
use crate::source_error::SourceError;

/// One text made of all files, the variables at its end, and what was odd.
pub(crate) struct Preprocessed {
    pub(crate) text: MappedText,
    pub(crate) globals: Globals,
    pub(crate) warnings: Vec<Warning>,
}

/// Reads `freeswitch.xml` and all it includes.
pub(crate) fn preprocess(source: &dyn Source, options: &LoadOptions) -> Result<Preprocessed, ConfigError> {
    let entry = source.read(ENTRY_FILE).map_err(|error| match error {
        SourceError::NotFound { path } => ConfigError::NoEntry { path },
        other => ConfigError::Entry(other),
    })?;
    preprocess_text(source, options, ENTRY_FILE, &entry)
}

/// Reads a text that is there already, and all it includes.
pub(crate) fn preprocess_text(
    source: &dyn Source,
    options: &LoadOptions,
    name: &str,
    text: &str,
) -> Result<Preprocessed, ConfigError> {
    let mut globals = Globals::new(&options.preset, &options.fixed);
    if let Some(dir) = source.conf_dir().filter(|_| !options.preset.iter().any(|(name, _)| name == "conf_dir")) {
        globals.set("conf_dir", dir, Form::Plain);
    }
    let mut run = Preprocessor {
        source,
        options,
        globals,
        text: MappedText::default(),
        warnings: Vec::new(),
        open: Vec::new(),
        spent: 0,
    };
    run.file(name, text)?;
    Ok(Preprocessed { text: run.text, globals: run.globals, warnings: run.warnings })
}

struct Preprocessor<'a> {
    source: &'a dyn Source,
    options: &'a LoadOptions,
    globals: Globals,
    text: MappedText,
    warnings: Vec<Warning>,
    /// The files being read, the entry file first.
    open: Vec<String>,
    /// Bytes that were paid for beside those in `text`.
    spent: usize,
}

impl Preprocessor<'_> {
    fn file(&mut self, path: &str, content: &str) -> Result<(), ConfigError> {
        let file: Arc<str> = path.into();
        self.open.push(path.to_owned());
        for (line, token) in Tokens::new(content) {
            let at = Place { file: Arc::clone(&file), line };
            match token {
                Token::Text(text) => self.text.push(text, &file, line),
                Token::Nothing(hidden) => self.text.push(&"\n".repeat(newlines(hidden) as usize), &file, line),
                Token::Variable { name, in_cdata } => {
                    let form = if in_cdata { Form::Plain } else { Form::Markup };
                    let mut value = String::new();
                    self.write_variable(name, form, &mut value, &at);
                    self.text.push(&value, &file, line);
                }
                Token::Directive(directive) => {
                    self.directive(&directive, &at)?;
                    self.text.push(&"\n".repeat(newlines(directive.source) as usize), &file, line);
                }
                Token::Unclosed { what, expected } => {
                    return Err(ConfigError::Xml {
                        at,
                        problem: format!("{what} never ends"),
                        expected: expected.to_owned(),
                    });
                }
            }
            self.check_size(&at)?;
        }
        self.open.pop();
        Ok(())
    }

    fn directive(&mut self, directive: &Directive<'_>, at: &Place) -> Result<(), ConfigError> {
        let wrong = |found: String, expected| ConfigError::Directive { at: at.clone(), found, expected };
        let command = match &directive.command {
            Ok(command) => command.as_str(),
            Err(problem) => return Err(wrong(problem.clone(), FORM)),
        };
        match command.to_ascii_lowercase().as_str() {
            "set" => {
                let data = self.expand(&directive.data, Form::Markup, at);
                let (name, value) = assignment(&data).ok_or_else(|| wrong(format!("set \"{data}\""), "NAME=VALUE"))?;
                self.set(name, value.to_owned(), Form::Markup);
                Ok(())
            }
            "env-set" => {
                let data = self.expand(&directive.data, Form::Plain, at);
                let (name, key) =
                    assignment(&data).ok_or_else(|| wrong(format!("env-set \"{data}\""), "NAME=$VARIABLE"))?;
                self.env_set(name, key, at);
                Ok(())
            }
            "include" => {
                let pattern = self.expand(&directive.data, Form::Plain, at);
                self.include(pattern.trim(), at)
            }
            "exec-set" | "stun-set"
                if assignment(&directive.data).is_some_and(|(name, _)| self.globals.is_fixed(name)) =>
            {
                Ok(())
            }
            refused @ ("exec" | "exec-set" | "stun-set") => Err(refusal(refused, &directive.data, at)),
            _ => {
                self.warn(at, format!("cmd=\"{command}\" is unknown and was passed over"));
                Ok(())
            }
        }
    }

    /// `name=$VARIABLE` or `name=VARIABLE`: as FreeSWITCH, nothing is set when the environment has no such variable.
    fn env_set(&mut self, name: &str, key: &str, at: &Place) {
        let key = key.trim_start_matches('$').trim_start_matches('{').trim_end_matches('}');
        match (self.options.env)(key) {
            Some(value) => self.set(name, value, Form::Plain),
            None if self.globals.is_fixed(name) => {}
            None => self.warn(at, format!("the environment has no {key}: {name} is not set")),
        }
    }

    fn set(&mut self, name: &str, value: String, form: Form) {
        self.spent = self.spent.saturating_add(name.len() + value.len());
        self.globals.set(name, value, form);
    }

    /// Reads the files a pattern names: relative to the folder of the file that includes them, else to the
    /// configuration folder. A pattern with `*`, `?` or `[` may match nothing.
    fn include(&mut self, pattern: &str, at: &Place) -> Result<(), ConfigError> {
        if pattern.is_empty() {
            return Err(ConfigError::Directive {
                at: at.clone(),
                found: "an include without data=\"..\"".to_owned(),
                expected: "data=\"FILE\" or data=\"FOLDER/*.xml\"",
            });
        }
        if self.open.len() > MAX_DEPTH {
            return Err(ConfigError::IncludeDepth { at: at.clone(), limit: MAX_DEPTH });
        }
        let failed = |problem| ConfigError::Include { at: at.clone(), pattern: pattern.to_owned(), problem };
        let is_glob = pattern.contains(['*', '?', '[']);
        let mut missing = None;
        for candidate in candidates(&at.file, pattern) {
            let paths = if is_glob { self.source.glob(&candidate).map_err(failed)? } else { vec![candidate] };
            let mut found = false;
            for path in paths {
                match self.source.read(&path) {
                    Ok(content) => self.included(&path, &content, at)?,
                    Err(problem @ SourceError::NotFound { .. }) if !is_glob => {
                        missing.get_or_insert(problem);
                        continue;
                    }
                    Err(problem) => return Err(failed(problem)),
                }
                found = true;
            }
            if found {
                return Ok(());
            }
        }
        missing.map_or(Ok(()), |problem| Err(failed(problem)))
    }

    fn included(&mut self, path: &str, content: &str, at: &Place) -> Result<(), ConfigError> {
        if self.open.iter().any(|open| open == path) {
            let chain = self.open.join(" > ");
            return Err(ConfigError::IncludeLoop { at: at.clone(), path: path.to_owned(), chain });
        }
        // An empty file costs too: files that include one another many times over must come to an end.
        self.spent = self.spent.saturating_add(FILE_COST);
        self.check_size(at)?;
        self.file(path, content)
    }

    /// Replaces each `$${name}` of a directive's data; `form` is that of the result.
    fn expand(&mut self, data: &str, form: Form, at: &Place) -> String {
        let mut out = String::new();
        let mut rest = data;
        while let Some(start) = rest.find("$${") {
            let (before, tail) = rest.split_at_checked(start).unwrap_or((rest, ""));
            out.push_str(&in_form(before, form));
            rest = match variable(tail) {
                Some((name, length)) => {
                    self.write_variable(name, form, &mut out, at);
                    tail.get(length..).unwrap_or_default()
                }
                None => {
                    out.push('$');
                    tail.get(1..).unwrap_or_default()
                }
            };
        }
        out.push_str(&in_form(rest, form));
        out
    }

    /// Appends a variable's value; an unknown one is empty and worth a warning, as in FreeSWITCH.
    fn write_variable(&mut self, name: &str, form: Form, out: &mut String, at: &Place) {
        if !self.globals.write(name, form, out) {
            self.warn(at, format!("$${{{name}}} is not set anywhere above: it is empty"));
        }
    }

    fn warn(&mut self, at: &Place, text: String) {
        if self.warnings.len() < MAX_WARNINGS {
            self.warnings.push(Warning { place: at.clone(), text });
        }
    }

    fn check_size(&self, at: &Place) -> Result<(), ConfigError> {
        match self.spent.saturating_add(self.text.len()) > MAX_BYTES {
            true => Err(ConfigError::TooLarge { at: at.clone(), limit: MAX_BYTES }),
            false => Ok(()),
        }
    }
}

/// `NAME=VALUE`, trimmed, a pair of quotes around the value taken off.
fn assignment(data: &str) -> Option<(&str, &str)> {
    let (name, value) = data.split_once('=')?;
    let (name, value) = (name.trim(), value.trim());
    let unquoted = ['"', '\''].iter().find_map(|quote| value.strip_prefix(*quote)?.strip_suffix(*quote));
    (!name.is_empty()).then_some((name, unquoted.unwrap_or(value)))
}

/// A directive's data is markup as written; decoded where plain text is wanted.
fn in_form(markup: &str, form: Form) -> String {
    match form {
        Form::Markup => markup.to_owned(),
        Form::Plain => crate::element::unescape(markup),
    }
}

/// Where an include may lie: beside the including file first, then in the configuration folder.
fn candidates(including: &str, pattern: &str) -> Vec<String> {
    let folder = including.rsplit_once('/').map(|(folder, _)| folder);
    match folder {
        Some(folder) if !pattern.starts_with('/') => vec![format!("{folder}/{pattern}"), pattern.to_owned()],
        _ => vec![pattern.to_owned()],
    }
}

fn refusal(command: &str, data: &str, at: &Place) -> ConfigError {
    let name = assignment(data).map_or("NAME", |(name, _)| name);
    let why = match command {
        "stun-set" => "reading a configuration asks no server on the network",
        _ => "reading a configuration runs no programs",
    };
    let instead = match command {
        "exec" => "a file and cmd=\"include\"".to_owned(),
        _ => format!("cmd=\"set\", cmd=\"env-set\" data=\"{name}=$VARIABLE\" or --set {name}=VALUE"),
    };
    ConfigError::Refused { at: at.clone(), command: command.to_owned(), why, instead }
}

/// How deep includes may nest.
const MAX_DEPTH: usize = 32;
/// What an included file costs of the whole, beside its text.
const FILE_COST: usize = 256;
/// How many warnings are kept.
const MAX_WARNINGS: usize = 1000;
const FORM: &str = "<X-PRE-PROCESS cmd=\"set|include|env-set\" data=\"..\"/>";

#[cfg(test)]
mod tests;
