//! `event_socket.conf`: where the event socket listens and who may use it.

use std::net::{IpAddr, Ipv4Addr};

use crate::config::Tree;
use crate::error::ConfigError;
use crate::value::Settings;

/// `event_socket.conf`, with mod_event_socket's defaults.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventSocketSettings {
    /// `listen-ip`: an address, `::`, or a name that resolves to one. Default 127.0.0.1.
    pub listen_ip: IpAddr,
    /// `listen-port`, default 8021. With 0 the system chooses one.
    pub listen_port: u16,
    /// `password`, default `ClueCon`.
    pub password: String,
    /// `apply-inbound-acl`: names of access lists or CIDRs that a client's address must pass, all of them that are
    /// given. Default `loopback.auto`.
    pub apply_inbound_acl: Vec<String>,
    /// `stop-on-bind-error`: whether the program ends when the port cannot be had. Default false.
    pub stop_on_bind_error: bool,
    /// `nat-map`: kept for `check`; ports are not mapped. Default false.
    pub nat_map: bool,
    /// `debug`: 0 is quiet. Default 0.
    pub debug: u32,
    /// All params, in order, for what is not typed here.
    pub params: Vec<(String, String)>,
}

impl EventSocketSettings {
    pub(crate) fn read(tree: Tree<'_>) -> Result<EventSocketSettings, ConfigError> {
        let settings = Settings::new(tree.settings("event_socket.conf"));
        let mut lists: Vec<String> = settings.all("apply-inbound-acl").map(|(_, value)| value.to_owned()).collect();
        if lists.is_empty() {
            lists.push("loopback.auto".to_owned());
        }
        Ok(EventSocketSettings {
            listen_ip: settings.address("listen-ip", IpAddr::V4(Ipv4Addr::LOCALHOST), tree.resolve)?,
            listen_port: settings.port("listen-port", 8021)?,
            password: settings.string("password", "ClueCon"),
            apply_inbound_acl: lists,
            stop_on_bind_error: settings.flag("stop-on-bind-error", false)?,
            nat_map: settings.flag("nat-map", false)?,
            debug: settings.number("debug", 0, 0..=u32::MAX, "a whole number")?,
            params: settings.pairs(),
        })
    }
}
