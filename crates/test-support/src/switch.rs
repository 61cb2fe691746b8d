//! A switch that listens nowhere.

use std::sync::Arc;

use strowger_config::{Config, LoadOptions, MemorySource, load};
use strowger_core::bus::Identity;
use strowger_core::log::LogBus;
use strowger_core::media::{MediaEngine, MediaOptions};
use strowger_core::{ConfigLoader, Switch};

/// The host `host`, whose switch is `switch`.
#[must_use]
pub fn identity() -> Identity {
    Identity {
        core_uuid: "5c5b3a2e-0000-4222-8333-444455556666".into(),
        hostname: "host".into(),
        switchname: "switch".into(),
        ipv4: "127.0.0.1".into(),
        ipv6: "::1".into(),
    }
}

/// The configuration whose only file, `freeswitch.xml`, is this.
///
/// # Panics
/// When it is none.
#[must_use]
pub fn config(xml: &str) -> Config {
    load(&MemorySource::new([("freeswitch.xml", xml)]), &LoadOptions::default()).unwrap()
}

/// A switch on [`config`], with the endpoints that need no signalling (`null`, `error`, `user`, `group`). A reload reads the same again.
///
/// # Panics
/// When the configuration is none.
#[must_use]
pub fn switch(xml: &str) -> Arc<Switch> {
    let xml = xml.to_owned();
    switch_that_loads(Box::new(move || Ok(config(&xml))))
}

/// A switch on what the loader gives: with the endpoints that need no signalling, one media thread, and RTP on ports that the system chooses.
///
/// # Panics
/// When the loader finds something wrong.
#[must_use]
pub fn switch_that_loads(loader: ConfigLoader) -> Arc<Switch> {
    let media = MediaEngine::start(MediaOptions { threads: 1, rtp_ports: 0..=0 }).unwrap();
    let switch = Switch::new(identity(), loader().unwrap(), loader, Arc::new(LogBus::default()), media);
    strowger_core::endpoints::register(switch.registries());
    switch
}
