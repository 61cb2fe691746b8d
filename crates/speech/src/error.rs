use strowger_config::Place;

/// Why an engine of `speech.conf` cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum SpeechConfigError {
    /// The URL makes no sense, or no HTTP client can be made.
    #[error("{at}: {problem}")]
    Unusable {
        /// The engine.
        at: Place,
        /// What is wrong.
        problem: String,
    },
}
