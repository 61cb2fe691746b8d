//! The TLS listener over loopback: who gets in, with which certificate, and that behind it everything is as without TLS.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

#[path = "support/certificates.rs"]
mod certificates;
mod support;

use std::io;
use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use certificates::{Authority, Folder, Issued, param};
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::time_provider::TimeProvider;
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion, version};
use strowger_core::registry::{About, ApiCall, ApiCommand};
use strowger_esl::client::{self, Decoder, ServerPacket};
use strowger_event::{Event, EventKind};
use support::Server;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// Answers with 3 MiB.
struct Long;

#[async_trait]
impl ApiCommand for Long {
    fn about(&self) -> About {
        About { name: "long", syntax: "", help: "test", module: "test" }
    }

    async fn run(&self, _: ApiCall<'_>) -> String {
        "0123456789abcde\n".repeat(3 << 16)
    }
}

/// A server with TLS, and the authority of its certificate.
struct Setting {
    folder: Folder,
    authority: Authority,
    server: Server,
}

impl Setting {
    /// With a certificate that is good until the year `until`, and further params.
    async fn start(until: i32, more: impl FnOnce(&Folder) -> String) -> Self {
        let (folder, authority) = (Folder::new(), Authority::new("the switch's"));
        let (certificate, key) = authority.issue(1, until).write(&folder, "esl");
        let params = [
            r#"<param name="tls" value="true"/><param name="tls-listen-port" value="0"/>"#,
            &param("tls-certificate", &certificate),
            &param("tls-key", &key),
            &more(&folder),
        ];
        let server = Server::start_with(&params.concat()).await;
        server.switch.registries().command(Long);
        Self { folder, authority, server }
    }

    async fn plain_start() -> Self {
        Self::start(2090, |_| String::new()).await
    }

    fn client(&self) -> Client {
        Client { authority: self.authority.pem(), shows: None, version: &version::TLS13, in_2020: false }
    }

    async fn tcp(&self) -> TcpStream {
        TcpStream::connect(self.server.socket.tls_addr().unwrap()).await.unwrap()
    }
}

/// What a client trusts and shows.
struct Client {
    authority: String,
    shows: Option<Issued>,
    version: &'static SupportedProtocolVersion,
    in_2020: bool,
}

/// For a client that lives in the past, where an expired certificate is good.
#[derive(Debug)]
struct In2020;

impl TimeProvider for In2020 {
    fn current_time(&self) -> Option<UnixTime> {
        Some(UnixTime::since_unix_epoch(Duration::from_secs(1_600_000_000)))
    }
}

impl Client {
    fn showing(self, shows: Issued) -> Self {
        Self { shows: Some(shows), ..self }
    }

    async fn connect(self, setting: &Setting) -> io::Result<Connected> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(self.authority.as_bytes()).unwrap()).unwrap();
        let provider = Arc::new(ring::default_provider());
        let builder = if self.in_2020 {
            ClientConfig::builder_with_details(provider, Arc::new(In2020))
        } else {
            ClientConfig::builder_with_provider(provider)
        };
        let builder = builder.with_protocol_versions(&[self.version]).unwrap().with_root_certificates(roots);
        let config = match &self.shows {
            None => builder.with_no_client_auth(),
            Some(shows) => {
                let certificate = CertificateDer::from_pem_slice(shows.certificate.as_bytes()).unwrap();
                let key = PrivateKeyDer::from_pem_slice(shows.key.as_bytes()).unwrap();
                builder.with_client_auth_cert(vec![certificate], key).unwrap()
            }
        };
        let name = ServerName::try_from("localhost").unwrap();
        let stream = TlsConnector::from(Arc::new(config)).connect(name, setting.tcp().await).await?;
        let mut connected = Connected { stream, decoder: Decoder::default() };
        // Whether it is let in, a client of TLS 1.3 learns after the handshake.
        let greeting = connected.packet().await?.ok_or(io::ErrorKind::UnexpectedEof)?;
        assert_eq!(greeting.content_type, "auth/request");
        Ok(connected)
    }

    async fn refused(self, setting: &Setting) -> String {
        match self.connect(setting).await {
            Ok(_) => "let in".to_owned(),
            Err(error) => error.to_string(),
        }
    }
}

struct Connected {
    stream: TlsStream<TcpStream>,
    decoder: Decoder,
}

impl Connected {
    async fn packet(&mut self) -> io::Result<Option<ServerPacket>> {
        let mut chunk = [0; 4096];
        loop {
            if let Some(packet) = self.decoder.next().unwrap() {
                return Ok(Some(packet));
            }
            match self.stream.read(&mut chunk).await? {
                0 => return Ok(None),
                count => self.decoder.feed(&chunk[..count]),
            }
        }
    }

    async fn ask(&mut self, command: &[u8]) -> ServerPacket {
        self.stream.write_all(command).await.unwrap();
        self.packet().await.unwrap().unwrap()
    }

    async fn login(mut self) -> Self {
        assert_eq!(self.ask(b"auth secret\n\n").await.reply_text(), Some("+OK accepted"));
        self
    }

    fn certificate(&self) -> CertificateDer<'static> {
        self.stream.get_ref().1.peer_certificates().unwrap().first().unwrap().clone().into_owned()
    }
}

#[tokio::test]
async fn everything_is_as_without_tls() {
    let setting = Setting::plain_start().await;
    let mut plain = setting.server.login().await;
    plain.reply("event plain CUSTOM app::note").await;
    for version in [&version::TLS12, &version::TLS13] {
        let mut client = Client { version, ..setting.client() }.connect(&setting).await.unwrap().login().await;
        let reply = client.ask(b"event json CUSTOM app::note\n\n").await;
        assert_eq!(reply.reply_text(), Some("+OK event listener enabled json"));
        let sent = client.ask(b"sendevent CUSTOM\nEvent-Subclass: app::note\nmark: 1\nContent-Length: 4\n\nbody").await;
        assert!(sent.reply_text().unwrap().starts_with("+OK"));
        let event = client.packet().await.unwrap().unwrap().event().unwrap().unwrap();
        assert_eq!((event.get("mark"), event.body.as_deref()), (Some("1"), Some("body")));
        assert_eq!(plain.packet().await.unwrap().event().unwrap().unwrap().get("mark"), Some("1"));
        assert_eq!(client.ask(b"exit\n\n").await.reply_text(), Some("+OK bye"));
        assert_eq!(client.packet().await.unwrap().unwrap().content_type, "text/disconnect-notice");
        // An end without close_notify were an error here.
        assert!(client.packet().await.unwrap().is_none());
    }
}

#[tokio::test]
async fn large_answers_and_commands_in_pieces_come_through() {
    let setting = Setting::plain_start().await;
    let mut client = setting.client().connect(&setting).await.unwrap().login().await;
    client.stream.write_all(b"api long\n\napi echo behind\n\napi ec").await.unwrap();
    client.stream.write_all(b"ho pieces\n\n").await.unwrap();
    let long = client.packet().await.unwrap().unwrap();
    assert_eq!(long.text().len(), 3 << 20);
    assert!(long.text().ends_with("0123456789abcde\n"));
    assert_eq!(client.packet().await.unwrap().unwrap().text(), "behind");
    assert_eq!(client.packet().await.unwrap().unwrap().text(), "pieces");
    // More than is read at once, in one command.
    let text = "y".repeat(300_000);
    let reply = client.ask(format!("sendevent NOTIFY\nContent-Length: {}\n\n{text}", text.len()).as_bytes()).await;
    assert!(reply.reply_text().unwrap().starts_with("+OK"));
}

#[tokio::test]
async fn a_certificate_may_be_asked_of_clients() {
    let (theirs, strangers) = (Authority::new("the clients'"), Authority::new("a stranger's"));
    for (mode, without) in [("required", false), ("optional", true)] {
        let setting = Setting::start(2090, |folder| {
            let ca = param("tls-client-ca", &folder.write("ca.pem", &theirs.pem()));
            format!(r#"{ca}<param name="tls-client-certificates" value="{mode}"/>"#)
        })
        .await;
        let client = setting.client().showing(theirs.issue(9, 2090)).connect(&setting).await.unwrap();
        client.login().await;
        let said = setting.client().refused(&setting).await;
        assert_eq!(said == "let in", without, "{mode}: {said}");
        let said = setting.client().showing(strangers.issue(9, 2090)).refused(&setting).await;
        assert!(said.contains("UnknownCa") || said.contains("UnknownCA"), "{mode}: {said}");
        let said = setting.client().showing(theirs.issue(9, 2021)).refused(&setting).await;
        assert!(said.contains("CertificateExpired"), "{mode}: {said}");
    }
}

#[tokio::test]
async fn an_expired_certificate_is_replaced_without_a_restart() {
    let setting = Setting::start(2021, |_| String::new()).await;
    let old = Client { in_2020: true, ..setting.client() }.connect(&setting).await.unwrap();
    let first = old.certificate();
    let mut old = old.login().await;
    let said = setting.client().refused(&setting).await;
    assert!(said.contains("expired"), "{said}");
    let next = setting.authority.issue(2, 2090);
    next.write(&setting.folder, "esl");
    setting.server.socket.reload_certificates().unwrap();
    let new = setting.client().connect(&setting).await.unwrap();
    assert_eq!(new.certificate(), CertificateDer::from_pem_slice(next.certificate.as_bytes()).unwrap());
    assert_ne!(new.certificate(), first);
    new.login().await;
    assert_eq!(old.ask(b"api echo still here\n\n").await.text(), "still here");
}

#[tokio::test]
async fn a_broken_certificate_does_not_replace_a_good_one() {
    let setting = Setting::plain_start().await;
    let first = setting.client().connect(&setting).await.unwrap().certificate();
    let next = setting.authority.issue(2, 2090);
    let half = next.certificate.get(..300).unwrap();
    for (broken, complaint) in [(half, "is broken"), ("", "holds no certificate"), (&next.certificate, "tls-key")] {
        setting.folder.write("esl.pem", broken);
        let said = setting.server.socket.reload_certificates().unwrap_err().to_string();
        assert!(said.contains(complaint), "{said}");
        assert_eq!(setting.client().connect(&setting).await.unwrap().certificate(), first);
    }
    setting.folder.write("esl.key", &next.key);
    setting.server.socket.reload_certificates().unwrap();
    assert_ne!(setting.client().connect(&setting).await.unwrap().certificate(), first);
}

#[tokio::test]
async fn a_reloaded_configuration_reloads_the_certificate() {
    let setting = Setting::plain_start().await;
    let first = setting.client().connect(&setting).await.unwrap().certificate();
    setting.authority.issue(2, 2090).write(&setting.folder, "esl");
    setting.server.fire(Event::new(EventKind::Reloadxml));
    let replaced = async {
        while setting.client().connect(&setting).await.unwrap().certificate() == first {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), replaced).await.unwrap();
}

/// Reads to the end, however it comes.
async fn drained(stream: &mut TcpStream) -> Vec<u8> {
    let mut all = Vec::new();
    let _ = stream.read_to_end(&mut all).await;
    all
}

#[tokio::test]
async fn plain_text_on_the_tls_port_ends_that_connection_only() {
    let setting = Setting::plain_start().await;
    let mut stream = setting.tcp().await;
    stream.write_all(b"auth secret\n\n").await.unwrap();
    assert!(drained(&mut stream).await.is_empty());
    let mut stream = setting.tcp().await;
    // It begins like a handshake; the answer is an alert.
    stream.write_all(&[22, 3, 1, 0, 4, 1, 0, 0, 0]).await.unwrap();
    assert_eq!(drained(&mut stream).await.first(), Some(&21));
    setting.client().connect(&setting).await.unwrap().login().await;
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_says_nothing_is_dropped_after_10_s() {
    let setting = Setting::plain_start().await;
    for said in [&[][..], &[22, 3, 1, 2, 0]] {
        let begun = tokio::time::Instant::now();
        let mut stream = setting.tcp().await;
        stream.write_all(said).await.unwrap();
        assert!(drained(&mut stream).await.is_empty());
        let took = begun.elapsed();
        assert!((Duration::from_secs(10)..Duration::from_secs(12)).contains(&took), "{took:?}");
    }
}

#[tokio::test]
async fn addresses_that_are_not_allowed_get_no_handshake() {
    let acl = r#"<param name="apply-inbound-acl" value="192.0.2.0/24"/>"#;
    let setting = Setting::start(2090, |_| acl.to_owned()).await;
    assert!(drained(&mut setting.tcp().await).await.is_empty());
    assert_ne!(setting.client().refused(&setting).await, "let in");
}

#[tokio::test]
async fn the_end_of_the_switch_is_the_end_of_a_handshake() {
    let setting = Setting::plain_start().await;
    let mut silent = setting.tcp().await;
    let mut client = setting.client().connect(&setting).await.unwrap().login().await;
    let Setting { server, folder: _folder, .. } = setting;
    server.socket.shutdown().await;
    assert!(drained(&mut silent).await.is_empty());
    assert_eq!(client.packet().await.unwrap().unwrap().content_type, "text/disconnect-notice");
    assert!(client.packet().await.unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn openssl_s_client_talks_to_it() {
    let setting = Setting::plain_start().await;
    let ca = setting.folder.write("ca.pem", &setting.authority.pem());
    let mut command = Command::new("openssl");
    let address = setting.server.socket.tls_addr().unwrap().to_string();
    command.args(["s_client", "-quiet", "-verify_return_error", "-verify_ip", "127.0.0.1", "-connect", &address]);
    command.arg("-CAfile").arg(ca);
    let said = tokio::task::spawn_blocking(move || converse(command)).await.unwrap();
    let mut decoder = Decoder::default();
    decoder.feed(&said);
    let mut packet = || decoder.next().unwrap().unwrap();
    assert_eq!(packet().content_type, "auth/request");
    assert_eq!(packet().reply_text(), Some("+OK accepted"));
    assert_eq!(packet().text(), "hello");
    assert_eq!(packet().text().len(), 3 << 20);
    assert_eq!(packet().reply_text(), Some("+OK bye"));
}

/// What a program prints that is told what a client says.
fn converse(mut command: Command) -> Vec<u8> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut program = command.spawn().expect("openssl is missing: `cargo xtask test` installs what the tests need");
    let commands = [client::auth("secret"), client::api("echo hello"), client::api("long"), client::command("exit")];
    let mut input = program.stdin.take().unwrap();
    input.write_all(&commands.concat()).unwrap();
    let mut said = Vec::new();
    program.stdout.take().unwrap().read_to_end(&mut said).unwrap();
    drop(input);
    program.wait().unwrap();
    said
}
