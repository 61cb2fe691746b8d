use super::*;
use crate::{Config, GatewayVariable, LoadOptions, MemorySource, VariableDirection, load};

fn config(profiles: &str) -> Config {
    let text = format!(
        "<d><section name='configuration'><configuration name='sofia.conf'><profiles>{profiles}</profiles></configuration>\
         </section><section name='directory'><domain name='home'><user id='1'><gateways><gateway name='of-user'>\
         <param name='register' value='false'/></gateway></gateways></user></domain></section></d>"
    );
    let preset = vec![("local_ip_v4".to_owned(), "192.0.2.1".to_owned())];
    load(&MemorySource::new([("freeswitch.xml", text)]), &LoadOptions { preset, ..LoadOptions::default() }).unwrap()
}

#[test]
fn an_empty_profile_has_mod_sofia_defaults() {
    let config = config("<profile name='p'/>");
    let profile = config.profile("p").unwrap();
    assert_eq!((profile.sip_ip.to_string().as_str(), profile.sip_port), ("192.0.2.1", 5060));
    assert_eq!((profile.context.as_str(), profile.dialplan.as_str(), profile.rfc2833_pt), ("default", "XML", 101));
    assert_eq!((profile.codec_negotiation, profile.auth_calls), (CodecNegotiation::Generous, false));
    assert_eq!((profile.tcp, profile.tls, profile.tls_sip_port), (true, false, 5061));
    assert_eq!(profile.outbound_codec_prefs, ["PCMU", "PCMA"]);
}

#[test]
fn a_profile_is_read_in_full() {
    let config = config(
        "<profile name='p'><aliases><alias name='outside'/></aliases><domains><domain name='HOME' alias='true' parse='yes'/>\
         </domains><settings><param name='sip-ip' value='auto'/><param name='rtp-ip' value='::1'/>\
         <param name='codec-prefs' value='G722, PCMA'/><param name='inbound-codec-prefs' value='opus'/>\
         <param name='inbound-codec-negotiation' value='Greedy'/><param name='bind-params' value='transport=udp'/>\
         <param name='Enable-Timer' value='true'/><param name='ext-sip-ip' value='auto-nat'/></settings></profile>",
    );
    let profile = config.profile("outside").unwrap();
    assert_eq!((profile.sip_ip.to_string(), profile.rtp_ip.to_string()), ("192.0.2.1".into(), "::1".into()));
    assert_eq!(
        (profile.inbound_codec_prefs.join(","), profile.outbound_codec_prefs.join(",")),
        ("opus".into(), "G722,PCMA".into())
    );
    assert_eq!((profile.codec_negotiation, profile.tcp), (CodecNegotiation::Greedy, false));
    assert!(profile.flag("enable-timer", false) && profile.flag("enable-100rel", true));
    assert_eq!(profile.ext_sip_ip.as_deref(), Some("auto-nat"));
    assert_eq!(profile.domains, [SofiaDomain { name: "HOME".into(), alias: true, parse: true }]);
    assert_eq!(profile.gateways.iter().map(|gateway| gateway.name.as_str()).collect::<Vec<_>>(), ["of-user"]);
}

#[test]
fn a_gateway_fills_in_what_is_not_said() {
    let config = config(
        "<profile name='p'><gateways><gateway name='peer'><param name='username' value='u'/>\
         <param name='password' value='s'/><param name='proxy' value='192.0.2.2:5090'/><variables>\
         <variable name='a' value='1' direction='inbound'/><variable name='b' value='2'/></variables></gateway>\
         <gateway name='open.example'><param name='register' value='false'/><param name='ping' value='1'/>\
         <param name='caller-id-in-from' value='true'/><param name='context' value='public'/>\
         <param name='retry_seconds' value='45'/></gateway></gateways><settings><param name='context' value='own'/></settings></profile>",
    );
    let [peer, open] = config.sofia[0].gateways.as_slice() else { panic!("two gateways") };
    assert_eq!(
        (peer.realm.as_str(), peer.proxy.as_str(), peer.register_proxy.as_str()),
        ("192.0.2.2:5090", "192.0.2.2:5090", "192.0.2.2:5090")
    );
    assert_eq!(
        (peer.from_user.as_str(), peer.from_domain.as_str(), peer.extension.as_str()),
        ("u", "192.0.2.2:5090", "u")
    );
    assert_eq!((peer.register, peer.expire.as_secs(), peer.retry.as_secs(), peer.ping), (true, 3600, 30, None));
    let variable =
        |name: &str, value: &str, direction| GatewayVariable { name: name.into(), value: value.into(), direction };
    assert_eq!(
        peer.variables,
        [variable("a", "1", VariableDirection::Inbound), variable("b", "2", VariableDirection::Both)]
    );
    assert_eq!((open.username.as_str(), open.proxy.as_str(), open.register), ("FreeSWITCH", "open.example", false));
    assert_eq!((peer.context.as_str(), open.context.as_str(), open.retry.as_secs()), ("own", "public", 45));
    assert_eq!((open.ping, open.caller_id_in_from), (Some(Duration::from_secs(5)), true));
}

#[test]
fn a_name_taken_twice_is_passed_over_with_a_warning() {
    let gateway = "<gateways><gateway name='g'><param name='register' value='no'/></gateway></gateways>";
    let config = config(&format!(
        "<profile name='p'>{gateway}</profile>\n<profile name='q'>{gateway}</profile>\n<profile name='p'/>"
    ));
    let gateways: Vec<usize> = config.sofia.iter().map(|profile| profile.gateways.len()).collect();
    assert_eq!(gateways, [1, 0]);
    let warnings: Vec<String> = config.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(
        warnings,
        [
            "freeswitch.xml:2: gateway \"g\" is there already (freeswitch.xml:1): this one is passed over",
            "freeswitch.xml:3: profile \"p\" is there already (freeswitch.xml:1): this one is passed over"
        ]
    );
}

#[test]
fn domains_may_be_names_of_a_profile() {
    let config = config(
        "<profile name='p'><aliases><alias name='out'/></aliases><domains><domain name='all' alias='true'/></domains></profile>\
         <profile name='q'><domains><domain name='Home' alias='true'/><domain name='other'/></domains></profile>",
    );
    let called = |profile: &str, name: &str, is_domain| config.profile(profile).unwrap().is_called(name, is_domain);
    assert!(called("p", "out", false) && called("p", "home", true) && !called("p", "elsewhere", false));
    assert!(called("q", "home", true) && !called("q", "other", true));
}

#[test]
fn the_line_of_the_port_is_known() {
    let config = config(
        "<profile name='p'>\n<settings>\n<param name='sip-port' value='0'/></settings></profile><profile name='q'/>",
    );
    let lines = config.sofia.iter().map(|profile| profile.sip_port_at.line).collect::<Vec<_>>();
    assert_eq!(lines, [3, 3]);
}
