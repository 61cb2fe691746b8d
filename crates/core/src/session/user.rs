//! A call becomes that of a user of the directory (`switch_ivr_set_user`).

use std::sync::Arc;

use strowger_config::DirectoryUser;

use super::{Interrupted, Session};
use crate::lookup::UserQuery;

/// Why a call did not become a user's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SetUserError {
    /// The text names no user, or no domain.
    #[error("No user@domain specified.")]
    Unnamed,
    /// The directory has no such user.
    #[error("can't find user [{user}@{domain}]")]
    Unknown {
        /// The name.
        user: String,
        /// Its domain.
        domain: String,
    },
}

impl Session {
    /// Makes the call that of a user, `NAME@DOMAIN[ PREFIX]`: it gets the variables of the user, its group and its domain,
    /// and `user_name` and `domain_name`, their names behind the prefix; the fields of the caller profile that
    /// `profile-variables` name; `number_alias`; and the user's name as its `username`.
    ///
    /// Inner `Err`: why it stays as it was.
    ///
    /// # Errors
    /// [`Interrupted`] when the call ended or was sent elsewhere before the user was found.
    pub async fn set_user(&mut self, text: &str) -> Result<Result<(), SetUserError>, Interrupted> {
        let (address, prefix) = text.split_once(' ').unwrap_or((text, ""));
        let Some((name, domain)) = address.split_once('@') else { return Ok(Err(SetUserError::Unnamed)) };
        let switch = Arc::clone(self.switch());
        let wanted = UserQuery { key: "id", user: name, domain, params: &[] };
        let Some(user) = self.attend(switch.find_user(wanted)).await? else {
            return Ok(Err(SetUserError::Unknown { user: name.to_owned(), domain: domain.to_owned() }));
        };
        self.become_user(&user, (name, domain), prefix);
        Ok(Ok(()))
    }

    /// As [`Session::set_user`], with a user that was found already (`switch_ivr_set_user_xml`).
    pub fn become_user(&mut self, user: &DirectoryUser, (name, domain): (&str, &str), prefix: &str) {
        let variables = &mut self.channel.variables;
        if let Some(alias) = user.attr("number-alias") {
            variables.set("number_alias", alias);
        }
        for (variable, value) in &user.variables {
            variables.set(&format!("{prefix}{variable}"), value);
        }
        if let Some(profile) = &mut self.channel.profile {
            for (field, value) in &user.profile_variables {
                profile.set_field(field, value);
            }
            name.clone_into(&mut profile.username);
        }
        let variables = &mut self.channel.variables;
        variables.set(&format!("{prefix}user_name"), name);
        variables.set(&format!("{prefix}domain_name"), domain);
    }
}
