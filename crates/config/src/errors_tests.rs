//! What a person reads when a configuration is wrong: each row is one mistake and the exact text.

use crate::{LoadOptions, MemorySource, load};

fn check(text: &str, expected: &str) {
    let options = LoadOptions { resolve: |_| None, ..LoadOptions::default() };
    let error = load(&MemorySource::new([("freeswitch.xml", text)]), &options).unwrap_err();
    assert_eq!(error.to_string(), expected, "{text}");
}

/// A param on line 3 of a configuration's settings.
fn check_param(configuration: &str, name: &str, value: &str, expected: &str) {
    let text = format!(
        "<d><section name=\"configuration\"><configuration name=\"{configuration}\">\n<settings>\n\
         <param name=\"{name}\" value=\"{value}\"/></settings></configuration></section></d>"
    );
    check(&text, &format!("freeswitch.xml:3: {name} is \"{value}\", expected {expected}"));
}

/// Something on line 2 of the only profile.
fn check_profile(inner: &str, expected: &str) {
    let text = format!(
        "<d><section name=\"configuration\"><configuration name=\"sofia.conf\"><profiles><profile name=\"p\">\n{inner}\
         </profile></profiles></configuration></section></d>"
    );
    check(&text, &format!("freeswitch.xml:2: {expected}"));
}

/// Something on line 2 of the only context.
fn check_dialplan(inner: &str, expected: &str) {
    let text = format!("<d><section name=\"dialplan\"><context name=\"c\">\n{inner}</context></section></d>");
    check(&text, &format!("freeswitch.xml:2: {expected}"));
}

#[test]
fn values_of_settings() {
    let port = "a port from 1 to 65535, or 0 for one the system chooses";
    let address = "an IPv4 or IPv6 address of this machine, or a name that resolves to one";
    let boolean = "true or false (also yes, no, on, off, 1, 0)";
    check_param("event_socket.conf", "listen-port", "99999", port);
    check_param("event_socket.conf", "listen-port", "80x", port);
    check_param("event_socket.conf", "listen-ip", "10.0.0.256", address);
    check_param("event_socket.conf", "stop-on-bind-error", "ture", boolean);
    check_param("switch.conf", "max-sessions", "-1", "a whole number, 0 or more");
    check_param("switch.conf", "rtp-start-port", "0", "a port from 1 to 65535");
    check_param("switch.conf", "rtp-end-port", "100", "an rtp-end-port above rtp-start-port");
    check_param("switch.conf", "event-heartbeat-interval", "soon", "a whole number of seconds");
    check_param("switch.conf", "min-idle-cpu", "101", "a percentage from 0 to 100");
    let level = "a log level: console, alert, crit, err, warning, notice, info, debug, or 0 to 10";
    check_param("switch.conf", "loglevel", "loud", level);
}

#[test]
fn the_default_password_is_for_this_machine_only() {
    let socket = |params: &str| {
        format!(
            "<d><section name=\"configuration\"><configuration name=\"event_socket.conf\"><settings>\n{params}\n\
             </settings></configuration></section></d>"
        )
    };
    let password = |password: &str| format!("<param name=\"password\" value=\"{password}\"/>");
    for ip in ["0.0.0.0", "::", "192.0.2.1"] {
        let listen = format!("<param name=\"listen-ip\" value=\"{ip}\"/>");
        let expected = format!(
            "freeswitch.xml:2: listen-ip is {ip}, which others can reach, and the password is ClueCon, which everybody \
             knows, expected a param password of your own, or an address such as 127.0.0.1 (or allow-default-password, if \
             it must be)"
        );
        check(&socket(&listen), &expected);
        check(&socket(&(listen.clone() + &password("ClueCon"))), &expected);
        let allowed = "<param name=\"allow-default-password\" value=\"true\"/>";
        assert_eq!(warnings(&socket(&(listen.clone() + allowed))).len(), 1);
        assert!(warnings(&socket(&(listen + &password("mine")))).is_empty());
    }
    for ip in ["127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1"] {
        assert!(warnings(&socket(&format!("<param name=\"listen-ip\" value=\"{ip}\"/>"))).is_empty());
    }
    let tls = "<param name=\"tls\" value=\"true\"/><param name=\"tls-certificate\" value=\"c.pem\"/>\n\
               <param name=\"tls-listen-ip\" value=\"::\"/>";
    let source = MemorySource::new([("freeswitch.xml", socket(tls))]);
    let error = load(&source, &LoadOptions::default()).unwrap_err().to_string();
    assert!(error.starts_with("freeswitch.xml:3: tls-listen-ip is ::, "), "{error}");
}

fn warnings(text: &str) -> Vec<String> {
    let config = load(&MemorySource::new([("freeswitch.xml", text)]), &LoadOptions::default()).unwrap();
    config.warnings.iter().map(ToString::to_string).collect()
}

#[test]
fn profiles_and_gateways() {
    let param = |name: &str, value: &str| format!("<settings><param name=\"{name}\" value=\"{value}\"/></settings>");
    check_profile(&param("rfc2833-pt", "8"), "rfc2833-pt is \"8\", expected a dynamic payload type from 96 to 127");
    check_profile(
        &param("inbound-codec-negotiation", "kind"),
        "inbound-codec-negotiation is \"kind\", expected generous, greedy or scrooge",
    );
    check_profile(
        &param("auth-calls", "?"),
        "auth-calls is \"?\", expected true or false (also yes, no, on, off, 1, 0)",
    );
    check_profile(
        "<gateways><gateway name=\"g\"/></gateways>",
        "username is \"\", expected a value, because register is true (set register to false?)",
    );
    check_profile("<gateways><gateway/></gateways>", "<gateway> has no name=\"..\", expected the gateway's name");
    check_profile(
        "<gateways><gateway name=\"g\"><param name=\"register\" value=\"no\"/><param name=\"register-transport\" \
         value=\"sctp\"/></gateway></gateways>",
        "register-transport is \"sctp\", expected udp, tcp, tls, ws or wss",
    );
    check_profile(
        "<domains><domain/></domains>",
        "<domain> has no name=\"..\", expected a domain of the directory, or all",
    );
}

#[test]
fn access_lists() {
    let list = |node: &str| {
        format!(
            "<d><section name=\"configuration\"><configuration name=\"acl.conf\"><network-lists><list name=\"l\">\n{node}\
             </list></network-lists></configuration></section></d>"
        )
    };
    check(
        &list("<node type=\"allow\" cidr=\"10.0.0.0/33\"/>"),
        "freeswitch.xml:2: cidr is \"10.0.0.0/33\", expected networks such as 10.0.0.0/8, separated by commas",
    );
    check(&list("<node type=\"maybe\" cidr=\"::1\"/>"), "freeswitch.xml:2: type is \"maybe\", expected allow or deny");
    check(
        &list("<node type=\"allow\" host=\"10.0.0.1\" mask=\"255.0.255.0\"/>"),
        "freeswitch.xml:2: mask is \"255.0.255.0\", expected a network mask such as 255.255.255.0",
    );
    check(
        &list("<node type=\"allow\"/>"),
        "freeswitch.xml:2: <node> has no cidr=\"..\", expected cidr=\"10.0.0.0/8\", host=\"..\" mask=\"..\" or domain=\"..\"",
    );
}

#[test]
fn the_dialplan() {
    let condition = |inner: &str| format!("<extension><condition {inner}</condition></extension>");
    check_dialplan(&condition("break=\"later\">"), "break is \"later\", expected on-false, on-true, always or never");
    check_dialplan(&condition("regex=\"some\">"), "regex is \"some\", expected all, any or xor");
    check_dialplan(
        &condition("><action data=\"x\"/>"),
        "<action> has no application=\"..\", expected the name of an application",
    );
    check_dialplan(
        &condition("><action application=\"x\" loop=\"-1\"/>"),
        "loop is \"-1\", expected a whole number from 0 to 1000",
    );
    check_dialplan(
        "<extension continue=\"perhaps\"/>",
        "continue is \"perhaps\", expected true or false (also yes, no, on, off, 1, 0)",
    );
}

#[test]
fn an_error_in_an_included_file_names_that_file() {
    let files = [
        ("freeswitch.xml", "<d>\n<X-PRE-PROCESS cmd=\"include\" data=\"sub/*.xml\"/>\n</d>"),
        ("sub/a.xml", "<include>\n  <ok/>\n</include>"),
        ("sub/b.xml", "<include>\n\n  <open>\n</include>"),
    ];
    let error = load(&MemorySource::new(files), &LoadOptions::default()).unwrap_err();
    assert_eq!(error.to_string(), "freeswitch.xml:3: </d> closes <open> (from sub/b.xml:3), expected </open>");
}
