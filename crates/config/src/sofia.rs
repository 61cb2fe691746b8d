//! `sofia.conf`: SIP profiles, each an address that SIP is spoken on.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use crate::config::{Tree, warn};
use crate::directory::Directory;
use crate::element::Element;
use crate::error::{ConfigError, Place, Warning};
use crate::gateway::Gateway;
use crate::value::{Settings, flag_attr, is_true, required};

/// `<profile name="..">` of `sofia.conf`, with mod_sofia's defaults.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SofiaProfile {
    /// What `sofia/NAME/…` calls it.
    pub name: String,
    /// `sip-ip`: an address, a name, or `auto`; the variable `local_ip_v4`, else 127.0.0.1, by default and for `auto`.
    pub sip_ip: IpAddr,
    /// `sip-port`, default 5060. With 0 the system chooses one.
    pub sip_port: u16,
    /// `rtp-ip`: as `sip-ip`.
    pub rtp_ip: IpAddr,
    /// `ext-sip-ip`: the address told to others: an address, `host:NAME`, `stun:NAME`, `auto-nat`, `auto`.
    pub ext_sip_ip: Option<String>,
    /// `ext-rtp-ip`: as `ext-sip-ip`, for media.
    pub ext_rtp_ip: Option<String>,
    /// `context`: the dialplan context of calls, `default` by default.
    pub context: String,
    /// `dialplan`, default `XML`.
    pub dialplan: String,
    /// `inbound-codec-prefs` (or `codec-prefs`); the variable `global_codec_prefs`, else `PCMU,PCMA`, by default.
    pub inbound_codec_prefs: Vec<String>,
    /// `outbound-codec-prefs` (or `codec-prefs`); as `inbound_codec_prefs` by default.
    pub outbound_codec_prefs: Vec<String>,
    /// `inbound-codec-negotiation`, default generous.
    pub codec_negotiation: CodecNegotiation,
    /// `rfc2833-pt`: the payload type of telephone-event, 96 to 127, default 101.
    pub rfc2833_pt: u8,
    /// `auth-calls`: whether INVITE is challenged, default false.
    pub auth_calls: bool,
    /// `accept-blind-reg`: whether REGISTER is accepted without a password, default false.
    pub accept_blind_reg: bool,
    /// `nonce-ttl`: how long a challenge can be answered, default 60 s.
    pub nonce_ttl: Duration,
    /// `apply-inbound-acl`: calls from an address that any of these lets pass are not challenged. From others they are
    /// challenged when `auth_calls` is on and refused when it is off.
    pub apply_inbound_acl: Vec<String>,
    /// `apply-register-acl`: as `apply_inbound_acl`, for REGISTER.
    pub apply_register_acl: Vec<String>,
    /// `user-agent-string`: what the User-Agent header says.
    pub user_agent: Option<String>,
    /// Whether TCP is listened on too: yes, unless `bind-params` says `transport=udp`.
    pub tcp: bool,
    /// `tls`, default false.
    pub tls: bool,
    /// `tls-sip-port`, default 5061.
    pub tls_sip_port: u16,
    /// The gateways, also those of directory users whose domain is parsed.
    pub gateways: Vec<Gateway>,
    /// Other names of the profile.
    pub aliases: Vec<String>,
    /// The directory domains it serves.
    pub domains: Vec<SofiaDomain>,
    /// All params, in order, for what is not typed here.
    pub params: Vec<(String, String)>,
    /// Where its port is set: the `sip-port` param, else the profile.
    pub sip_port_at: Place,
    /// The file it stands in.
    pub file: Arc<str>,
    /// The line of its tag.
    pub line: u32,
}

/// `<domain name=".." alias=".." parse=".."/>` of a profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SofiaDomain {
    /// The domain's name; `all` is each of the directory.
    pub name: String,
    /// Whether the domain's name is an alias of the profile.
    pub alias: bool,
    /// Whether gateways of the domain's users belong to the profile.
    pub parse: bool,
}

/// Whose order of codecs counts when a call comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum CodecNegotiation {
    /// The caller's.
    #[default]
    Generous,
    /// Ours.
    Greedy,
    /// Ours, even where the caller's best match is with another rate or ptime.
    Scrooge,
}

impl SofiaProfile {
    /// A param by name, in any case; the last one counts.
    pub fn param(&self, name: &str) -> Option<&str> {
        let found = self.params.iter().rev().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// Whether a param is true as FreeSWITCH takes it ([`is_true`]); `default` when it is missing or empty.
    pub fn flag(&self, name: &str, default: bool) -> bool {
        self.param(name).filter(|value| !value.is_empty()).map_or(default, is_true)
    }

    /// Whether `name` is an alias of the profile, or (`is_domain`: one of the directory's) a domain that is its alias.
    pub fn is_called(&self, name: &str, is_domain: bool) -> bool {
        let domain = |domain: &SofiaDomain| {
            let all = is_domain && domain.name.eq_ignore_ascii_case("all");
            domain.alias && (all || domain.name.eq_ignore_ascii_case(name))
        };
        self.aliases.iter().any(|alias| alias == name) || self.domains.iter().any(domain)
    }

    /// Where it stands.
    pub fn place(&self) -> Place {
        Place { file: Arc::clone(&self.file), line: self.line }
    }

    fn read(element: &Element, tree: Tree<'_>) -> Result<SofiaProfile, ConfigError> {
        let settings = Settings::new(element.child("settings"));
        let local = tree.global("local_ip_v4").and_then(|value| value.parse().ok());
        let local = local.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
        let resolve =
            |value: &str| if value.eq_ignore_ascii_case("auto") { Some(local) } else { (tree.resolve)(value) };
        let codecs = tree.global("global_codec_prefs").filter(|value| !value.is_empty()).unwrap_or("PCMU,PCMA");
        let codecs = settings.text("codec-prefs").unwrap_or(codecs);
        let lists = |name| settings.all(name).map(|(_, value)| value.to_owned()).collect();
        let rfc2833_pt = settings.number("rfc2833-pt", 101, 96..=127, "a dynamic payload type from 96 to 127")?;
        Ok(SofiaProfile {
            name: required(element, "name", "the profile's name")?.to_owned(),
            sip_ip: settings.address("sip-ip", local, resolve)?,
            sip_port: settings.port("sip-port", 5060)?,
            rtp_ip: settings.address("rtp-ip", local, resolve)?,
            ext_sip_ip: settings.text("ext-sip-ip").map(str::to_owned),
            ext_rtp_ip: settings.text("ext-rtp-ip").map(str::to_owned),
            context: settings.string("context", "default"),
            dialplan: settings.string("dialplan", "XML"),
            inbound_codec_prefs: settings.list("inbound-codec-prefs", codecs),
            outbound_codec_prefs: settings.list("outbound-codec-prefs", codecs),
            codec_negotiation: settings.parsed(
                "inbound-codec-negotiation",
                Default::default(),
                NEGOTIATION,
                negotiation,
            )?,
            rfc2833_pt,
            auth_calls: settings.flag("auth-calls", false)?,
            accept_blind_reg: settings.flag("accept-blind-reg", false)?,
            nonce_ttl: settings.seconds("nonce-ttl", 60)?,
            apply_inbound_acl: lists("apply-inbound-acl"),
            apply_register_acl: lists("apply-register-acl"),
            user_agent: settings.text("user-agent-string").map(str::to_owned),
            tcp: !settings.text("bind-params").unwrap_or_default().contains("transport=udp"),
            tls: settings.flag("tls", false)?,
            tls_sip_port: settings.port("tls-sip-port", 5061)?,
            gateways: Vec::new(),
            aliases: names(element, "aliases", "alias")?,
            domains: read_domains(element)?,
            params: settings.pairs(),
            sip_port_at: settings.all("sip-port").last().map_or_else(|| element.place(), |(param, _)| param.place()),
            file: Arc::clone(&element.file),
            line: element.line,
        })
    }
}

/// All profiles with their gateways. A name that was there before is passed over with a warning, as in FreeSWITCH.
pub(crate) fn read_profiles(
    tree: Tree<'_>,
    directory: Directory<'_>,
    warnings: &mut Vec<Warning>,
) -> Result<Vec<SofiaProfile>, ConfigError> {
    let mut profiles: Vec<SofiaProfile> = Vec::new();
    let found = tree.configuration("sofia.conf").and_then(|configuration| configuration.child("profiles"));
    for element in found.into_iter().flat_map(|profiles| profiles.children_named("profile")) {
        let mut profile = SofiaProfile::read(element, tree)?;
        if let Some(first) = profiles.iter().find(|known| known.name == profile.name) {
            let text =
                format!("profile \"{}\" is there already ({}): this one is passed over", first.name, first.place());
            warn(warnings, element.place(), text);
            continue;
        }
        for gateway in gateway_elements(element, &profile.domains, directory) {
            let gateway = Gateway::read(gateway, &profile.context)?;
            let mut known = profiles.iter().flat_map(|other| &other.gateways).chain(&profile.gateways);
            if let Some(first) = known.find(|other| other.name == gateway.name) {
                let text =
                    format!("gateway \"{}\" is there already ({}): this one is passed over", first.name, first.place());
                warn(warnings, gateway.place(), text);
            } else {
                profile.gateways.push(gateway);
            }
        }
        profiles.push(profile);
    }
    Ok(profiles)
}

/// The gateways of the profile itself, then those of the users of each domain with `parse="true"`.
fn gateway_elements<'a>(profile: &'a Element, domains: &[SofiaDomain], directory: Directory<'a>) -> Vec<&'a Element> {
    let users = domains
        .iter()
        .filter(|domain| domain.parse)
        .flat_map(|domain| directory.user_elements(&domain.name).collect::<Vec<_>>());
    let holders = std::iter::once(profile).chain(users);
    holders
        .flat_map(|holder| holder.children_named("gateways"))
        .flat_map(|list| list.children_named("gateway"))
        .collect()
}

fn read_domains(profile: &Element) -> Result<Vec<SofiaDomain>, ConfigError> {
    let elements = profile.children_named("domains").flat_map(|list| list.children_named("domain"));
    let read = |element: &Element| {
        Ok(SofiaDomain {
            name: required(element, "name", "a domain of the directory, or all")?.to_owned(),
            alias: flag_attr(element, "alias", false)?,
            parse: flag_attr(element, "parse", false)?,
        })
    };
    elements.map(read).collect()
}

fn names(element: &Element, list: &str, tag: &str) -> Result<Vec<String>, ConfigError> {
    let elements = element.children_named(list).flat_map(|list| list.children_named(tag));
    elements.map(|found| required(found, "name", "another name of the profile").map(str::to_owned)).collect()
}

fn negotiation(value: &str) -> Option<CodecNegotiation> {
    match value.to_ascii_lowercase().as_str() {
        "generous" => Some(CodecNegotiation::Generous),
        "greedy" => Some(CodecNegotiation::Greedy),
        "scrooge" => Some(CodecNegotiation::Scrooge),
        _ => None,
    }
}

const NEGOTIATION: &str = "generous, greedy or scrooge";

#[cfg(test)]
mod tests;
