//! What is answered before anyone is asked.

use crate::message::{HeaderId, Message, Method};

/// What a request outside any dialog is.
pub(crate) enum Outside {
    Invite,
    Options,
    /// It makes no sense without a dialog: 481.
    NeedsDialog,
    /// Nobody knows the method: 501.
    Unknown,
    /// For the handler.
    Handler,
}

/// Sorts a request that belongs to no dialog, as FreeSWITCH answers it.
pub(crate) fn outside(method: &Method) -> Outside {
    match method {
        Method::Invite => Outside::Invite,
        Method::Options => Outside::Options,
        Method::Bye | Method::Update | Method::Prack | Method::Ack | Method::Cancel => Outside::NeedsDialog,
        Method::Other(_) => Outside::Unknown,
        _ => Outside::Handler,
    }
}

/// Whether a request with a To-tag that names no call may be of a dialog the handler keeps (subscriptions, RFC 6665).
pub(crate) fn may_be_subscription(method: &Method) -> bool {
    matches!(method, Method::Subscribe | Method::Notify | Method::Register | Method::Publish)
}

/// The option tags of Require that `supported` does not name, for Unsupported (RFC 3261 §8.2.2.3).
pub(crate) fn unsupported(request: &Message, supported: &str) -> Option<String> {
    let known = |tag: &str| supported.split(',').any(|s| s.trim().eq_ignore_ascii_case(tag));
    let required = request.list(HeaderId::Require);
    let missing = required.iter().map(|r| String::from_utf8_lossy(r).into_owned()).filter(|r| !known(r));
    let missing: Vec<String> = missing.collect();
    (!missing.is_empty()).then(|| missing.join(", "))
}
