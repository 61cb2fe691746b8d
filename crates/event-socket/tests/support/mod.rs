//! A switch with an event socket, and a client of it.
#![allow(dead_code, reason = "each test file uses a part")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

use std::sync::Arc;

use async_trait::async_trait;
use strowger_core::Switch;
use strowger_core::bus::Origin;
use strowger_core::registry::{About, ApiCall, ApiCommand};
use strowger_esl::client::{self, Decoder, ServerPacket};
use strowger_event::Event;
use strowger_event_socket::EventSocket;
use strowger_test_support::PATIENCE;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

/// Answers with its arguments; `slow` waits until it is told to go on.
struct Say(Arc<Notify>, &'static str);

#[async_trait]
impl ApiCommand for Say {
    fn about(&self) -> About {
        About { name: self.1, syntax: "<text>", help: "test", module: "test" }
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        if self.1 == "slow" {
            self.0.notified().await;
        }
        call.arguments.to_owned()
    }
}

pub struct Server {
    pub switch: Arc<Switch>,
    pub socket: EventSocket,
    pub go_on: Arc<Notify>,
}

impl Server {
    pub async fn start() -> Self {
        Self::start_with("").await
    }

    /// With further `<param …/>`s in event_socket.conf.
    pub async fn start_with(params: &str) -> Self {
        let xml = r#"<document type="freeswitch/xml">
          <section name="configuration"><configuration name="event_socket.conf"><settings>
            <param name="listen-ip" value="127.0.0.1"/><param name="listen-port" value="0"/>
            <param name="password" value="secret"/>PARAMS</settings></configuration></section>
          <section name="directory"><domain name="example.com"><user id="op"><params>
            <param name="esl-password" value="pw"/><param name="esl-allowed-api" value="echo"/>
            <param name="esl-allowed-events" value="NOTIFY"/><param name="esl-allowed-log" value="false"/>
          </params></user>
          <params><param name="esl-password" value="domain"/><param name="esl-allowed-api" value="nothing"/></params>
          <groups><group name="agents">
            <params><param name="esl-allowed-api" value="echo uuid_say bgapi expand"/></params>
            <users>
              <user id="tenant"><params><param name="esl-password" value="pw"/>
                <param name="esl-allowed-channels" value="variable_accountcode=acme"/></params></user>
              <user id="sender"><params><param name="esl-allowed-commands" value="sendevent,events"/></params></user>
            </users></group></groups>
          </domain></section></document>"#;
        let switch = strowger_test_support::switch(&xml.replace("PARAMS", params));
        let go_on = Arc::new(Notify::new());
        switch.registries().command(Say(Arc::clone(&go_on), "echo"));
        switch.registries().command(Say(Arc::clone(&go_on), "slow"));
        let socket = EventSocket::bind(&switch).await.unwrap();
        Self { switch, socket, go_on }
    }

    pub async fn open(&self) -> Client {
        let stream = TcpStream::connect(self.socket.local_addr()).await.unwrap();
        let mut client = Client { stream, decoder: Decoder::default() };
        assert_eq!(client.packet().await.unwrap().content_type, "auth/request");
        client
    }

    pub async fn login(&self) -> Client {
        let mut client = self.open().await;
        assert_eq!(client.reply("auth secret").await, "+OK accepted");
        client
    }

    pub fn fire(&self, event: Event) {
        self.switch.bus().publish(event, Origin::new("test.c", "test", 1));
    }
}

pub struct Client {
    pub stream: TcpStream,
    pub decoder: Decoder,
}

impl Client {
    /// The connection that the switch makes next: this is the program at its end, and nothing was said yet.
    pub async fn accept(listener: &TcpListener) -> Self {
        Self { stream: listener.accept().await.unwrap().0, decoder: Decoder::default() }
    }

    pub async fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.unwrap();
    }

    pub async fn packet(&mut self) -> Option<ServerPacket> {
        let mut chunk = [0; 4096];
        loop {
            if let Some(packet) = self.decoder.next().unwrap() {
                return Some(packet);
            }
            // Nothing waits so long, unless it would for ever.
            let read = tokio::time::timeout(PATIENCE, self.stream.read(&mut chunk)).await;
            match read.expect("something to be sent").unwrap() {
                0 => return None,
                count => self.decoder.feed(&chunk[..count]),
            }
        }
    }

    pub async fn reply(&mut self, line: &str) -> String {
        self.send(&client::command(line)).await;
        self.packet().await.unwrap().reply_text().unwrap().to_owned()
    }

    pub async fn api(&mut self, line: &str) -> String {
        self.send(&client::command(&format!("api {line}"))).await;
        self.packet().await.unwrap().text().to_owned()
    }

    /// Waits until so many listeners are connected, for 20 s at the most.
    pub async fn until_listeners(&mut self, count: usize) {
        let beginning = std::time::Instant::now();
        let expected = format!("\"connected\":{count},");
        while !self.api("event_socket status json").await.contains(&expected) {
            assert!(beginning.elapsed() < std::time::Duration::from_secs(20), "listeners are left over");
            tokio::task::yield_now().await;
        }
    }
}
