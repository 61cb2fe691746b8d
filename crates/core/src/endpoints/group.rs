use std::sync::Arc;

use async_trait::async_trait;
use strowger_config::Element;

use super::user::{DialScope, is_false, split_domain};
use crate::channel::HangupCause;
use crate::endpoint::{Endpoint, Outgoing, OutgoingRequest, Redirect};
use crate::lookup::UserQuery;
use crate::switch::Switch;

/// `group/NAME[@DOMAIN][+ORDER]`: the users of a group of the directory (mod_dptools, `group_call`).
///
/// The order is `A`, all at once, which is so without one; `F`, one after the other; `E`, each a call of its own
/// (enterprise). Fails with NO_ROUTE_DESTINATION when the group has no user. `group_context` is where the leg goes that
/// answers.
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
        let dial_string = group_call(switch, request.address).await.ok_or_else(|| {
            tracing::warn!("no users in the group {}", request.address);
            HangupCause::NoRouteDestination
        })?;
        let (address, _) = split_order(request.address);
        let (name, domain) = split_domain(switch, address);
        Ok(Some(Redirect {
            dial_string,
            variables: Vec::new(),
            told: vec![("dialed_group".to_owned(), name.to_owned()), ("dialed_domain".to_owned(), domain)],
            answered: Vec::new(),
            context: "group_context",
            is_apart: request.variables.get("group_recurse_variables").is_some_and(is_false),
        }))
    }

    async fn outgoing(&self, _: &Arc<Switch>, _: &OutgoingRequest<'_>) -> Result<Outgoing, HangupCause> {
        // It always stands for something else.
        Err(HangupCause::DestinationOutOfOrder)
    }
}

/// The dial string of a group, `NAME[@DOMAIN][+ORDER]`; `None` when it has no user.
///
/// A user is dialled as the param `group-dial-string` says, its own before the group's and the domain's; without one as
/// `user/NAME@DOMAIN`.
pub async fn group_call(switch: &Arc<Switch>, text: &str) -> Option<String> {
    let (address, separator) = split_order(text);
    let (name, domain) = split_domain(switch, address);
    let params = [("group", name), ("action", "group_call"), ("group_name", name)];
    let found = switch.directory_of(&domain, &params).await;
    let directory = found.directory();
    let group = directory.group(&domain, name)?;
    let around = [Some(group), directory.domain(&domain)];
    let mut dialled = Vec::new();
    for user in group.child("users").into_iter().flat_map(|users| users.children_named("user")) {
        let id = user.attr("id").unwrap_or_default();
        let is_pointer = user.attr("type").is_some_and(|kind| kind.eq_ignore_ascii_case("pointer"));
        let own = if is_pointer {
            let Some(user) = switch.find_user(UserQuery { key: "id", user: id, domain: &domain, params: &[] }).await
            else {
                tracing::warn!("Can't find user [{id}@{domain}]");
                continue;
            };
            user.param(PARAM).map(str::to_owned)
        } else {
            param(user)
        };
        let Some(template) = own.or_else(|| around.into_iter().flatten().find_map(param)) else {
            dialled.push(format!("user/{id}@{domain}"));
            continue;
        };
        let named = [("dialed_user", id), ("dialed_group", name), ("dialed_domain", &domain)];
        let named = named.map(|(name, value)| (name.to_owned(), value.to_owned()));
        dialled.push(DialScope::bare(switch, &named).expand(&template).await);
    }
    (!dialled.is_empty()).then(|| dialled.join(separator))
}

const PARAM: &str = "group-dial-string";

fn param(element: &Element) -> Option<String> {
    let params = element.child("params")?;
    params.params().find(|(name, _)| name.eq_ignore_ascii_case(PARAM)).map(|(_, value)| value.to_owned())
}

/// The address, and what stands between its users in a dial string.
fn split_order(text: &str) -> (&str, &'static str) {
    let (address, order) = text.split_once('+').unwrap_or((text, ""));
    let separator = match order.trim().get(..1) {
        Some("F" | "f") => "|",
        Some("E" | "e") => ":_:",
        _ => ",",
    };
    (address, separator)
}
