//! One service: how it is reached, and one question to it.

use std::path::Path;
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, WWW_AUTHENTICATE};
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, Identity, Method, Response, StatusCode, Url};
use strowger_config::{AuthScheme, Document, XmlCurlBinding};
use strowger_core::lookup::{Question, Section};
use tokio::sync::Semaphore;

use crate::answer;
use crate::error::{AnswerError, XmlCurlError};
use crate::form::Form;

/// Requests to one service at once. Policy when full: a further one waits, and its timeout runs.
const MAX_REQUESTS: usize = 32;

/// How often a service may send a request elsewhere, as in FreeSWITCH.
const MAX_REDIRECTS: usize = 10;

/// How long an unused connection is kept.
const IDLE: Duration = Duration::from_secs(30);

/// A service.
pub(crate) struct Binding {
    settings: XmlCurlBinding,
    method: Method,
    /// The URL without a password.
    shown: String,
    client: Client,
    places: Semaphore,
}

impl Binding {
    /// The service that `settings` describe; it is not asked anything yet.
    ///
    /// # Errors
    /// Its URL or a file that it names cannot be used.
    pub(crate) fn new(settings: &XmlCurlBinding) -> Result<Self, XmlCurlError> {
        let unusable = |problem: String| XmlCurlError::Unusable { at: settings.place.clone(), problem };
        let method = Method::from_bytes(settings.method.as_bytes()).map_err(|error| unusable(error.to_string()))?;
        let shown = if settings.has_dynamic_url { settings.url.clone() } else { without_password(settings)? };
        let client = client(settings)?.build().map_err(|error| match AnswerError::from(error) {
            AnswerError::Failed(problem) => unusable(problem),
            other => unusable(other.to_string()),
        })?;
        Ok(Self { settings: settings.clone(), method, shown, client, places: Semaphore::new(MAX_REQUESTS) })
    }

    pub(crate) fn serves(&self, section: Section) -> bool {
        match section {
            Section::Directory => self.settings.sections.directory,
            Section::Dialplan => self.settings.sections.dialplan,
        }
    }

    /// Says in the log that it is there.
    pub(crate) fn announce(&self) {
        let (name, url) = (&self.settings.name, &self.shown);
        tracing::info!("Binding [{name}] XML Fetch Function [{url}]");
        if url.starts_with("https") && !self.settings.is_certificate_checked {
            tracing::warn!("xml_curl: {url}: its certificate is not checked (enable-cacert-check is not set)");
        }
    }

    /// Says in the log why there was no answer.
    pub(crate) fn complain(&self, question: &Question, error: &AnswerError) {
        // Whoever calls or logs in chooses the value.
        let (url, section, value) = (&self.shown, question.section.name(), question.value.escape_debug());
        tracing::error!("xml_curl: {url}: {section} {value}: {error}");
    }

    /// Its answer, in the time it has.
    ///
    /// # Errors
    /// Why there is none.
    pub(crate) async fn ask(
        &self,
        question: &Question,
        hostname: &str,
        globals: impl FnOnce() -> Vec<(String, String)>,
    ) -> Result<Document, AnswerError> {
        let limit = self.settings.timeout;
        let form = Form::new(hostname, question);
        // The place is kept until the answer is read: what answers take while they are is bounded too.
        let fetched = async { (self.places.acquire().await, self.fetch(&form).await) };
        let (_place, text) = tokio::time::timeout(limit, fetched).await.map_err(|_| AnswerError::TimedOut(limit))?;
        answer::parse(text?, self.shown.clone(), globals()).await
    }

    async fn fetch(&self, form: &Form<'_>) -> Result<String, AnswerError> {
        let url = match self.settings.has_dynamic_url {
            true => form.expand(&self.settings.url),
            false => self.settings.url.clone(),
        };
        let fields = form.encode(&self.settings.fields);
        let (url, body) = match self.method == Method::POST {
            true => (url, fields),
            false => (format!("{url}{}{fields}", if url.contains('?') { '&' } else { '?' }), String::new()),
        };
        let mut response = self.send(&url, &body, self.first_proof()).await?;
        if response.status() == StatusCode::UNAUTHORIZED
            && let Some(proof) = self.proof(&response, &url, &body)?
        {
            response = self.send(&url, &body, Some(proof)).await?;
        }
        answer::read(response, self.settings.max_bytes).await
    }

    async fn send(&self, url: &str, body: &str, proof: Option<Proof>) -> Result<Response, AnswerError> {
        let mut request = self.client.request(self.method.clone(), url);
        if self.method == Method::POST {
            request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(body.to_owned());
        }
        request = match proof {
            None => request,
            Some(Proof::Basic(user, password)) => request.basic_auth(user, Some(password)),
            Some(Proof::Digest(header)) => request.header(AUTHORIZATION, header),
        };
        Ok(request.send().await?)
    }

    /// What is sent without being asked for.
    fn first_proof(&self) -> Option<Proof> {
        let (user, password) = self.settings.credentials.clone()?;
        (self.settings.auth == AuthScheme::Basic).then_some(Proof::Basic(user, password))
    }

    /// What the service asks for, if it is something else than was sent.
    fn proof(&self, response: &Response, url: &str, body: &str) -> Result<Option<Proof>, AnswerError> {
        let Some((user, password)) = &self.settings.credentials else { return Ok(None) };
        let mut offered = response.headers().get_all(WWW_AUTHENTICATE).iter().filter_map(|value| value.to_str().ok());
        let starts =
            |text: &str, word: &str| text.get(..word.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(word));
        let digest = offered.find(|text| starts(text, "digest"));
        let wrong = |error: &dyn std::fmt::Display| AnswerError::Challenge(error.to_string());
        match (self.settings.auth, digest) {
            (AuthScheme::Digest | AuthScheme::Any, Some(challenge)) => {
                let url = Url::parse(url).map_err(|error| wrong(&error))?;
                let target =
                    url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
                let method = digest_auth::HttpMethod::from(self.method.as_str());
                let context =
                    digest_auth::AuthContext::new_with_method(user, password, &target, Some(body.as_bytes()), method);
                let mut challenge = digest_auth::parse(challenge).map_err(|error| wrong(&error))?;
                let answer = challenge.respond(&context).map_err(|error| wrong(&error))?;
                Ok(Some(Proof::Digest(answer.to_header_string())))
            }
            (AuthScheme::Any, None) => Ok(Some(Proof::Basic(user.clone(), password.clone()))),
            _ => Ok(None),
        }
    }
}

/// How a service is told who asks.
enum Proof {
    Basic(String, String),
    Digest(String),
}

fn without_password(settings: &XmlCurlBinding) -> Result<String, XmlCurlError> {
    let unusable = |problem: String| XmlCurlError::Unusable { at: settings.place.clone(), problem };
    let mut url = Url::parse(&settings.url).map_err(|error| unusable(format!("gateway-url: {error}")))?;
    // An HTTP URL has a host, so these can be taken away.
    let _ = url.set_password(None);
    let _ = url.set_username("");
    Ok(url.into())
}

fn client(settings: &XmlCurlBinding) -> Result<reqwest::ClientBuilder, XmlCurlError> {
    let unusable = |path: &Path, error: reqwest::Error| XmlCurlError::Unusable {
        at: settings.place.clone(),
        problem: format!("{}: {error}", path.display()),
    };
    let read = |path: &Path| {
        std::fs::read(path).map_err(|problem| XmlCurlError::File {
            at: settings.place.clone(),
            path: path.to_owned(),
            problem,
        })
    };
    let mut client = Client::builder()
        .user_agent("freeswitch-xml/1.0")
        .no_proxy()
        .redirect(Policy::limited(MAX_REDIRECTS))
        .pool_max_idle_per_host(MAX_REQUESTS)
        .pool_idle_timeout(IDLE)
        .local_address(settings.bind_local)
        .danger_accept_invalid_certs(!settings.is_certificate_checked)
        .danger_accept_invalid_hostnames(!settings.is_host_checked);
    // Reading the system's CAs takes its time, and makes a start fail where there are none.
    let is_https = settings.url.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("https"));
    if !is_https || !settings.is_certificate_checked || settings.ca_file.is_some() {
        client = client.tls_built_in_root_certs(false);
    }
    if let Some(path) = &settings.ca_file {
        for certificate in Certificate::from_pem_bundle(&read(path)?).map_err(|error| unusable(path, error))? {
            client = client.add_root_certificate(certificate);
        }
    }
    if let Some(path) = &settings.certificate_file {
        let mut pem = read(path)?;
        if let Some(key) = &settings.key_file {
            pem.push(b'\n');
            pem.extend(read(key)?);
        }
        client = client.identity(Identity::from_pem(&pem).map_err(|error| unusable(path, error))?);
    }
    Ok(client)
}
