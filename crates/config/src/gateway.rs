//! A gateway: a SIP provider or another switch that calls go to, with or without registering there.

use std::sync::Arc;
use std::time::Duration;

use crate::element::Element;
use crate::error::{ConfigError, Place};
use crate::value::{Settings, bad_value, required};

/// `<gateway name="..">` of a SIP profile, with mod_sofia's defaults.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gateway {
    /// What `sofia/gateway/NAME/…` calls it.
    pub name: String,
    /// `username`: `FreeSWITCH` by default, required when `register` is on.
    pub username: String,
    /// `password`: empty by default, required when `register` is on.
    pub password: String,
    /// `auth-username`: who is authenticated; `username` by default.
    pub auth_username: String,
    /// `realm`: the proxy by default, else the gateway's name.
    pub realm: String,
    /// `proxy`: where calls go, `HOST[:PORT]`; the realm by default.
    pub proxy: String,
    /// `register-proxy`: where REGISTER goes; `proxy` by default.
    pub register_proxy: String,
    /// `outbound-proxy`: the first hop of everything, where it is another.
    pub outbound_proxy: Option<String>,
    /// `register`, default true.
    pub register: bool,
    /// `from-user`: the user part of From; `username` by default.
    pub from_user: String,
    /// `from-domain`: the host part of From; the realm by default.
    pub from_domain: String,
    /// `extension`: where its calls go in the dialplan; `username` by default. `auto_to_user` is the called number.
    pub extension: String,
    /// `extension-in-contact`, default false.
    pub extension_in_contact: bool,
    /// `caller-id-in-from`: whether From carries the caller's number rather than `from-user`. Default false.
    pub caller_id_in_from: bool,
    /// `expire-seconds`: how long a registration is asked for, default 3600 s.
    pub expire: Duration,
    /// `retry-seconds`: from a refused registration to the next try, default 30 s.
    pub retry: Duration,
    /// `timeout-seconds`: how long an answer to REGISTER is waited for, default 60 s.
    pub timeout: Duration,
    /// `ping`: how often OPTIONS asks whether it lives; not at all by default. At least 5 s, as in FreeSWITCH.
    pub ping: Option<Duration>,
    /// `context`: the dialplan context of its calls; the profile's by default.
    pub context: String,
    /// `register-transport`: `udp`, `tcp`, `tls`; `udp` by default.
    pub register_transport: String,
    /// The variables that its calls get.
    pub variables: Vec<GatewayVariable>,
    /// All params, in order, for what is not typed here.
    pub params: Vec<(String, String)>,
    /// The file it stands in.
    pub file: Arc<str>,
    /// The line of its tag.
    pub line: u32,
}

/// `<variable name=".." value=".." direction=".."/>` of a gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewayVariable {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
    /// Which calls get it.
    pub direction: VariableDirection,
}

/// Which of a gateway's calls get a variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum VariableDirection {
    /// Calls from it.
    Inbound,
    /// Calls to it.
    Outbound,
    /// All; also when no direction is written.
    Both,
}

impl Gateway {
    pub(crate) fn read(element: &Element, context: &str) -> Result<Gateway, ConfigError> {
        let settings = Settings::new(Some(element));
        let name = required(element, "name", "the gateway's name")?.to_owned();
        let register = settings.flag("register", true)?;
        for param in ["username", "password"] {
            // With an empty password a registration cannot succeed; FreeSWITCH drops such a gateway.
            if register && settings.text(param).is_none() {
                return Err(bad_value(
                    element,
                    param,
                    "",
                    "a value, because register is true (set register to false?)",
                ));
            }
        }
        let username = settings.string("username", "FreeSWITCH");
        // The recorded From of a gateway with nothing but a proxy names the proxy, port and all.
        let realm = settings.string("realm", settings.text("proxy").unwrap_or(&name));
        let proxy = settings.string("proxy", &realm);
        let ping = settings.seconds("ping", 0)?;
        // mod_sofia knows both spellings.
        let retry = settings.seconds("retry_seconds", 30)?;
        Ok(Gateway {
            password: settings.string("password", ""),
            auth_username: settings.string("auth-username", &username),
            register_proxy: settings.string("register-proxy", &proxy),
            outbound_proxy: settings.text("outbound-proxy").map(str::to_owned),
            register,
            from_user: settings.string("from-user", &username),
            from_domain: settings.string("from-domain", &realm),
            extension: settings.string("extension", &username),
            extension_in_contact: settings.flag("extension-in-contact", false)?,
            caller_id_in_from: settings.flag("caller-id-in-from", false)?,
            expire: settings.seconds("expire-seconds", 3600)?,
            retry: if settings.text("retry-seconds").is_some() {
                settings.seconds("retry-seconds", 30)?
            } else {
                retry
            },
            timeout: settings.seconds("timeout-seconds", 60)?,
            ping: (!ping.is_zero()).then(|| ping.max(MIN_PING)),
            context: settings.string("context", context),
            register_transport: settings.parsed("register-transport", "udp".to_owned(), TRANSPORT, transport)?,
            variables: read_variables(element)?,
            params: settings.pairs(),
            file: Arc::clone(&element.file),
            line: element.line,
            name,
            username,
            realm,
            proxy,
        })
    }

    /// Where it stands.
    pub fn place(&self) -> Place {
        Place { file: Arc::clone(&self.file), line: self.line }
    }
}

fn read_variables(element: &Element) -> Result<Vec<GatewayVariable>, ConfigError> {
    let mut found = Vec::new();
    // They stand in <variables>, or, in old files, in the gateway itself.
    let holder = element.child("variables").unwrap_or(element);
    for variable in holder.children_named("variable") {
        let direction = match variable.attr("direction").unwrap_or("both") {
            "inbound" => VariableDirection::Inbound,
            "outbound" => VariableDirection::Outbound,
            "" | "both" => VariableDirection::Both,
            other => return Err(bad_value(variable, "direction", other, "inbound, outbound or both")),
        };
        let name = required(variable, "name", "the variable's name")?.to_owned();
        found.push(GatewayVariable { name, value: variable.attr("value").unwrap_or_default().to_owned(), direction });
    }
    Ok(found)
}

fn transport(value: &str) -> Option<String> {
    let lower = value.to_ascii_lowercase();
    ["udp", "tcp", "tls", "ws", "wss"].contains(&lower.as_str()).then_some(lower)
}

const MIN_PING: Duration = Duration::from_secs(5);
const TRANSPORT: &str = "udp, tcp, tls, ws or wss";
