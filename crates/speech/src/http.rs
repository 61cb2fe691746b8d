//! HTTP services.

use std::error::Error;
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, Response, StatusCode, Url};
use serde_json::Value;
use strowger_config::SpeechEngine;
use strowger_core::speech::{Heard, Recognition, SpeechError, Utterance};
use strowger_media::pcm::Pcm;

use crate::error::SpeechConfigError;
use crate::{sound, understood};

/// How long an unused connection is kept.
const IDLE: Duration = Duration::from_secs(30);

/// How often a service may send a request elsewhere.
const MAX_REDIRECTS: usize = 5;

/// A service.
pub(crate) struct Service {
    client: Client,
    url: Url,
    is_get: bool,
    authorization: Option<HeaderValue>,
    max_bytes: usize,
    rate: u32,
}

impl Service {
    pub(crate) fn new(
        settings: &SpeechEngine,
        url: &str,
        is_get: bool,
        authorization: Option<&str>,
    ) -> Result<Service, SpeechConfigError> {
        let unusable = |problem: String| SpeechConfigError::Unusable { at: settings.place.clone(), problem };
        let url = Url::parse(url).map_err(|error| unusable(format!("url: {error}")))?;
        let authorization = authorization.map(|value| {
            let mut value = HeaderValue::from_str(value)?;
            value.set_sensitive(true);
            Ok(value)
        });
        let authorization = authorization
            .transpose()
            .map_err(|error: reqwest::header::InvalidHeaderValue| unusable(error.to_string()))?;
        let client = Client::builder()
            .no_proxy()
            .redirect(Policy::limited(MAX_REDIRECTS))
            .pool_max_idle_per_host(settings.max_concurrent)
            .pool_idle_timeout(IDLE)
            // Reading the system's CAs takes its time, and makes a start fail where there are none.
            .tls_built_in_root_certs(url.scheme() == "https");
        let client = client.build().map_err(|error| unusable(told(error)))?;
        Ok(Service { client, url, is_get, authorization, max_bytes: settings.max_bytes, rate: settings.rate })
    }

    /// The text, the voice and the rate as fields; the answer is a WAV file, or bare samples.
    pub(crate) async fn speak(&self, utterance: &Utterance) -> Result<Pcm, SpeechError> {
        let rate = utterance.rate.to_string();
        let fields = [("text", utterance.text.as_str()), ("voice", &utterance.voice), ("rate", &rate)];
        let mut url = self.url.clone();
        if self.is_get {
            url.query_pairs_mut().extend_pairs(fields);
            return self.sound_of(self.client.get(url)).await;
        }
        let mut form = url.clone();
        form.query_pairs_mut().clear().extend_pairs(fields);
        let body = form.query().unwrap_or_default().to_owned();
        let request = self.client.post(url).header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(body);
        self.sound_of(request).await
    }

    /// The utterance as a WAV file; grammars and parameters stand in the URL. The answer is JSON with `text` and perhaps
    /// `confidence` (0 to 1, or a percentage), a plain text, or XML.
    pub(crate) async fn recognise(&self, heard: &Heard) -> Result<Recognition, SpeechError> {
        let mut url = self.url.clone();
        if !(heard.grammars.is_empty() && heard.parameters.is_empty()) {
            let mut pairs = url.query_pairs_mut();
            pairs.extend_pairs(heard.grammars.iter().map(|grammar| ("grammar", grammar)));
            pairs.extend_pairs(&heard.parameters);
        }
        let request = self.client.post(url).header(CONTENT_TYPE, "audio/wav").body(heard.sound.to_wav());
        let response = self.send(request).await?;
        let is_json = content_type(&response).contains("json");
        let text = String::from_utf8(self.read(response).await?).map_err(|_| SpeechError::NotText)?;
        if !is_json {
            return Ok(understood(&text));
        }
        let value: Value = serde_json::from_str(&text).map_err(|_| SpeechError::NotText)?;
        let said = value.get("text").and_then(Value::as_str).ok_or(SpeechError::NotText)?.to_owned();
        let confidence = value.get("confidence").and_then(Value::as_f64).unwrap_or(1.0);
        let percent = if confidence <= 1.0 { confidence * 100.0 } else { confidence };
        Ok(Recognition::Text { text: said, confidence: percent.round().clamp(0.0, 100.0) as u8 })
    }

    async fn sound_of(&self, request: RequestBuilder) -> Result<Pcm, SpeechError> {
        let response = self.send(request).await?;
        let kind = content_type(&response);
        let mut bytes = self.read(response).await?;
        if kind.starts_with("audio/l16") {
            // RFC 2586: the higher byte first.
            bytes.as_chunks_mut::<2>().0.iter_mut().for_each(|pair| pair.reverse());
            let rate = kind.split("rate=").nth(1).and_then(|rate| rate.split(';').next()?.trim().parse().ok());
            return Ok(Pcm::from_l16(&bytes, rate.filter(|rate| (1000..=192_000).contains(rate)).unwrap_or(self.rate)));
        }
        sound(bytes, self.rate).await
    }

    async fn send(&self, mut request: RequestBuilder) -> Result<Response, SpeechError> {
        if let Some(authorization) = &self.authorization {
            request = request.header(AUTHORIZATION, authorization.clone());
        }
        let response = request.send().await.map_err(|error| SpeechError::Unreachable(told(error)))?;
        match response.status() {
            StatusCode::OK => Ok(response),
            other => Err(SpeechError::Status(other.as_u16())),
        }
    }

    async fn read(&self, mut response: Response) -> Result<Vec<u8>, SpeechError> {
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| SpeechError::Unreachable(told(error)))? {
            if chunk.len() > self.max_bytes.saturating_sub(bytes.len()) {
                return Err(SpeechError::TooLong(self.max_bytes));
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }
}

fn content_type(response: &Response) -> String {
    let header = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    header.unwrap_or_default().to_ascii_lowercase()
}

/// With what lies behind it, and without the URL, which may hold a password.
fn told(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(deeper) = cause {
        text = format!("{text}: {deeper}");
        cause = deeper.source();
    }
    text
}
