//! Why a file of a configuration cannot be read.

/// Why a file of a configuration cannot be read. Its text names the path that was tried.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// There is no such file.
    #[error("{path}: no such file")]
    NotFound {
        /// The path tried.
        path: String,
    },
    /// The operating system refuses.
    #[error("{path}: {problem}")]
    Io {
        /// The path tried.
        path: String,
        /// What it said.
        #[source]
        problem: std::io::Error,
    },
    /// The file is not UTF-8.
    #[error("{path}:{line}: this line is not UTF-8")]
    NotText {
        /// The path read.
        path: String,
        /// The first line that is not UTF-8, from 1.
        line: usize,
    },
    /// The file alone is larger than a whole configuration may be.
    #[error("{path}: {bytes} bytes, at most {limit} are read")]
    TooLarge {
        /// The path.
        path: String,
        /// Its size.
        bytes: u64,
        /// The most that is read.
        limit: u64,
    },
    /// The file pattern of an include makes no sense.
    #[error("{pattern}: {problem}")]
    BadGlob {
        /// The pattern.
        pattern: String,
        /// What is wrong with it.
        problem: &'static str,
    },
}
