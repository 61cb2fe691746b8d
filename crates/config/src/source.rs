//! Where the files of a configuration come from.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::source_error::SourceError;

/// The file every configuration starts from.
pub const ENTRY_FILE: &str = "freeswitch.xml";

/// The most bytes a configuration may have, all files together and after expansion.
pub(crate) const MAX_BYTES: usize = 64 << 20;

/// Where the files of a configuration come from. Paths use `/` and are relative to the configuration folder; a path
/// that starts with `/` is taken as it is where the source allows it.
pub trait Source: Send + Sync {
    /// The text of a file.
    ///
    /// # Errors
    /// [`SourceError::NotFound`] when there is none; the other variants when it cannot be read.
    fn read(&self, path: &str) -> Result<String, SourceError>;

    /// The files whose path matches a shell pattern (`*`, `?`, `[..]`; `*` does not cross `/`), sorted. None is fine.
    ///
    /// # Errors
    /// [`SourceError::BadGlob`] when the pattern makes no sense, [`SourceError::Io`] when a folder cannot be read.
    fn glob(&self, pattern: &str) -> Result<Vec<String>, SourceError>;

    /// What it is, for messages: a folder's path, or `the built-in configuration`.
    fn describe(&self) -> String;

    /// The folder it reads, which `$${conf_dir}` is set to; none when it is not a folder.
    fn conf_dir(&self) -> Option<String> {
        None
    }
}

/// A folder of the file system (`--conf DIR`).
#[derive(Debug, Clone)]
pub struct DirSource(PathBuf);

impl DirSource {
    /// The folder that holds `freeswitch.xml`. Nothing is read yet.
    pub fn new(dir: impl Into<PathBuf>) -> DirSource {
        DirSource(dir.into())
    }

    /// Where a path of the configuration lies; `Path::join` lets an absolute one win.
    fn locate(&self, path: &str) -> PathBuf {
        self.0.join(path)
    }

    /// A found file as the configuration names it: relative to the folder where it lies inside.
    fn name_of(&self, path: &Path) -> String {
        path.strip_prefix(&self.0).unwrap_or(path).to_string_lossy().into_owned()
    }
}

impl Source for DirSource {
    fn read(&self, path: &str) -> Result<String, SourceError> {
        let full = self.locate(path);
        let shown = full.display().to_string();
        let io = |problem: std::io::Error| match problem.kind() {
            ErrorKind::NotFound => SourceError::NotFound { path: shown.clone() },
            _ => SourceError::Io { path: shown.clone(), problem },
        };
        let bytes = std::fs::metadata(&full).map_err(io)?.len();
        if bytes > MAX_BYTES as u64 {
            return Err(SourceError::TooLarge { path: shown, bytes, limit: MAX_BYTES as u64 });
        }
        let raw = std::fs::read(&full).map_err(io)?;
        String::from_utf8(raw).map_err(|error| {
            let good = error.as_bytes().get(..error.utf8_error().valid_up_to()).unwrap_or_default();
            SourceError::NotText { path: shown, line: 1 + good.iter().filter(|b| **b == b'\n').count() }
        })
    }

    fn glob(&self, pattern: &str) -> Result<Vec<String>, SourceError> {
        let full = match pattern.starts_with('/') {
            true => pattern.to_owned(),
            // The folder's own name may hold brackets: only what the configuration says is a pattern.
            false => format!("{}/{pattern}", glob::Pattern::escape(&self.0.to_string_lossy())),
        };
        let matches = glob::glob_with(&full, GLOB_OPTIONS)
            .map_err(|error| SourceError::BadGlob { pattern: pattern.to_owned(), problem: error.msg })?;
        let mut found = Vec::new();
        for entry in matches {
            let path = entry
                .map_err(|error| SourceError::Io { path: error.path().display().to_string(), problem: error.into() })?;
            if path.is_file() {
                found.push(self.name_of(&path));
            }
        }
        found.sort();
        Ok(found)
    }

    fn describe(&self) -> String {
        self.0.display().to_string()
    }

    fn conf_dir(&self) -> Option<String> {
        let full = std::path::absolute(&self.0).unwrap_or_else(|_| self.0.clone());
        Some(full.to_string_lossy().into_owned())
    }
}

/// Files held in memory: for tests, and the ground of [`BuiltinSource`](crate::BuiltinSource).
#[derive(Debug, Clone, Default)]
pub struct MemorySource {
    files: BTreeMap<String, String>,
}

impl MemorySource {
    /// Files as (path, text) pairs; the last of two with the same path wins.
    pub fn new<P: Into<String>, T: Into<String>>(files: impl IntoIterator<Item = (P, T)>) -> MemorySource {
        MemorySource { files: files.into_iter().map(|(path, text)| (path.into(), text.into())).collect() }
    }
}

impl Source for MemorySource {
    fn read(&self, path: &str) -> Result<String, SourceError> {
        let found = self.files.get(&normalized(path)).cloned();
        found.ok_or_else(|| SourceError::NotFound { path: path.to_owned() })
    }

    fn glob(&self, pattern: &str) -> Result<Vec<String>, SourceError> {
        let compiled = glob::Pattern::new(&normalized(pattern))
            .map_err(|error| SourceError::BadGlob { pattern: pattern.to_owned(), problem: error.msg })?;
        Ok(self.files.keys().filter(|path| compiled.matches_with(path, GLOB_OPTIONS)).cloned().collect())
    }

    fn describe(&self) -> String {
        "memory".to_owned()
    }
}

/// A relative path without `.` and `..`.
fn normalized(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// As `glob(3)` does by default.
const GLOB_OPTIONS: glob::MatchOptions =
    glob::MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: true };

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_globs_do_not_cross_folders() {
        let source = MemorySource::new([("a.xml", "1"), ("d/b.xml", "2"), ("d/.hidden.xml", "3"), ("d/c.txt", "4")]);
        assert_eq!(source.glob("*.xml").unwrap(), ["a.xml"]);
        assert_eq!(source.glob("d/*.xml").unwrap(), ["d/b.xml"]);
        assert_eq!(source.glob("d/../d/?.xml").unwrap(), ["d/b.xml"]);
        assert_eq!(source.read("./d/../a.xml").unwrap(), "1");
        assert!(matches!(source.read("none.xml"), Err(SourceError::NotFound { .. })));
        assert!(matches!(source.glob("a***"), Err(SourceError::BadGlob { .. })));
    }

    #[test]
    fn a_folder_is_read_and_named_relative() {
        let dir = std::env::temp_dir().join(format!("strowger-config-source-[{}]", std::process::id()));
        std::fs::create_dir_all(dir.join("sub")).unwrap();
        std::fs::write(dir.join("sub/b.xml"), "<b/>").unwrap();
        std::fs::write(dir.join("sub/a.xml"), b"<a/>\n\xff").unwrap();
        let source = DirSource::new(&dir);
        assert_eq!(source.glob("sub/*.xml").unwrap(), ["sub/a.xml", "sub/b.xml"]);
        assert_eq!(source.glob("none/*.xml").unwrap(), Vec::<String>::new());
        assert_eq!(source.read("sub/b.xml").unwrap(), "<b/>");
        assert_eq!(source.read(&format!("{}/sub/b.xml", dir.display())).unwrap(), "<b/>");
        assert!(matches!(source.read("sub/a.xml"), Err(SourceError::NotText { line: 2, .. })));
        assert!(matches!(source.read("sub/c.xml"), Err(SourceError::NotFound { .. })));
        assert!(matches!(source.read("sub"), Err(SourceError::Io { .. })));
        assert_eq!(source.conf_dir().unwrap(), dir.display().to_string());
        std::fs::remove_dir_all(&dir).unwrap();
    }
}
