//! What is to be run: a file with its arguments, or code (`lua_parse_and_execute`).

use std::io::Read;
use std::path::Path;

/// What a text asks to be run.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Source<'a> {
    /// Code, behind a `~` or `#!/lua`.
    Code(&'a str),
    /// A file, and its arguments.
    File(&'a str, Vec<String>),
}

/// Arguments of a script; further ones are left out, as in FreeSWITCH.
const MAX_ARGUMENTS: usize = 128;

/// The longest script in bytes.
const MAX_SCRIPT: u64 = 16 << 20;

impl<'a> Source<'a> {
    pub(crate) fn parse(text: &'a str) -> Self {
        let text = text.trim_start_matches([' ', '\n', '\r']);
        let is_code = text.get(..6).is_some_and(|start| start.eq_ignore_ascii_case("#!/lua"));
        match text.strip_prefix('~').or_else(|| text.get(6..).filter(|_| is_code)) {
            Some(code) => Self::Code(code),
            None => {
                let (file, rest) = text.split_once(' ').unwrap_or((text, ""));
                Self::File(file, arguments(rest))
            }
        }
    }
}

/// Words between blanks; single quotes hold one together.
fn arguments(text: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted, mut is_begun) = (Vec::new(), String::new(), false, false);
    for character in text.chars() {
        match character {
            '\'' => (quoted, is_begun) = (!quoted, true),
            ' ' if !quoted => {
                if is_begun {
                    words.push(std::mem::take(&mut word));
                }
                is_begun = false;
            }
            other => {
                word.push(other);
                is_begun = true;
            }
        }
    }
    if is_begun {
        words.push(word);
    }
    words.truncate(MAX_ARGUMENTS);
    words
}

/// Why a script was not run to its end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SourceError {
    /// There is none, or not there.
    #[error(transparent)]
    Path(#[from] strowger_script::PathError),
    /// The system does not give it.
    #[error("cannot read {0}: {1}")]
    Read(String, std::io::Error),
    /// It is too long.
    #[error("{0} is longer than {MAX_SCRIPT} bytes")]
    TooLong(String),
}

/// The bytes of a script; a first line that begins with `#` is for the shell.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, SourceError> {
    let name = || path.display().to_string();
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(|error| SourceError::Read(name(), error))?;
    file.take(MAX_SCRIPT + 1).read_to_end(&mut bytes).map_err(|error| SourceError::Read(name(), error))?;
    if bytes.len() as u64 > MAX_SCRIPT {
        return Err(SourceError::TooLong(name()));
    }
    if bytes.first() == Some(&b'#') {
        // A comment keeps the lines' numbers.
        bytes.splice(0..0, *b"--");
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_arguments_and_code() {
        let file = |name, arguments: &[&str]| Source::File(name, arguments.iter().map(|one| (*one).into()).collect());
        for (text, expected) in [
            ("a.lua", file("a.lua", &[])),
            ("  a.lua one 'two words'  '' x", file("a.lua", &["one", "two words", "", "x"])),
            ("~return 1 -- ~", Source::Code("return 1 -- ~")),
            ("#!/Lua print(1)", Source::Code(" print(1)")),
        ] {
            assert_eq!(Source::parse(text), expected, "{text}");
        }
    }
}
