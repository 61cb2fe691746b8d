//! Paging: several endpoints are called, and hear one file (`launch_call_monitor` of mod_dptools.c).

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use strowger_core::Switch;
use strowger_core::channel::HangupCause;
use strowger_core::originate::OriginateRequest;
use tokio::task::JoinSet;

use crate::words::leading_integer;

/// What is to be paged, and how.
pub(crate) struct Page {
    /// The file.
    pub(crate) path: String,
    /// It is removed when all have heard it.
    pub(crate) is_temporary: bool,
    /// `<variables>endpoint:_:endpoint…`.
    pub(crate) data: String,
    /// Endpoints called at once.
    pub(crate) chunk: usize,
    /// Where whoever answers is sent: by default to the file.
    pub(crate) extension: Option<String>,
    pub(crate) dialplan: String,
    pub(crate) context: String,
}

/// Endpoints of one page at the most.
const MAX_ENDPOINTS: usize = 1000;

/// Those called at once unless it is said.
const CHUNK: usize = 10;

/// Endpoints called at once at the most.
const MAX_CHUNK: i64 = 100;

/// How long a page is waited for at the most.
const PATIENCE: Duration = Duration::from_secs(3600);

/// What stands between endpoints.
const SEPARATOR: &str = ":_:";

/// `page_chunk_size`.
pub(crate) fn chunk(value: Option<&str>) -> usize {
    let given = value.map(leading_integer).filter(|size| *size > 0);
    given.map_or(CHUNK, |size| usize::try_from(size.min(MAX_CHUNK)).unwrap_or(CHUNK))
}

/// Whether there is a file of that name.
pub(crate) async fn exists(path: &str) -> bool {
    let path = path.to_owned();
    tokio::task::spawn_blocking(move || Path::new(&path).exists()).await.unwrap_or(false)
}

impl Page {
    /// Calls everybody, a chunk after the other, in a task of its own.
    pub(crate) fn launch(self, switch: &Arc<Switch>) {
        let switch = Arc::clone(switch);
        tokio::spawn(async move {
            let page = Arc::new(self);
            for chunk in page.endpoints().chunks(page.chunk.max(1)) {
                let mut called = JoinSet::new();
                for endpoint in chunk {
                    called.spawn(call(Arc::clone(&switch), Arc::clone(&page), endpoint.clone()));
                }
                called.join_all().await;
            }
            if page.is_temporary {
                let path = page.path.clone();
                // One that is gone already is what was wanted.
                let _ = tokio::task::spawn_blocking(move || std::fs::remove_file(path)).await;
            }
        });
    }

    /// The dial strings, each with the variables of all.
    fn endpoints(&self) -> Vec<String> {
        let data = self.data.trim();
        let (common, rest) = match data.starts_with('<').then(|| data.split_once('>')).flatten() {
            Some((variables, rest)) => (format!("{variables}>"), rest),
            None => (String::new(), data),
        };
        let each = rest.split(SEPARATOR).map(str::trim).filter(|endpoint| !endpoint.is_empty());
        each.take(MAX_ENDPOINTS).map(|endpoint| format!("{common}{endpoint}")).collect()
    }
}

async fn call(switch: Arc<Switch>, page: Arc<Page>, dial_string: String) {
    let request = OriginateRequest { dial_string, ..OriginateRequest::default() };
    let handle = match switch.originate(&request).await {
        Ok(handle) => handle,
        Err(cause) => return tracing::debug!("page: {} is not reached: {cause}", request.dial_string),
    };
    let sent = handle.ask(move |session| {
        let extension = page.extension.clone().unwrap_or_else(|| format!("playback:{}", page.path));
        session.transfer(&extension, &page.dialplan, &page.context);
    });
    if sent.await.is_err() {
        return handle.hangup(HangupCause::NormalTemporaryFailure);
    }
    if tokio::time::timeout(PATIENCE, handle.down()).await.is_err() {
        tracing::debug!("page: {} is not waited for any longer", request.dial_string);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(data: &str) -> Page {
        Page {
            path: "x.wav".into(),
            is_temporary: false,
            data: data.into(),
            chunk: 1,
            extension: None,
            dialplan: "inline".into(),
            context: String::new(),
        }
    }

    #[test]
    fn each_endpoint_gets_the_variables_of_all() {
        assert_eq!(page("<a=b>null/a:_: null/b :_:").endpoints(), ["<a=b>null/a", "<a=b>null/b"]);
        assert_eq!(page("null/a").endpoints(), ["null/a"]);
        assert!(page("").endpoints().is_empty());
        assert_eq!(page(&"null/a:_:".repeat(5000)).endpoints().len(), MAX_ENDPOINTS);
    }

    #[test]
    fn chunks_are_bounded() {
        for (value, expected) in [(None, 10), (Some("3"), 3), (Some("-1"), 10), (Some("99999999999"), 100)] {
            assert_eq!(chunk(value), expected, "{value:?}");
        }
    }
}
