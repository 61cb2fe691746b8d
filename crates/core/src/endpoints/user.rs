use std::sync::Arc;

use async_trait::async_trait;

use crate::channel::{HangupCause, Variables};
use crate::endpoint::{Endpoint, Outgoing, OutgoingRequest, Redirect};
use crate::originate::{DialString, DialStringError};
use crate::switch::Switch;
use crate::template::{self, Scope};

/// `user/NAME[@DOMAIN]`: what the directory says in the user's param `dial-string` (mod_dptools).
///
/// Fails with SUBSCRIBER_ABSENT when there is no such user, MANDATORY_IE_MISSING when it has no dial string, and
/// USER_NOT_REGISTERED when that comes to nothing, as it does where it asks for contacts and there are none.
pub struct UserEndpoint;

#[async_trait]
impl Endpoint for UserEndpoint {
    fn name(&self) -> &'static str {
        "user"
    }

    async fn redirect(
        &self,
        switch: &Arc<Switch>,
        request: &OutgoingRequest<'_>,
    ) -> Result<Option<Redirect>, HangupCause> {
        let (name, domain) = split_domain(switch, request.address);
        let user = switch.config().directory().user(&domain, name).ok_or_else(|| {
            tracing::warn!("no user {name}@{domain} in the directory");
            HangupCause::SubscriberAbsent
        })?;
        let template = user.param("dial-string").ok_or_else(|| {
            tracing::warn!("the user {name}@{domain} has no param dial-string");
            HangupCause::MandatoryIeMissing
        })?;
        let own = [("dialed_user".to_owned(), name.to_owned()), ("dialed_domain".to_owned(), domain)];
        let mut scope = UserScope { switch: Arc::clone(switch), own: &own, variables: request.variables };
        let dial_string = template::expand(&mut scope, template).await.into_owned();
        if matches!(DialString::parse(&dial_string), Err(DialStringError::Empty)) {
            return Err(HangupCause::UserNotRegistered);
        }
        Ok(Some(Redirect { dial_string, variables: own.into() }))
    }

    async fn outgoing(&self, _: &Arc<Switch>, _: &OutgoingRequest<'_>) -> Result<Outgoing, HangupCause> {
        // It always stands for something else.
        Err(HangupCause::DestinationOutOfOrder)
    }
}

/// `name@domain`; without a domain it is the one of the variable `domain`.
pub(super) fn split_domain<'a>(switch: &Switch, address: &'a str) -> (&'a str, String) {
    match address.trim().split_once('@') {
        Some((name, domain)) => (name, domain.to_owned()),
        None => (address.trim(), switch.globals().get("domain").unwrap_or_default()),
    }
}

/// Where the variables of a user's dial string are looked up.
struct UserScope<'a> {
    switch: Arc<Switch>,
    own: &'a [(String, String)],
    variables: &'a Variables,
}

#[async_trait]
impl Scope for UserScope<'_> {
    fn global(&self, name: &str) -> String {
        self.switch.globals().get(name).unwrap_or_default()
    }

    async fn variable(&mut self, name: &str) -> String {
        let own = self.own.iter().find(|(own, _)| own == name).map(|(_, value)| value.clone());
        own.or_else(|| self.variables.get(name).map(str::to_owned)).unwrap_or_else(|| self.global(name))
    }

    async fn command(&mut self, name: &str, arguments: &str) -> String {
        self.switch.execute_api(name, arguments).await.unwrap_or_default()
    }
}
