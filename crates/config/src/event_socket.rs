//! `event_socket.conf`: where the event socket listens and who may use it.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use crate::config::Tree;
use crate::error::{ConfigError, Warning};
use crate::event_socket_tls::TlsSettings;
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
    /// `allow-default-password`: the password may be `ClueCon` although others than this machine can connect. Default false.
    pub allow_default_password: bool,
    /// `apply-inbound-acl`: names of access lists or CIDRs that a client's address must pass, all of them that are
    /// given. Default `loopback.auto`.
    pub apply_inbound_acl: Vec<String>,
    /// `stop-on-bind-error`: whether the program ends when the port cannot be had. Default false.
    pub stop_on_bind_error: bool,
    /// `nat-map`: kept for `check`; ports are not mapped. Default false.
    pub nat_map: bool,
    /// `debug`: 0 is quiet. Default 0.
    pub debug: u32,
    /// `max-queue-bytes`: bytes of events that may wait for a listener, 65,536 to 1 GiB. Default 8,388,608.
    pub max_queue_bytes: usize,
    /// How many lost events a listener bears before it is disconnected; `None`: any number. `queue-policy` `drop-newest`
    /// (the default) is `None`, or what `kill-after-losses` says (FreeSWITCH's is 500); `disconnect` is 0.
    pub bearable_losses: Option<u64>,
    /// `write-timeout`: seconds for which a listener may take no byte of what is sent to it, 1 to 86,400; `None` for 0: any
    /// time. Default 60.
    pub write_timeout: Option<Duration>,
    /// The TLS listener; `None` unless `tls` is on.
    pub tls: Option<TlsSettings>,
    /// All params, in order, for what is not typed here.
    pub params: Vec<(String, String)>,
}

impl EventSocketSettings {
    pub(crate) fn read(tree: Tree<'_>, warnings: &mut Vec<Warning>) -> Result<EventSocketSettings, ConfigError> {
        let settings = Settings::new(tree.settings("event_socket.conf"));
        let mut lists: Vec<String> = settings.all("apply-inbound-acl").map(|(_, value)| value.to_owned()).collect();
        if lists.is_empty() {
            lists.push("loopback.auto".to_owned());
        }
        let listen_ip = settings.address("listen-ip", IpAddr::V4(Ipv4Addr::LOCALHOST), tree.resolve)?;
        let read = EventSocketSettings {
            listen_ip,
            listen_port: settings.port("listen-port", 8021)?,
            password: settings.string("password", DEFAULT_PASSWORD),
            allow_default_password: settings.flag("allow-default-password", false)?,
            apply_inbound_acl: lists,
            stop_on_bind_error: settings.flag("stop-on-bind-error", false)?,
            nat_map: settings.flag("nat-map", false)?,
            debug: settings.number("debug", 0, 0..=u32::MAX, "a whole number")?,
            max_queue_bytes: settings.number(
                "max-queue-bytes",
                8 << 20,
                65_536..=1 << 30,
                "bytes, 65536 to 1073741824",
            )?,
            bearable_losses: bearable_losses(settings)?,
            write_timeout: write_timeout(settings)?,
            tls: TlsSettings::read(tree, listen_ip)?,
            params: settings.pairs(),
        };
        read.check_password(settings, warnings)?;
        Ok(read)
    }

    /// Whether a client at `ip` may log in with the password: the default one, which everybody knows, is for clients on
    /// this machine only, unless `allow-default-password` says otherwise.
    #[must_use]
    pub fn is_password_for(&self, ip: IpAddr) -> bool {
        self.allow_default_password || self.password != DEFAULT_PASSWORD || ip.to_canonical().is_loopback()
    }

    /// The default password is good for a listener that only this machine reaches.
    fn check_password(&self, settings: Settings<'_>, warnings: &mut Vec<Warning>) -> Result<(), ConfigError> {
        let tls = self.tls.as_ref().map(|tls| ("tls-listen-ip", tls.listen_ip));
        let listeners = [("listen-ip", self.listen_ip)].into_iter().chain(tls);
        let open = listeners.filter(|(_, ip)| !ip.to_canonical().is_loopback());
        for (parameter, address) in open.filter(|_| self.password == DEFAULT_PASSWORD) {
            let param = settings.all(parameter).last().or_else(|| settings.all("listen-ip").last());
            let Some((param, _)) = param else { continue };
            let at = param.place();
            if !self.allow_default_password {
                return Err(ConfigError::DefaultPassword { at, parameter, address });
            }
            let text = format!(
                "{parameter} is {address}, and the password is {DEFAULT_PASSWORD}, which everybody knows: \
                 allow-default-password lets it be so"
            );
            warnings.push(Warning { place: at, text });
        }
        Ok(())
    }
}

/// mod_event_socket's own.
const DEFAULT_PASSWORD: &str = "ClueCon";

fn bearable_losses(settings: Settings<'_>) -> Result<Option<u64>, ConfigError> {
    let disconnects = settings.parsed("queue-policy", false, "drop-newest or disconnect", |policy| match policy {
        "drop-newest" => Some(false),
        "disconnect" => Some(true),
        _ => None,
    })?;
    let losses = settings.number("kill-after-losses", 0, 0..=u64::MAX, "a number of events, 0 for never")?;
    Ok(if disconnects { Some(0) } else { Some(losses).filter(|losses| *losses > 0) })
}

fn write_timeout(settings: Settings<'_>) -> Result<Option<Duration>, ConfigError> {
    let seconds = settings.number("write-timeout", 60, 0..=86_400, "seconds, 0 to 86400")?;
    Ok(Some(seconds).filter(|seconds| *seconds > 0).map(Duration::from_secs))
}
