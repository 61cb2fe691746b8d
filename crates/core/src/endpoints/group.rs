use std::sync::Arc;

use async_trait::async_trait;

use super::user::split_domain;
use crate::channel::HangupCause;
use crate::endpoint::{Endpoint, Outgoing, OutgoingRequest, Redirect};
use crate::switch::Switch;

/// `group/NAME[@DOMAIN][+ORDER]`: the users of a group of the directory (mod_dptools, `group_call`).
///
/// The order is `A`, all at once, which is so without one; `F`, one after the other; `E`, each a call of its own
/// (enterprise). Fails with NO_ROUTE_DESTINATION when the group has no user.
pub struct GroupEndpoint;

#[async_trait]
impl Endpoint for GroupEndpoint {
    fn name(&self) -> &'static str {
        "group"
    }

    async fn redirect(
        &self,
        switch: &Arc<Switch>,
        request: &OutgoingRequest<'_>,
    ) -> Result<Option<Redirect>, HangupCause> {
        let dial_string = group_call(switch, request.address).ok_or_else(|| {
            tracing::warn!("no users in the group {}", request.address);
            HangupCause::NoRouteDestination
        })?;
        let name = request.address.split(['@', '+']).next().unwrap_or_default().trim();
        Ok(Some(Redirect { dial_string, variables: vec![("dialed_group".to_owned(), name.to_owned())] }))
    }

    async fn outgoing(&self, _: &Arc<Switch>, _: &OutgoingRequest<'_>) -> Result<Outgoing, HangupCause> {
        // It always stands for something else.
        Err(HangupCause::DestinationOutOfOrder)
    }
}

/// The dial string of a group, `NAME[@DOMAIN][+ORDER]`; `None` when it has no user.
#[must_use]
pub fn group_call(switch: &Switch, text: &str) -> Option<String> {
    let (address, order) = text.split_once('+').unwrap_or((text, ""));
    let separator = match order.trim().get(..1) {
        Some("F" | "f") => "|",
        Some("E" | "e") => ":_:",
        _ => ",",
    };
    let (name, domain) = split_domain(switch, address);
    let config = switch.config();
    let is_member = |user: &strowger_config::DirectoryUser| {
        user.domain.eq_ignore_ascii_case(&domain) && user.group.as_deref() == Some(name)
    };
    let users: Vec<String> =
        config.directory().users().filter(is_member).map(|user| format!("user/{}@{}", user.id, user.domain)).collect();
    (!users.is_empty()).then(|| users.join(separator))
}
