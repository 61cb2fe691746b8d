use std::sync::Arc;

use async_trait::async_trait;
use strowger_config::DirectoryUser;

use crate::channel::{HangupCause, Variables};
use crate::endpoint::{Endpoint, Outgoing, OutgoingRequest, Redirect};
use crate::lookup::UserQuery;
use crate::originate::{DialString, DialStringError};
use crate::switch::Switch;
use crate::template::{self, Scope};

/// `user/NAME[@DOMAIN]`: what the directory says in the user's param `dial-string` (mod_dptools).
///
/// The params `dial-var-NAME` set variables of the legs; the user's variables are those of the leg that answers, and
/// `user_context` is where that one goes.
///
/// Fails with SUBSCRIBER_ABSENT when there is no such user, MANDATORY_IE_MISSING when it has no dial string,
/// INVALID_IE_CONTENTS when that names the user itself, and USER_NOT_REGISTERED when it comes to nothing, as it does where
/// it asks for contacts and there are none.
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
        let mut params = vec![("as_channel", "true"), ("action", "user_call")];
        params.extend(request.variables.iter());
        let query = UserQuery { key: "id", user: name, domain: &domain, params: &params };
        let user = switch.find_user(query).await.ok_or_else(|| {
            tracing::warn!("Can't find user [{name}@{domain}]");
            HangupCause::SubscriberAbsent
        })?;
        let template = user.param("dial-string").ok_or_else(|| {
            tracing::error!("No dial-string available, please check your user directory.");
            HangupCause::MandatoryIeMissing
        })?;
        let set = dial_variables(&user);
        let own = vec![("dialed_user".to_owned(), name.to_owned()), ("dialed_domain".to_owned(), domain)];
        let dial_string = DialScope::new(switch, request, &own, &set).expand(template).await;
        if names_itself(&dial_string, name) {
            return Err(HangupCause::InvalidIeContents);
        }
        if matches!(DialString::parse(&dial_string), Err(DialStringError::Empty)) {
            return Err(HangupCause::UserNotRegistered);
        }
        Ok(Some(Redirect {
            dial_string,
            variables: set,
            told: own,
            answered: user.variables,
            context: "user_context",
            is_apart: request.variables.get("user_recurse_variables").is_some_and(is_false),
        }))
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

/// Whether FreeSWITCH takes a value for false (`switch_false`).
pub(super) fn is_false(value: &str) -> bool {
    const FALSE: [&str; 8] = ["no", "off", "false", "f", "disabled", "inactive", "disallow", "0"];
    FALSE.iter().any(|word| word.eq_ignore_ascii_case(value))
}

/// The variables that the params `dial-var-…` name.
fn dial_variables(user: &DirectoryUser) -> Vec<(String, String)> {
    let named = |(name, value): &(String, String)| {
        let (prefix, rest) = name.split_at_checked("dial-var-".len())?;
        prefix.eq_ignore_ascii_case("dial-var-").then(|| (rest.to_owned(), value.clone()))
    };
    user.params.iter().filter_map(named).collect()
}

/// FreeSWITCH looks for `user/NAME` anywhere in the dial string, in any case.
fn names_itself(dial_string: &str, name: &str) -> bool {
    let own = format!("user/{name}");
    let is_loop = dial_string.to_ascii_lowercase().contains(&own.to_ascii_lowercase());
    if is_loop {
        tracing::warn!("Waddya Daft? You almost called '{own}' in an infinate loop!");
    }
    is_loop
}

/// Where the variables of a dial string of the directory are looked up: what is dialled, what the directory sets, what
/// the dial string around it says, the caller's, global ones.
pub(super) struct DialScope<'a> {
    switch: Arc<Switch>,
    own: [&'a [(String, String)]; 2],
    variables: [Option<&'a Variables>; 2],
}

impl<'a> DialScope<'a> {
    pub(super) fn new(
        switch: &Arc<Switch>,
        request: &OutgoingRequest<'a>,
        own: &'a [(String, String)],
        set: &'a [(String, String)],
    ) -> Self {
        let variables = [Some(request.variables), request.caller];
        Self { switch: Arc::clone(switch), own: [own, set], variables }
    }

    /// Without a call or a dial string around it (`group_call`).
    pub(super) fn bare(switch: &Arc<Switch>, own: &'a [(String, String)]) -> Self {
        Self { switch: Arc::clone(switch), own: [own, &[]], variables: [None, None] }
    }

    pub(super) async fn expand(mut self, template: &str) -> String {
        template::expand(&mut self, template).await.into_owned()
    }
}

#[async_trait]
impl Scope for DialScope<'_> {
    fn global(&self, name: &str) -> String {
        self.switch.globals().get(name).unwrap_or_default()
    }

    async fn variable(&mut self, name: &str) -> String {
        let own = self.own.into_iter().flatten().find(|(own, _)| own == name).map(|(_, value)| value.clone());
        let given = || self.variables.iter().flatten().find_map(|given| given.get(name)).map(str::to_owned);
        own.or_else(given).unwrap_or_else(|| self.global(name))
    }

    async fn command(&mut self, name: &str, arguments: &str) -> String {
        self.switch.execute_api(name, arguments).await.unwrap_or_default()
    }
}
