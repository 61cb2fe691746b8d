//! `speech.conf`: the engines that speak and that understand speech. FreeSWITCH has a module for each engine, and a file
//! for each module; here HTTP services and programs can be engines.

use std::time::Duration;

use crate::config::{Tree, warn};
use crate::element::Element;
use crate::error::{ConfigError, Place, Warning};
use crate::value::{Settings, bad_value, required};

/// The engines of `speech.conf`; none where there is no such file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SpeechSettings {
    /// Those that speak (`<tts>`).
    pub synthesizers: Vec<SpeechEngine>,
    /// Those that understand speech (`<asr>`).
    pub recognisers: Vec<SpeechEngine>,
}

/// One `<engine>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpeechEngine {
    /// Its `name`, as dialplans have it.
    pub name: String,
    /// What does the work.
    pub means: SpeechMeans,
    /// `timeout`: for one utterance, from 1 to 300 s; default 30 s.
    pub timeout: Duration,
    /// `max-bytes`: the longest answer; default 8 MiB for sound and 64 KiB for text, at most 64 MiB.
    pub max_bytes: usize,
    /// `max-concurrent`: how many utterances at once, from 1 to 1000, default 16. Further ones wait.
    pub max_concurrent: usize,
    /// `rate`: of bare samples, in Hz; default 8000.
    pub rate: u32,
    /// Where it stands.
    pub place: Place,
}

/// What does an engine's work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SpeechMeans {
    /// An HTTP service.
    Http {
        /// `url`: `http:` or `https:`.
        url: String,
        /// `method`: POST, or GET where it is an engine that speaks.
        is_get: bool,
        /// `authorization`: this header's value.
        authorization: Option<String>,
    },
    /// A program.
    Command {
        /// `command`, taken apart: the program and its arguments; no shell reads it.
        words: Vec<String>,
    },
}

/// Reads the engines.
pub(crate) fn read(tree: Tree<'_>, warnings: &mut Vec<Warning>) -> Result<SpeechSettings, ConfigError> {
    let Some(file) = tree.configuration("speech.conf") else { return Ok(SpeechSettings::default()) };
    let mut engines = |list: &str, max_bytes| {
        let all = file.child(list).into_iter().flat_map(|list| list.children_named("engine"));
        let mut read: Vec<SpeechEngine> = Vec::new();
        for element in all {
            let engine = engine(element, max_bytes)?;
            if read.iter().any(|other| other.name.eq_ignore_ascii_case(&engine.name)) {
                warn(
                    warnings,
                    element.place(),
                    format!("<engine> {} is there twice: the last one counts", engine.name),
                );
            }
            read.push(engine);
        }
        Ok(read)
    };
    Ok(SpeechSettings { synthesizers: engines("tts", SOUND)?, recognisers: engines("asr", TEXT)? })
}

fn engine(element: &Element, max_bytes: usize) -> Result<SpeechEngine, ConfigError> {
    let name = required(element, "name", "the name of an engine")?;
    let settings = Settings::new(Some(element));
    Ok(SpeechEngine {
        name: name.to_owned(),
        means: means(element, settings)?,
        timeout: Duration::from_secs(settings.number("timeout", 30, 1..=300, "a number of seconds from 1 to 300")?),
        max_bytes: settings.number("max-bytes", max_bytes, 1..=MOST, "a number of bytes, at most 67108864")?,
        max_concurrent: settings.number("max-concurrent", 16, 1..=1000, "a number from 1 to 1000")?,
        rate: settings.number("rate", 8000, 1000..=192_000, "a sample rate from 1000 to 192000")?,
        place: element.place(),
    })
}

fn means(element: &Element, settings: Settings<'_>) -> Result<SpeechMeans, ConfigError> {
    if let Some((param, url)) = settings.all("url").last() {
        let is_http = ["http://", "https://"].iter().any(|scheme| url.get(..scheme.len()) == Some(*scheme));
        if !is_http {
            return Err(bad_value(param, "url", url, "a URL that begins with http:// or https://"));
        }
        let is_get = settings.parsed("method", false, "POST or GET", |method| match method {
            "POST" | "post" => Some(false),
            "GET" | "get" => Some(true),
            _ => None,
        })?;
        let authorization = settings.text("authorization").map(str::to_owned);
        return Ok(SpeechMeans::Http { url: url.to_owned(), is_get, authorization });
    }
    let command = settings.all("command").last();
    let Some((param, text)) = command else { return Err(bad_value(element, "engine", "", "a param url or command")) };
    let words = words(text).filter(|words| !words.is_empty());
    let words = words.ok_or_else(|| bad_value(param, "command", text, "a program and its arguments, quotes closed"))?;
    Ok(SpeechMeans::Command { words })
}

/// Blanks separate, `'…'` and `"…"` hold together; `None` when one of them is not closed.
fn words(text: &str) -> Option<Vec<String>> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for character in text.chars() {
        match (quote, character) {
            (Some(open), close) if open == close => quote = None,
            (None, '\'' | '"') => {
                quote = Some(character);
                word.get_or_insert_default();
            }
            (None, blank) if blank.is_whitespace() => words.extend(word.take()),
            (_, other) => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    quote.is_none().then_some(words)
}

const SOUND: usize = 8 << 20;
const TEXT: usize = 64 << 10;
const MOST: usize = 64 << 20;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Config, MemorySource, load};

    fn config(engines: &str) -> Result<Config, ConfigError> {
        let xml = format!(
            "<d><section name='configuration'><configuration name='speech.conf'>\n{engines}</configuration></section></d>"
        );
        load(&MemorySource::new([("freeswitch.xml", xml)]), &crate::LoadOptions::default())
    }

    #[test]
    fn engines_are_read() {
        let read = config(
            "<tts><engine name='espeak'><param name='command' value=\"espeak-ng -v '{voice}' -w {file} \
             &quot;&quot; {text}\"/><param name='timeout' value='5'/></engine></tts><asr><engine name='h'>\
             <param name='url' value='http://h/x'/><param name='authorization' value='Bearer x'/></engine></asr>",
        );
        let speech = read.unwrap().speech;
        let words = ["espeak-ng", "-v", "{voice}", "-w", "{file}", "", "{text}"].map(str::to_owned).to_vec();
        assert_eq!(speech.synthesizers[0].means, SpeechMeans::Command { words });
        assert_eq!((speech.synthesizers[0].timeout.as_secs(), speech.synthesizers[0].max_bytes), (5, SOUND));
        let authorization = Some("Bearer x".to_owned());
        let http = SpeechMeans::Http { url: "http://h/x".to_owned(), is_get: false, authorization };
        assert_eq!((&speech.recognisers[0].means, speech.recognisers[0].max_bytes), (&http, TEXT));
        assert_eq!(config("").unwrap().speech, SpeechSettings::default());
    }

    #[test]
    fn what_is_wrong_is_said() {
        let url =
            |params: &str| format!("<tts><engine name='e'><param name='url' value='http://h'/>{params}</engine></tts>");
        for (engines, told) in [
            ("<tts><engine name='e'/></tts>".to_owned(), "engine"),
            ("<tts><engine><param name='url' value='http://h'/></engine></tts>".to_owned(), "name"),
            ("<asr><engine name='e'><param name='url' value='file:/x'/></engine></asr>".to_owned(), "url"),
            ("<asr><engine name='e'><param name='command' value=\"say 'x\"/></engine></asr>".to_owned(), "command"),
            (url("<param name='method' value='PUT'/>"), "method"),
            (url("<param name='timeout' value='0'/>"), "timeout"),
            (url("<param name='max-bytes' value='99999999999'/>"), "max-bytes"),
        ] {
            let error = config(&engines).unwrap_err().to_string();
            assert!(error.starts_with("freeswitch.xml:2: ") && error.contains(told), "{error}");
        }
        let twice = url("") + &url("");
        assert!(config(&twice.replace("</tts><tts>", "")).unwrap().warnings[0].to_string().contains("twice"));
    }
}
