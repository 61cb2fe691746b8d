use std::time::Duration;

use super::*;
use crate::MemorySource;

fn load_text(text: &str) -> Config {
    load(&MemorySource::new([("freeswitch.xml", text)]), &LoadOptions::default()).unwrap()
}

#[test]
fn an_empty_document_has_freeswitch_defaults() {
    let config = load_text("<document/>");
    let socket = &config.event_socket;
    assert_eq!((socket.listen_ip.to_string().as_str(), socket.listen_port), ("127.0.0.1", 8021));
    assert_eq!((socket.password.as_str(), socket.stop_on_bind_error), ("ClueCon", false));
    assert_eq!(socket.apply_inbound_acl, ["loopback.auto"]);
    let switch = &config.switch;
    assert_eq!((switch.max_sessions, switch.sessions_per_second), (1000, 30));
    assert_eq!((switch.rtp_start_port, switch.rtp_end_port), (16384, 32768));
    assert_eq!((switch.loglevel.as_str(), switch.event_heartbeat_interval), ("debug", Duration::from_secs(20)));
    assert_eq!(
        (switch.min_dtmf_duration, switch.default_dtmf_duration, switch.max_dtmf_duration),
        (400, 2000, 192_000)
    );
    assert!(config.sofia.is_empty() && config.modules.is_empty() && config.dialplan.contexts.is_empty());
    assert_eq!((config.section("dialplan"), config.configuration("sofia.conf")), (None, None));
    assert_eq!(config.directory().users().count(), 0);
}

#[test]
fn an_access_list_that_is_not_there_is_named() {
    let config = load_text(
        "<d><section name='configuration'><configuration name='event_socket.conf'><settings>
         <param name='apply-inbound-acl' value='lopback.auto'/><param name='apply-inbound-acl' value='10.0.0.0/8'/>
         </settings></configuration></section></d>",
    );
    let [warning] = config.warnings.as_slice() else { panic!("{:?}", config.warnings) };
    let want = "freeswitch.xml:2: apply-inbound-acl is \"lopback.auto\", which is no list of acl.conf and no network: \
                it lets nobody in";
    assert_eq!(warning.to_string(), want);
}

#[test]
fn settings_are_read_in_any_case_and_the_last_counts() {
    let config = load_text(
        "<d><section name='configuration'><configuration name='event_socket.conf'><settings>
         <param name='Listen-IP' value='::'/><param name='listen-port' value='1'/><param name='listen-port' value=' 9021 '/>
         <param name='password' value=''/><param name='apply-inbound-acl' value='a'/>
         <param name='allow-default-password' value='yes'/>
         <param name='apply-inbound-acl' value='10.0.0.0/8'/><param name='surprise' value='kept'/>
         </settings></configuration><configuration name='modules.conf'><modules>
         <load module='mod_a'/><load module='mod_b'/><load module='mod_a'/></modules></configuration></section></d>",
    );
    let socket = &config.event_socket;
    assert_eq!((socket.listen_ip.to_string().as_str(), socket.listen_port), ("::", 9021));
    assert_eq!(socket.password, "ClueCon");
    assert_eq!(socket.apply_inbound_acl, ["a", "10.0.0.0/8"]);
    assert!(socket.params.contains(&("surprise".to_owned(), "kept".to_owned())));
    assert_eq!(config.modules, ["mod_a", "mod_b"]);
}

#[test]
fn names_are_resolved_where_an_address_belongs() {
    let text = "<d><section name='configuration'><configuration name='event_socket.conf'><settings>\
                <param name='listen-ip' value='switch.example'/><param name='password' value='x'/></settings></configuration></section></d>";
    let options = LoadOptions {
        resolve: |name| (name == "switch.example").then(|| IpAddr::from([192, 0, 2, 9])),
        ..LoadOptions::default()
    };
    let config = load(&MemorySource::new([("freeswitch.xml", text)]), &options).unwrap();
    assert_eq!(config.event_socket.listen_ip.to_string(), "192.0.2.9");
    assert!(config.event_socket.is_password_for(IpAddr::from([192, 0, 2, 1])));
    let known = load_text("<document/>").event_socket;
    assert!(
        known.is_password_for(IpAddr::from([127, 0, 0, 1])) && !known.is_password_for(IpAddr::from([192, 0, 2, 1]))
    );
    let local = resolve_with_system("localhost");
    assert!(local.is_none_or(|ip| ip.is_loopback()));
}

#[test]
fn globals_keep_their_order() {
    let config = load_text("<d><X-PRE-PROCESS cmd='set' data='b=1'/><X-PRE-PROCESS cmd='set' data='a=$${b}2'/></d>");
    let pairs: Vec<String> = config.globals.iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(pairs, ["b=1", "a=12"]);
    assert_eq!((config.global("a"), config.global("c")), (Some("12"), None));
}
