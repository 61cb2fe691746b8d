//! The configuration that is built into the program, and how it is written out for editing.

use std::io::Write;
use std::path::{Path, PathBuf};

use crate::source::{MemorySource, Source};
use crate::source_error::SourceError;

/// The built-in configuration: what runs when no folder is given.
#[derive(Debug, Clone)]
pub struct BuiltinSource {
    files: MemorySource,
}

impl BuiltinSource {
    /// The built-in configuration.
    pub fn new() -> BuiltinSource {
        BuiltinSource { files: MemorySource::new(FILES.iter().copied()) }
    }
}

impl Default for BuiltinSource {
    fn default() -> BuiltinSource {
        BuiltinSource::new()
    }
}

impl Source for BuiltinSource {
    fn read(&self, path: &str) -> Result<String, SourceError> {
        self.files.read(path)
    }

    fn glob(&self, pattern: &str) -> Result<Vec<String>, SourceError> {
        self.files.glob(pattern)
    }

    fn describe(&self) -> String {
        "the built-in configuration".to_owned()
    }
}

/// Why the built-in configuration was not written out.
#[derive(Debug, thiserror::Error)]
pub enum InitError {
    /// Files are there already; nothing was written.
    #[error("{} is there already; nothing was written: choose another folder", list(.files))]
    Exists {
        /// The files that would have been overwritten.
        files: Vec<PathBuf>,
    },
    /// The operating system refuses.
    #[error("{path}: {problem}")]
    Io {
        /// What was to be written.
        path: PathBuf,
        /// What it said.
        #[source]
        problem: std::io::Error,
    },
}

/// Writes the built-in configuration into a folder, which is made if need be, and returns the files written.
///
/// # Errors
/// [`InitError::Exists`] when any file is there already: then nothing is written. [`InitError::Io`] otherwise.
pub fn write_builtin(dir: &Path) -> Result<Vec<PathBuf>, InitError> {
    let paths: Vec<(PathBuf, &str)> = FILES.iter().map(|(path, text)| (dir.join(path), *text)).collect();
    let files: Vec<PathBuf> =
        paths.iter().filter(|(path, _)| path.symlink_metadata().is_ok()).map(|(path, _)| path.clone()).collect();
    if !files.is_empty() {
        return Err(InitError::Exists { files });
    }
    for (path, text) in &paths {
        write_new(path, text).map_err(|problem| InitError::Io { path: path.clone(), problem })?;
    }
    Ok(paths.into_iter().map(|(path, _)| path).collect())
}

/// `create_new`: a file that came to be in the meantime is not overwritten either.
fn write_new(path: &Path, text: &str) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::OpenOptions::new().write(true).create_new(true).open(path)?.write_all(text.as_bytes())
}

/// The first file, and how many there are besides.
fn list(files: &[PathBuf]) -> String {
    let first = files.first().map(|file| file.display().to_string()).unwrap_or_default();
    match files.len() {
        0 | 1 => first,
        count => format!("{first} (and {} more files)", count - 1),
    }
}

macro_rules! files {
    ($($path:literal),* $(,)?) => {
        &[$(($path, include_str!(concat!("../../../conf/", $path)))),*]
    };
}

const FILES: &[(&str, &str)] = files![
    "freeswitch.xml",
    "vars.xml",
    "autoload_configs/acl.conf.xml",
    "autoload_configs/console.conf.xml",
    "autoload_configs/event_socket.conf.xml",
    "autoload_configs/modules.conf.xml",
    "autoload_configs/sofia.conf.xml",
    "autoload_configs/switch.conf.xml",
    "dialplan/default.xml",
    "dialplan/demo/extensions.xml",
    "dialplan/public.xml",
    "directory/default.xml",
];

#[cfg(test)]
mod tests;
