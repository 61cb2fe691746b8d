use std::path::PathBuf;
use std::time::Duration;

use strowger_config::{ConfigError, Place};

/// Why a service cannot be bound.
#[derive(Debug, thiserror::Error)]
pub enum XmlCurlError {
    /// A file that the binding names cannot be read.
    #[error("{at}: {}: {problem}", .path.display())]
    File {
        /// The binding.
        at: Place,
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        problem: std::io::Error,
    },
    /// The URL, or what a file holds, makes no sense.
    #[error("{at}: {problem}")]
    Unusable {
        /// The binding.
        at: Place,
        /// What is wrong.
        problem: String,
    },
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AnswerError {
    /// It took too long.
    #[error("no answer within {} s", .0.as_secs())]
    TimedOut(Duration),
    /// The connection failed.
    #[error("{0}")]
    Failed(String),
    /// Another status than 200.
    #[error("HTTP status {0}, expected 200")]
    Status(u16),
    /// It is too long.
    #[error("the answer is longer than {0} bytes (response-max-bytes)")]
    TooLong(usize),
    /// It is no text.
    #[error("the answer is not UTF-8")]
    NotText,
    /// It is no document; displays with the URL and the line.
    #[error(transparent)]
    NotXml(#[from] ConfigError),
    /// The service wants a proof that cannot be given.
    #[error("the service's challenge cannot be answered: {0}")]
    Challenge(String),
}

impl From<reqwest::Error> for AnswerError {
    /// With what lies behind it, and without the URL, which may hold a password.
    fn from(error: reqwest::Error) -> Self {
        let error = error.without_url();
        let mut text = error.to_string();
        let mut source = std::error::Error::source(&error);
        while let Some(deeper) = source {
            text.push_str(": ");
            text.push_str(&deeper.to_string());
            source = deeper.source();
        }
        Self::Failed(text)
    }
}
