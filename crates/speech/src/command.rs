//! Programs.

use std::io::Read;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::process::Stdio;

use strowger_config::SpeechEngine;
use strowger_core::speech::{Heard, Recognition, SpeechError, Utterance};
use strowger_media::pcm::Pcm;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;

use crate::{sound, understood};

/// So many bytes of what a program complains of are said.
const MAX_COMPLAINT: usize = 400;

/// A program that is run for each utterance; it is killed when nobody waits for it any more.
pub(crate) struct Program {
    words: Vec<String>,
    max_bytes: usize,
    rate: u32,
}

impl Program {
    pub(crate) fn new(settings: &SpeechEngine, words: &[String]) -> Program {
        Program { words: words.to_vec(), max_bytes: settings.max_bytes, rate: settings.rate }
    }

    /// The text is an argument, or else written to the program; the sound is in the file that it was given, or else what
    /// it writes.
    pub(crate) async fn speak(&self, utterance: &Utterance) -> Result<Pcm, SpeechError> {
        let file = self.has("{file}").then(Scratch::new);
        let path = file.as_ref().map(Scratch::path);
        let rate = utterance.rate.to_string();
        let values = [
            ("{text}", utterance.text.as_str()),
            ("{voice}", &utterance.voice),
            ("{rate}", &rate),
            ("{file}", path.unwrap_or_default()),
        ];
        let input = if self.has("{text}") { Vec::new() } else { utterance.text.clone().into_bytes() };
        let written = self.run(&values, input).await?;
        let Some(file) = file else { return sound(written, self.rate).await };
        let max_bytes = self.max_bytes;
        let read = tokio::task::spawn_blocking(move || file.read(max_bytes)).await;
        sound(read.map_err(|error| SpeechError::Unreachable(error.to_string()))??, self.rate).await
    }

    /// The utterance is in the file that the program is given, or else written to it; it prints what was said.
    pub(crate) async fn recognise(&self, heard: &Heard) -> Result<Recognition, SpeechError> {
        let mut wav = heard.sound.to_wav();
        let mut file = None;
        if self.has("{file}") {
            let bytes = std::mem::take(&mut wav);
            let written = tokio::task::spawn_blocking(move || Scratch::holding(&bytes)).await;
            file = Some(written.map_err(|error| SpeechError::Unreachable(error.to_string()))??);
        }
        let path = file.as_ref().map(Scratch::path);
        let (rate, grammar) = (heard.sound.rate.to_string(), heard.grammars.join(" "));
        let values = [
            ("{file}", path.unwrap_or_default()),
            ("{rate}", &rate),
            ("{grammar}", &grammar),
            ("{text}", ""),
            ("{voice}", ""),
        ];
        let printed = self.run(&values, wav).await?;
        let text = String::from_utf8(printed).map_err(|_| SpeechError::NotText)?;
        Ok(understood(&text))
    }

    fn has(&self, name: &str) -> bool {
        self.words.iter().any(|word| word.contains(name))
    }

    /// Runs it; what it writes.
    async fn run(&self, values: &[(&str, &str)], input: Vec<u8>) -> Result<Vec<u8>, SpeechError> {
        let mut words = self.words.iter().map(|word| filled(word, values));
        let program = words.next().unwrap_or_default();
        let mut command = Command::new(&program);
        command.args(words).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().map_err(|error| SpeechError::Unreachable(format!("{program}: {error}")))?;
        let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let feed = async {
            if let Some(mut stdin) = stdin {
                // A program may end, or close it, before it has read all.
                let _ = stdin.write_all(&input).await;
            }
        };
        let take = async {
            let (_, written, complaint) = tokio::join!(feed, taken(stdout, self.max_bytes), complaint(stderr));
            written.map(|written| (written, complaint))
        };
        let (written, complaint) = take.await?;
        let failed = |error: std::io::Error| SpeechError::Unreachable(format!("{program}: {error}"));
        let status = child.wait().await.map_err(failed)?;
        match status.success() {
            true => Ok(written),
            false => Err(SpeechError::Ended(format!("{status}: {complaint}"))),
        }
    }
}

/// All that is written, so many bytes at the most.
async fn taken(from: Option<impl AsyncRead + Unpin>, limit: usize) -> Result<Vec<u8>, SpeechError> {
    let mut bytes = Vec::new();
    let Some(from) = from else { return Ok(bytes) };
    let read = from.take(limit as u64 + 1).read_to_end(&mut bytes).await;
    read.map_err(|error| SpeechError::Unreachable(error.to_string()))?;
    if bytes.len() > limit { Err(SpeechError::TooLong(limit)) } else { Ok(bytes) }
}

/// The beginning of what a program complains of; the rest is read and forgotten.
async fn complaint(from: Option<impl AsyncRead + Unpin>) -> String {
    let mut kept = Vec::new();
    let Some(mut from) = from else { return String::new() };
    let mut buffer = [0; MAX_COMPLAINT];
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        let room = MAX_COMPLAINT - kept.len();
        kept.extend(buffer.iter().take(count.min(room)));
    }
    String::from_utf8_lossy(&kept).trim().to_owned()
}

/// An argument with its values. One that would begin with a `-` because of a value is no option.
fn filled(word: &str, values: &[(&str, &str)]) -> String {
    let mut rest = word;
    let mut out = String::with_capacity(word.len());
    while let Some(at) = rest.find('{') {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let value = values.iter().find(|(name, _)| from.starts_with(name));
        let (name, value) = value.copied().unwrap_or(("{", "{"));
        if out.is_empty() && value.starts_with('-') {
            out.push(' ');
        }
        // An argument cannot hold a NUL.
        out.extend(value.chars().filter(|character| *character != '\0'));
        rest = from.get(name.len()..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

/// A file that goes when nobody needs it.
struct Scratch(PathBuf, String);

impl Scratch {
    /// The name of one; no other has it.
    fn new() -> Scratch {
        let name = format!("strowger-speech-{}.wav", uuid::Uuid::new_v4());
        let path = std::env::temp_dir().join(name);
        let text = path.to_string_lossy().into_owned();
        Scratch(path, text)
    }

    /// One that holds this, for nobody else to read.
    fn holding(bytes: &[u8]) -> Result<Scratch, SpeechError> {
        let file = Scratch::new();
        let write = || {
            let options = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&file.0);
            options.and_then(|mut to| std::io::Write::write_all(&mut to, bytes))
        };
        write().map_err(|error| file.failed(&error))?;
        Ok(file)
    }

    fn path(&self) -> &str {
        &self.1
    }

    /// What it holds; its reading may take as long as a disk does.
    fn read(&self, limit: usize) -> Result<Vec<u8>, SpeechError> {
        let mut bytes = Vec::new();
        let opened = std::fs::File::open(&self.0);
        let read = opened.and_then(|file| file.take(limit as u64 + 1).read_to_end(&mut bytes));
        read.map_err(|error| self.failed(&error))?;
        if bytes.len() > limit { Err(SpeechError::TooLong(limit)) } else { Ok(bytes) }
    }

    fn failed(&self, error: &std::io::Error) -> SpeechError {
        SpeechError::Unreachable(format!("{}: {error}", self.1))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // The program may not have made it.
        let _ = std::fs::remove_file(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_hold_values_and_no_more() {
        let values = [("{text}", "-f{voice} a; b\0"), ("{voice}", "en")];
        assert_eq!(filled("{text}", &values), " -f{voice} a; b");
        assert_eq!(filled("-v{voice}", &values), "-ven");
        assert_eq!(filled("{", &values), "{");
        assert_eq!(filled("{x}{voice}}", &values), "{x}en}");
    }
}
