//! An answer: read up to a limit, and made a document.

use reqwest::{Response, StatusCode};
use strowger_config::Document;

use crate::error::AnswerError;

/// The text of an answer with status 200.
pub(crate) async fn read(mut response: Response, limit: usize) -> Result<String, AnswerError> {
    if response.status() != StatusCode::OK {
        return Err(AnswerError::Status(response.status().as_u16()));
    }
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if chunk.len() > limit.saturating_sub(bytes.len()) {
            return Err(AnswerError::TooLong(limit));
        }
        bytes.extend_from_slice(&chunk);
    }
    String::from_utf8(bytes).map_err(|_| AnswerError::NotText)
}

/// The document of a text. A long one keeps a thread busy: one of those that may be.
pub(crate) async fn parse(text: String, name: String, globals: Vec<(String, String)>) -> Result<Document, AnswerError> {
    let parsed = tokio::task::spawn_blocking(move || Document::parse(&text, &name, globals)).await;
    let document = parsed.map_err(|error| AnswerError::Failed(error.to_string()))??;
    for warning in document.warnings() {
        tracing::warn!("xml_curl: {warning}");
    }
    Ok(document)
}
