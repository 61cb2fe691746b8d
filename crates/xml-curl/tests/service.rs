//! A switch that asks an HTTP service for its users.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use std::sync::Arc;

use strowger_config::DirectoryUser;
use strowger_core::Switch;
use strowger_core::lookup::UserQuery;
use strowger_xml_curl::XmlCurl;
use support::{Request, Server, http, ok};

const SERVED: &str = r#"<document type="freeswitch/xml"><section name="directory"><domain name="d.example">
  <params><param name="from" value="service"/></params><users><user id="1000"/><user id="kept" cacheable="60000"/></users>
  </domain></section></document>"#;

/// A switch whose own directory has 1000 and 2000 of `d.example`, bound with these params.
fn bound(bindings: &str) -> (Arc<Switch>, Arc<XmlCurl>) {
    let switch = strowger_test_support::switch(&format!(
        r#"<document type="freeswitch/xml"><section name="configuration">
        <configuration name="modules.conf"><modules><load module="mod_xml_curl"/></modules></configuration>
        <configuration name="xml_curl.conf"><bindings>{bindings}</bindings></configuration></section>
        <section name="directory"><domain name="d.example"><params><param name="from" value="file"/></params>
        <users><user id="1000"/><user id="2000"/></users></domain></section></document>"#
    ));
    let services = XmlCurl::start(&switch).unwrap();
    (switch, services)
}

fn binding(port: u16, params: &str) -> String {
    format!(
        "<binding name='b'><param name='gateway-url' value='http://127.0.0.1:{port}/fs' bindings='directory'/>{params}</binding>"
    )
}

async fn find(switch: &Switch, user: &str) -> Option<DirectoryUser> {
    let params = [("action", "test")];
    switch.find_user(UserQuery { key: "id", user, domain: "d.example", params: &params }).await
}

/// Where user 1000 comes from: `service` or `file`.
async fn source(switch: &Switch) -> String {
    find(switch, "1000").await.unwrap().param("from").unwrap().to_owned()
}

/// The configuration answers in place of a service that answers like this.
async fn falls_back(answer: impl Fn(&Request) -> Option<String> + Send + Sync + 'static, params: &str) {
    let server = Server::start(answer).await;
    let (switch, _services) = bound(&binding(server.port, params));
    assert_eq!(source(&switch).await, "file");
    assert!(!server.requests().is_empty());
}

#[tokio::test]
async fn a_service_is_told_what_freeswitch_tells_and_its_answer_counts() {
    let server = Server::start(|_| ok(SERVED)).await;
    let (switch, _services) = bound(&binding(server.port, ""));
    assert_eq!(source(&switch).await, "service");
    assert_eq!(find(&switch, "2000").await, None);
    let requests = server.requests();
    let request = requests.first().unwrap();
    assert_eq!(request.line, "POST /fs HTTP/1.1");
    assert_eq!(request.headers["content-type"], "application/x-www-form-urlencoded");
    assert_eq!(request.headers["user-agent"], "freeswitch-xml/1.0");
    let names: Vec<_> = request.fields().into_iter().map(|(name, _)| name).collect();
    let expected = "hostname section tag_name key_name key_value Event-Name Core-UUID FreeSWITCH-Hostname \
        FreeSWITCH-Switchname FreeSWITCH-IPv4 FreeSWITCH-IPv6 Event-Date-Local Event-Date-GMT Event-Date-Timestamp \
        Event-Calling-File Event-Calling-Function Event-Calling-Line-Number Event-Sequence action key user domain";
    assert_eq!(names.join(" "), expected);
    for (name, value) in [
        ("hostname", "switch"),
        ("section", "directory"),
        ("tag_name", "domain"),
        ("key_name", "name"),
        ("key_value", "d.example"),
        ("Event-Name", "REQUEST_PARAMS"),
        ("action", "test"),
        ("key", "id"),
        ("user", "1000"),
        ("domain", "d.example"),
    ] {
        assert_eq!(request.field(name).as_deref(), Some(value), "{name}");
    }
}

#[tokio::test]
async fn without_an_answer_the_configuration_counts() {
    let not_found = "<document><section name='result'><result status='not found'/></section></document>";
    falls_back(move |_| ok(not_found), "").await;
    falls_back(|_| ok("<document/>"), "").await;
    falls_back(|_| http("500 Internal Server Error", "", SERVED), "").await;
    falls_back(|_| http("404 Not Found", "", SERVED), "").await;
    falls_back(|_| ok("<document><section>"), "").await;
    falls_back(|_| ok(""), "").await;
    falls_back(|_| Some("nonsense\r\n\r\n".to_owned()), "").await;
    falls_back(|_| ok(SERVED), "<param name='response-max-bytes' value='100'/>").await;
    falls_back(|_| http("302 Found", "Location: /fs\r\n", ""), "").await;
}

#[tokio::test]
async fn a_service_that_does_not_answer_is_not_waited_for_long() {
    let begun = std::time::Instant::now();
    falls_back(|_| None, "<param name='timeout' value='1'/>").await;
    assert!((1..5).contains(&begun.elapsed().as_secs()));
}

#[tokio::test]
async fn nobody_there_is_no_answer() {
    let port = {
        let unused = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        unused.local_addr().unwrap().port()
    };
    let (switch, _services) = bound(&binding(port, ""));
    assert_eq!(source(&switch).await, "file");
}

#[tokio::test]
async fn the_next_service_is_asked_when_one_has_no_answer() {
    let broken = Server::start(|_| http("500 Oh", "", "")).await;
    let good = Server::start(|_| ok(SERVED)).await;
    let (switch, services) = bound(&(binding(broken.port, "") + &binding(good.port, "")));
    assert_eq!(source(&switch).await, "service");
    assert_eq!((broken.requests().len(), good.requests().len()), (1, 1));
    services.configure(&strowger_test_support::config("<document/>"));
    assert_eq!(source(&switch).await, "file");
}

#[tokio::test]
async fn users_are_kept_where_they_say_so_until_they_are_flushed() {
    let server = Server::start(|_| ok(SERVED)).await;
    let (switch, _services) = bound(&binding(server.port, ""));
    for (user, requests) in [("kept", 1), ("kept", 0), ("1000", 1), ("1000", 1)] {
        assert!(find(&switch, user).await.is_some());
        assert_eq!(server.requests().len(), requests, "{user}");
    }
    assert_eq!(switch.lookups().flush(None), 1);
    assert!(find(&switch, "kept").await.is_some());
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn fields_can_be_chosen_and_put_into_the_url() {
    let server = Server::start(|_| ok(SERVED)).await;
    let params = "<param name='method' value='GET'/><param name='enable-post-var' value='user'/>\
        <param name='use-dynamic-url' value='true'/>";
    let binding = binding(server.port, params).replace("/fs", "/${domain}/${user}?a=1");
    let (switch, _services) = bound(&binding);
    assert!(find(&switch, "1000").await.is_some());
    let expected = "GET /d.example/1000?a=1&hostname=switch&section=directory&tag_name=domain&key_name=name\
        &key_value=d.example&user=1000 HTTP/1.1";
    assert_eq!(server.requests().first().unwrap().line, expected);
}

#[tokio::test]
async fn who_asks_is_proved() {
    let credentials = "<param name='gateway-credentials' value='me:secret'/>";
    let is_let_in = |request: &Request, start: &str| match request.headers.get("authorization") {
        Some(value) if value.starts_with(start) => ok(SERVED),
        _ => http("401 Unauthorized", "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", qop=\"auth\"\r\n", ""),
    };
    for (scheme, start, requests) in [
        ("basic", "Basic bWU6c2VjcmV0", 1),
        ("digest", "Digest username=\"me\", realm=\"r\", nonce=\"n\", uri=\"/fs\"", 2),
        ("any", "Digest ", 2),
    ] {
        let server = Server::start(move |request| is_let_in(request, start)).await;
        let params = format!("{credentials}<param name='auth-scheme' value='{scheme}'/>");
        let (switch, _services) = bound(&binding(server.port, &params));
        assert_eq!(source(&switch).await, "service", "{scheme}");
        assert_eq!(server.requests().len(), requests, "{scheme}");
    }
    falls_back(move |request| is_let_in(request, "Digest"), credentials).await;
}

#[tokio::test]
async fn no_more_than_so_many_are_asked_at_once() {
    let server = Server::start(|_| ok(SERVED)).await;
    let closed = server.gate.acquire_many(1000).await.unwrap();
    let (switch, _services) = bound(&binding(server.port, ""));
    let ask = |_| {
        let switch = Arc::clone(&switch);
        tokio::spawn(async move { source(&switch).await })
    };
    let tasks: Vec<_> = (0..50).map(ask).collect();
    while server.count() < 32 {
        tokio::task::yield_now().await;
    }
    for _ in 0..1000 {
        tokio::task::yield_now().await;
    }
    assert_eq!(server.count(), 32);
    drop(closed);
    for task in tasks {
        assert_eq!(task.await.unwrap(), "service");
    }
    assert_eq!(server.count(), 50);
}

#[tokio::test]
async fn certificates_are_checked_where_that_is_said() {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let other = rcgen::generate_simple_self_signed(["elsewhere.example".to_owned()]).unwrap();
    let folder = std::env::temp_dir().join(format!("strowger-xml-curl-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = |name: &str| folder.join(name).display().to_string();
    std::fs::write(path("ca.pem"), made.cert.pem() + &other.cert.pem()).unwrap();
    let checked = "<param name='enable-cacert-check' value='true'/><param name='timeout' value='5'/>";
    let trusted = format!("{checked}<param name='ssl-cacert-file' value='{}'/>", path("ca.pem"));
    let strict = format!("{trusted}<param name='enable-ssl-verifyhost' value='true'/>");
    for (certificate, params, expected) in [
        (&made, "", "service"),
        (&made, checked, "file"),
        (&made, &trusted, "service"),
        (&made, &strict, "service"),
        (&other, &trusted, "service"),
        (&other, &strict, "file"),
    ] {
        let key = rustls::pki_types::PrivateKeyDer::try_from(certificate.signing_key.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config =
            rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let config = config.with_no_client_auth().with_single_cert(vec![certificate.cert.der().clone()], key).unwrap();
        let server = Server::start_with(|_| ok(SERVED), Some(Arc::new(config).into())).await;
        let (switch, _services) = bound(&binding(server.port, params).replace("http:", "https:"));
        assert_eq!(source(&switch).await, expected, "{params}");
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn files_that_cannot_be_used_are_named() {
    let config = |params: &str| {
        strowger_test_support::config(&format!(
            "<d><section name='configuration'><configuration name='modules.conf'><modules><load module='mod_xml_curl'/>\
             </modules></configuration><configuration name='xml_curl.conf'><bindings>\n{}</bindings></configuration>\
             </section></d>",
            binding(1, params)
        ))
    };
    let told = |params| strowger_xml_curl::check(&config(params)).unwrap_err().to_string();
    let none = told("<param name='ssl-cacert-file' value='/none.pem'/>");
    assert!(none.starts_with("freeswitch.xml:2: /none.pem: "), "{none}");
    let bad = told("<param name='ssl-cert-path' value='Cargo.toml'/>");
    assert!(bad.starts_with("freeswitch.xml:2: Cargo.toml: "), "{bad}");
    assert!(strowger_xml_curl::check(&config("<param name='enable-cacert-check' value='true'/>")).is_ok());
}
