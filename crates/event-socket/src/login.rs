//! Logging in: whose password is right, and when the answer is given.

use std::sync::Arc;

use strowger_config::is_true;
use strowger_core::Switch;
use strowger_core::lookup::UserQuery;
use strowger_esl::{Limits, Permissions};
use tokio::time::sleep;

use crate::clock::now;
use crate::connection::Connection;
use crate::gatekeeper::{Verdict, is_same_password};

/// Who `userauth` named.
struct User {
    /// `user@domain`
    name: String,
    /// None when there is no such user, or the password is wrong.
    permissions: Option<Permissions>,
}

impl Connection {
    /// `auth`.
    pub(crate) fn check_password(&mut self, password: &str) {
        let config = self.switch.config();
        let settings = &config.event_socket;
        // A reload may have made the default password that of a listener which others reach.
        let is_allowed = settings.is_password_for(self.peer.ip());
        if !is_allowed {
            tracing::error!(
                "event socket: {} is refused: the password is the default one, for clients on this machine only (set \
                 another one: param password of event_socket.conf.xml)",
                self.peer
            );
        }
        let is_right = is_same_password(password, &settings.password) && is_allowed;
        self.log_in(is_right, None);
    }

    /// `userauth`.
    pub(crate) fn check_user(&mut self, user: &str, domain: &str, password: &str) {
        let name = format!("{user}@{domain}");
        let switch = Arc::clone(&self.switch);
        let (user, domain, password) = (user.to_owned(), domain.to_owned(), password.to_owned());
        // A service may be asked who that is.
        let found = async move { permissions(&switch, &user, &domain, &password).await };
        self.when(found, |connection, permissions| {
            connection.log_in(permissions.is_some(), Some(User { name, permissions }));
        });
    }

    fn log_in(&mut self, is_right: bool, user: Option<User>) {
        let account = user.as_ref().map_or("", |user| &user.name);
        let now = now();
        let verdict = self.entry.listeners.gate.judge(self.peer.ip(), account, is_right, now);
        if !verdict.is_right {
            let (peer, wrong) = (self.peer, verdict.wrong);
            tracing::warn!("event socket: {peer} gave a wrong password ({wrong} from there lately)");
        }
        let delay = verdict.delay;
        if delay.is_zero() {
            self.finish_login(verdict, user);
        } else {
            self.when(sleep(delay), |connection, ()| connection.finish_login(verdict, user));
        }
    }

    fn finish_login(&mut self, verdict: Verdict, user: Option<User>) {
        let is_right = verdict.deliver();
        if is_right {
            self.framer.set_limits(Limits::SERVER);
        }
        let action = match user {
            None => self.listener.password_checked(is_right),
            Some(User { name, permissions }) => {
                let permissions = permissions.filter(|_| is_right);
                if let Some(permissions) = &permissions {
                    self.greet(name, permissions);
                }
                self.listener.user_checked(permissions)
            }
        };
        self.act_on(action);
    }

    fn greet(&mut self, name: String, permissions: &Permissions) {
        if permissions.is_channel_list_broken() {
            tracing::error!(
                "event socket: {name} sees no call: esl-allowed-channels cannot be read, expected a list of Header=value"
            );
        }
        self.entry.figures.words.lock().user = name;
    }
}

/// What a directory user may do; `None` when there is no such user, it has no `esl-password`, or that is another one.
async fn permissions(switch: &Switch, user: &str, domain: &str, password: &str) -> Option<Permissions> {
    let wanted = UserQuery { key: "id", user, domain, params: &[("action", "event_socket_auth")] };
    let user = switch.find_user(wanted).await;
    let param = |name: &str| user.as_ref().and_then(|user| user.param(name));
    let right = param("esl-password").unwrap_or_default();
    // Compared also when there is no such user: how long it takes tells nobody who has an account.
    if !is_same_password(password, right) || right.is_empty() {
        return None;
    }
    let permissions = Permissions::of_params(
        param("esl-allowed-events"),
        param("esl-allowed-api"),
        param("esl-allowed-log").map(is_true),
    );
    Some(permissions.limited_to(param("esl-allowed-commands"), param("esl-allowed-channels")))
}
