//! The `sofia` endpoint: SIP profiles and gateways, each call a session of the engine.

mod hold;
mod indicate;
mod info;
mod leg;
mod media;
mod messages;
mod notify;
mod outgoing;
mod profile;
mod refer;
mod renegotiate;
mod signals;
mod statistics;
#[cfg(test)]
mod tests;
mod variables;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use strowger_config::{Config, Gateway, SofiaProfile};
use strowger_core::Switch;

use outgoing::SofiaEndpoint;
use profile::{Profile, ProfileHandler};

use crate::ua::{UaConfig, UaError, UserAgent};

/// All running profiles.
pub struct Sofia {
    profiles: Vec<Arc<Profile>>,
}

/// A profile could not be started.
#[derive(Debug, thiserror::Error)]
#[error("SIP {error} (params sip-ip and sip-port, {file}:{line})")]
pub struct SofiaError {
    /// The profile's name.
    pub profile: String,
    /// What went wrong with its address.
    #[source]
    pub error: UaError,
    /// The file its `sip-port` stands in, else the profile.
    pub file: String,
    /// The line of that.
    pub line: u32,
}

impl Sofia {
    /// Binds every profile of the configuration and adds the endpoint to the switch.
    ///
    /// # Errors
    /// [`SofiaError`] when a profile's address cannot be bound; those bound before are closed again.
    pub async fn start(switch: &Arc<Switch>) -> Result<Arc<Self>, SofiaError> {
        let mut profiles = Vec::new();
        for settings in switch.config().sofia.iter().cloned() {
            profiles.push(start_profile(switch, settings).await?);
        }
        let sofia = Arc::new(Self { profiles });
        switch.registries().endpoint(Arc::new(SofiaEndpoint(Arc::clone(&sofia))));
        Ok(sofia)
    }

    /// The profiles' names and addresses, in order of the configuration.
    pub fn addresses(&self) -> Vec<(String, SocketAddr)> {
        self.profiles.iter().map(|profile| (profile.name(), profile.address())).collect()
    }

    /// Takes a reloaded configuration: gateways, contexts, codecs. Addresses stay until a restart.
    pub fn configure(&self, config: &Config) {
        for settings in &config.sofia {
            if let Some(profile) = self.profiles.iter().find(|profile| profile.name() == settings.name) {
                profile.configure(settings.clone());
            }
        }
    }

    /// Ends the user agents; their calls have a moment to say goodbye.
    pub async fn shutdown(&self) {
        for profile in &self.profiles {
            if let Some(ua) = profile.ua() {
                ua.shutdown(GRACE).await;
            }
        }
    }

    /// By name; else by alias, or by a domain of the directory that is one.
    fn profile(&self, switch: &Switch, name: &str) -> Option<Arc<Profile>> {
        let named = self.profiles.iter().find(|profile| profile.name() == name);
        let called = || {
            let config = switch.config();
            let is_domain = config.directory().domains().any(|domain| domain.eq_ignore_ascii_case(name));
            self.profiles.iter().find(|profile| profile.settings().is_called(name, is_domain))
        };
        named.or_else(called).cloned()
    }

    fn gateway(&self, name: &str) -> Option<(Arc<Profile>, Gateway)> {
        self.profiles.iter().find_map(|profile| Some((Arc::clone(profile), profile.gateway(name)?)))
    }
}

/// How long a profile may go on sending after it was told to stop.
const GRACE: Duration = Duration::from_millis(500);

async fn start_profile(switch: &Arc<Switch>, settings: SofiaProfile) -> Result<Arc<Profile>, SofiaError> {
    let mut config = UaConfig::new(settings.name.clone(), settings.sip_ip, settings.sip_port);
    config.tcp = settings.tcp;
    if let Some(user_agent) = &settings.user_agent {
        config.user_agent.clone_from(user_agent);
    }
    let profile = Profile::new(settings.clone());
    let handler = Arc::new(ProfileHandler::new(Arc::clone(switch), Arc::clone(&profile)));
    match UserAgent::bind(config, handler).await {
        Ok(ua) => {
            profile.bound(ua);
            Ok(profile)
        }
        Err(error) => Err(SofiaError {
            profile: settings.name,
            error,
            file: settings.sip_port_at.file.to_string(),
            line: settings.sip_port_at.line,
        }),
    }
}
