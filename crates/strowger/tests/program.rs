//! The program as its user meets it: starting, failing to start, reloading, ending.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};

use support::{LIMIT, Server, configuration, configured, folder, repository, run, serve, strowger};

/// An extension that is only there in some configurations.
const EXTENSION: &str = r#"<extension name="only_here"><condition field="destination_number" expression="^1$"><action application="park"/></condition></extension>"#;

#[test]
fn a_broken_configuration_names_file_and_line() {
    let conf = folder("broken");
    let text = configuration("<extension name=\"open\"></condition>");
    let line = 1 + text.lines().position(|line| line.contains("</condition>")).unwrap();
    fs::write(conf.join("freeswitch.xml"), text).unwrap();
    let ended = run(&mut serve(&conf));
    assert_eq!(ended.code, Some(2), "{}", ended.said);
    assert!(ended.said.contains(&format!("freeswitch.xml:{line}")), "{}", ended.said);
}

#[test]
fn a_wrong_value_names_file_and_line() {
    let conf = folder("wrong_value");
    let text = configuration("").replace("$${sip_port}", "99999");
    let line = 1 + text.lines().position(|line| line.contains("99999")).unwrap();
    fs::write(conf.join("freeswitch.xml"), text).unwrap();
    let ended = run(&mut serve(&conf));
    assert_eq!(ended.code, Some(2), "{}", ended.said);
    for part in [format!("freeswitch.xml:{line}"), "sip-port".to_owned(), "99999".to_owned()] {
        assert!(ended.said.contains(&part), "{part} is not in {}", ended.said);
    }
}

#[test]
fn a_configuration_that_is_not_there() {
    let ended = run(&mut serve(&folder("nothing")));
    assert_eq!(ended.code, Some(2), "{}", ended.said);
    assert!(ended.said.contains("freeswitch.xml"), "{}", ended.said);
}

#[test]
fn a_taken_event_socket_port_says_whose_setting_it_is() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let conf = configured("taken_esl", "");
    let ended = run(serve(&conf).arg("--set").arg(format!("esl_port={port}")));
    assert!(ended.code.is_some_and(|code| code != 0), "{}", ended.said);
    for part in [format!("127.0.0.1:{port}"), "listen-port".to_owned(), "event_socket.conf".to_owned()] {
        assert!(ended.said.contains(&part), "{part} is not in {}", ended.said);
    }
}

#[test]
fn a_taken_sip_port_says_whose_setting_it_is() {
    let taken = UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let conf = configured("taken_sip", "");
    let ended = run(serve(&conf).arg("--set").arg(format!("sip_port={port}")));
    assert!(ended.code.is_some_and(|code| code != 0), "{}", ended.said);
    for part in [format!("127.0.0.1:{port}"), "sip-port".to_owned(), "internal".to_owned()] {
        assert!(ended.said.contains(&part), "{part} is not in {}", ended.said);
    }
}

#[test]
fn sigterm_says_goodbye() {
    let server = Server::start(&mut serve(&configured("sigterm", "")));
    let mut conn = server.login();
    conn.command("event plain SHUTDOWN CHANNEL_DESTROY").unwrap();
    let answer = conn.api("originate null/probe &park()").unwrap();
    assert!(answer.starts_with("+OK "), "{answer}");
    server.switch.signal("TERM").unwrap();
    let destroyed = conn.event().unwrap();
    assert!(destroyed.has("Event-Name: CHANNEL_DESTROY"), "{}", destroyed.text());
    let shutdown = conn.event().unwrap();
    assert!(shutdown.has("Event-Name: SHUTDOWN"), "{}", shutdown.text());
    let notice = conn.packet().unwrap();
    assert_eq!(notice.kind, "text/disconnect-notice");
    assert!(notice.has("Disconnected, goodbye."), "{}", notice.text());
    assert!(conn.packet().is_err(), "the connection stays open");
    let ended = server.switch.ended(LIMIT).unwrap();
    assert_eq!(ended.code, Some(0), "{}", ended.said);
}

#[test]
fn a_restart_waits_for_calls_and_answers_again() {
    let mut server = Server::start(&mut serve(&configured("restart", "")));
    let mut conn = server.login();
    assert!(conn.api("originate null/probe &park()").unwrap().starts_with("+OK "));
    assert_eq!(conn.api("fsctl shutdown elegant restart").unwrap(), "+OK\n");
    assert_eq!(conn.api("fsctl shutdown_check").unwrap(), "true");
    // Its answer may be lost: the switch stops as soon as the call is over.
    let _ = conn.api("hupall");
    // The same process, on ports that the system chooses anew.
    server.ready = server.switch.ready(LIMIT).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(server.login().api("fsctl shutdown_check").unwrap(), "false");
    server.stop();
}

#[test]
fn a_second_sigterm_ends_it_at_once() {
    let server = Server::start(&mut serve(&configured("sigterm_twice", "")));
    server.switch.signal("TERM").unwrap();
    server.switch.signal("TERM").unwrap();
    // Whether it was through with its goodbyes is a race; that it ends is not.
    server.switch.ended(LIMIT).unwrap();
}

#[test]
fn init_writes_a_configuration_that_serves() {
    let conf = folder("init").join("conf");
    let ended = run(strowger().arg("init").arg(&conf));
    assert_eq!(ended.code, Some(0), "{}", ended.said);
    let server = Server::start(&mut serve(&conf));
    assert!(server.login().api("status").unwrap().contains("UP"));
    server.stop();

    let again = run(strowger().arg("init").arg(&conf));
    assert_ne!(again.code, Some(0), "it overwrote what was there");
    assert!(again.said.contains("freeswitch.xml"), "{}", again.said);
}

#[test]
fn the_built_in_configuration_serves() {
    let mut command = strowger();
    command.args(["serve", "--no-console", "--set", "esl_port=0", "--set", "sip_port=0"]);
    let server = Server::start(&mut command);
    assert!(server.login().api("status").unwrap().contains("UP"));
    server.stop();
}

#[test]
fn the_console_runs_one_command() {
    let server = Server::start(&mut serve(&configured("cli", "")));
    let cli = |port: String, password: &str, command: &str| {
        run(strowger().args(["cli", "-H", "127.0.0.1", "-P", &port, "-p", password, "-x", command]))
    };
    let port = server.ready.esl.port().to_string();
    let ended = cli(port.clone(), "ClueCon", "status");
    assert_eq!(ended.code, Some(0), "{}", ended.said);
    assert!(ended.said.contains("UP"), "{}", ended.said);
    let refused = cli(port, "wrong", "status");
    assert_ne!(refused.code, Some(0), "{}", refused.said);
    server.stop();
}

#[test]
fn sighup_reloads_the_configuration() {
    let conf = configured("sighup", "");
    let server = Server::start(&mut serve(&conf));
    let mut conn = server.login();
    conn.command("event plain RELOADXML").unwrap();
    assert!(!parks(&server));
    fs::write(conf.join("freeswitch.xml"), configuration(EXTENSION)).unwrap();
    server.switch.signal("HUP").unwrap();
    assert!(conn.event().unwrap().has("Event-Name: RELOADXML"));
    assert!(parks(&server), "the new extension is not there");
    server.stop();
}

#[test]
fn reloadxml_keeps_the_old_configuration_when_the_new_one_is_broken() {
    let conf = configured("reload_broken", EXTENSION);
    let server = Server::start(&mut serve(&conf));
    let mut conn = server.login();
    fs::write(conf.join("freeswitch.xml"), "<document>\n<section>\n<oops></section>\n</document>\n").unwrap();
    let answer = conn.api("reloadxml").unwrap();
    assert!(answer.starts_with("-ERR") && answer.contains("freeswitch.xml:3"), "{answer}");
    assert!(parks(&server), "the old extension is gone");
    fs::write(conf.join("freeswitch.xml"), configuration(EXTENSION)).unwrap();
    assert!(conn.api("reloadxml").unwrap().starts_with("+OK"));
    server.stop();
}

#[test]
fn a_service_has_the_dialplan_and_a_reload_takes_it_away() {
    let service = TcpListener::bind("127.0.0.1:0").unwrap();
    let bound = format!(
        r#"<section name="configuration"><configuration name="modules.conf"><modules><load module="mod_xml_curl"/></modules>
        </configuration><configuration name="xml_curl.conf"><bindings><binding name="all">
        <param name="gateway-url" value="http://{}/"/></binding></bindings></configuration>"#,
        service.local_addr().unwrap()
    );
    std::thread::spawn(move || {
        for stream in service.incoming() {
            answer(stream.unwrap());
        }
    });
    let conf = folder("service");
    let text = configuration("").replacen("<section name=\"configuration\">", &bound, 1);
    fs::write(conf.join("freeswitch.xml"), text).unwrap();
    let server = Server::start(&mut serve(&conf));
    assert!(parks(&server), "the service is not asked");
    fs::write(conf.join("freeswitch.xml"), configuration("")).unwrap();
    assert!(server.login().api("reloadxml").unwrap().starts_with("+OK"));
    // The service is let go of a moment behind the reload.
    let begun = std::time::Instant::now();
    while parks(&server) {
        assert!(begun.elapsed() < LIMIT, "the service is still asked");
    }
    server.stop();
}

/// Reads a request with its fields, and answers with a dialplan that has [`EXTENSION`].
fn answer(mut stream: TcpStream) {
    let (mut request, mut chunk) = (Vec::new(), [0; 4096]);
    while !String::from_utf8_lossy(&request).contains("Hunt-Privacy-Hide-Number=") {
        let count = stream.read(&mut chunk).unwrap();
        assert!(count > 0, "{}", String::from_utf8_lossy(&request));
        request.extend_from_slice(&chunk[..count]);
    }
    let body = format!(
        r#"<document><section name="dialplan"><context name="default">{EXTENSION}</context></section></document>"#
    );
    let head = format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", body.len());
    stream.write_all((head + &body).as_bytes()).unwrap();
}

#[test]
fn a_wrong_argument_shows_how_it_is_used() {
    let ended = run(strowger().args(["serve", "--nonsense"]));
    assert_eq!(ended.code, Some(2), "{}", ended.said);
    assert!(ended.said.contains("--nonsense") && ended.said.contains("--conf"), "{}", ended.said);
}

#[test]
fn malformed_sip_disturbs_nobody() {
    let server = Server::start(&mut serve(&repository("tests/conformance/conf")));
    let phone = UdpSocket::bind("127.0.0.1:0").unwrap();
    phone.set_read_timeout(Some(LIMIT)).unwrap();
    let sip = server.ready.sip[0];
    for garbage in ["INVITE", "\0\0\0\0", "INVITE sip:9196@127.0.0.1 SIP/2.0\r\nVia: \r\n\r\n", "SIP/2.0 200\r\n\r\n"] {
        phone.send_to(garbage.as_bytes(), sip).unwrap();
    }
    let from = phone.local_addr().unwrap();
    let options = format!(
        "OPTIONS sip:9196@{sip} SIP/2.0\r\nVia: SIP/2.0/UDP {from};branch=z9hG4bKprobe;rport\r\nMax-Forwards: 70\r\n\
         From: <sip:probe@{from}>;tag=1\r\nTo: <sip:9196@{sip}>\r\nCall-ID: probe@{from}\r\nCSeq: 7 OPTIONS\r\n\
         Contact: <sip:probe@{from}>\r\nContent-Length: 0\r\n\r\n"
    );
    phone.send_to(options.as_bytes(), sip).unwrap();
    let mut buffer = [0; 65_536];
    loop {
        let length = phone.recv(&mut buffer).expect("no answer to OPTIONS");
        let answer = String::from_utf8_lossy(&buffer[..length]);
        if answer.contains("7 OPTIONS") {
            assert!(answer.starts_with("SIP/2.0 200 "), "{answer}");
            break;
        }
        assert!(answer.starts_with("SIP/2.0 400 "), "{answer}");
    }
    server.stop();
}

/// Whether a call of the extension 1 is parked: only [`EXTENSION`] does that.
fn parks(server: &Server) -> bool {
    let mut conn = server.login();
    conn.command("event plain CHANNEL_PARK CHANNEL_HANGUP").unwrap();
    conn.command("bgapi originate null/probe 1 XML default").unwrap();
    let event = conn.event().unwrap();
    let parked = event.has("Event-Name: CHANNEL_PARK");
    assert!(parked || event.has("NO_ROUTE_DESTINATION"), "{}", event.text());
    parked
}
