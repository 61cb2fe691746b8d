//! A switch of our own whose events are fired from within, by Rust: no client's commands are read meanwhile, so what its
//! listeners get is what events out cost.

use std::collections::VecDeque;
use std::fmt::Write;
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use strowger_bench::load::FIRE;
use strowger_config::{Config, ConfigError, DirSource, LoadOptions, load};
use strowger_core::bus::{Identity, Origin};
use strowger_core::log::LogBus;
use strowger_core::media::{MediaEngine, MediaError, MediaOptions};
use strowger_core::registry::{About, ApiCall, ApiCommand};
use strowger_core::{ConfigLoader, QueueLimits, Switch};
use strowger_event::{Event, EventKind};
use strowger_event_socket::{BindError, EventSocket};
use tokio::runtime::Builder;

/// Events fired without a pause: as many as one write to a socket takes.
const CHUNK: usize = 64;
/// Chunks that the slowest listener may be behind: far less than its queue holds, and little enough that what is fired is
/// still in the processor's cache when it is written.
const CHUNKS: usize = 2;
/// How long is waited before it is looked at again whether a chunk is gone.
const PAUSE: Duration = Duration::from_millis(1);

const SUBCLASS: &str = "bench::load";
const ORIGIN: Origin = Origin::new("mod_bench.c", "fire", 1);

/// Why it does not serve.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The benches' configuration is broken.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The media threads could not be started.
    #[error(transparent)]
    Media(#[from] MediaError),
    /// The event socket's address cannot be had.
    #[error(transparent)]
    Bind(#[from] BindError),
    /// The system gives no threads.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

/// Serves an event socket, says where as the switch itself does, and has the API command `fire COUNT`. Ends when it is
/// killed.
///
/// # Errors
/// [`ServeError`] when it cannot start.
pub fn serve() -> Result<(), ServeError> {
    Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let media = MediaEngine::start(MediaOptions { threads: 1, rtp_ports: 0..=0 })?;
        let loader: ConfigLoader = Box::new(configuration);
        let switch = Switch::new(identity(), loader()?, loader, Arc::new(LogBus::default()), media);
        switch.registries().command(Fire);
        let event_socket = EventSocket::bind(&switch).await?;
        println!("ready esl={} sip=", event_socket.local_addr());
        pending().await
    })
}

fn configuration() -> Result<Config, ConfigError> {
    load(&DirSource::new(concat!(env!("CARGO_MANIFEST_DIR"), "/conf")), &LoadOptions::default())
}

/// As long as a switch's own values are.
fn identity() -> Identity {
    Identity {
        core_uuid: "5c5b3a2e-0000-4222-8333-444455556666".to_owned(),
        hostname: "bench.example.org".to_owned(),
        switchname: "bench.example.org".to_owned(),
        ipv4: "192.168.100.200".to_owned(),
        ipv6: "2001:db8::1234:5678".to_owned(),
    }
}

/// `fire COUNT`.
struct Fire;

#[async_trait]
impl ApiCommand for Fire {
    fn about(&self) -> About {
        About { name: FIRE, syntax: "<count>", help: "Fires so many events.", module: "mod_bench" }
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        let Ok(count) = call.arguments.parse() else { return ApiCall::usage(self.about()) };
        // A task of its own, as what fires events in a switch is.
        match tokio::spawn(fire(Arc::clone(call.switch), count)).await {
            Ok(()) => "+OK\n".to_owned(),
            Err(error) => format!("-ERR {error}\n"),
        }
    }
}

/// Fires `count` events as fast as the listeners take them: nobody loses one.
async fn fire(switch: Arc<Switch>, count: usize) {
    let witness = switch.bus().subscribe(QueueLimits::default());
    witness.update(|interest| {
        interest.kinds.insert(EventKind::Custom);
        interest.subclasses.insert(SUBCLASS.to_owned());
    });
    let (mut fired, mut ends) = (Vec::new(), VecDeque::new());
    for number in 1..=count {
        switch.bus().publish(event(number), ORIGIN);
        if !number.is_multiple_of(CHUNK) {
            continue;
        }
        witness.take_now(&mut fired);
        ends.extend(fired.drain(..).next_back().map(|event| Arc::downgrade(&event)));
        tokio::task::yield_now().await;
        if ends.len() > CHUNKS {
            // An event that is gone has been taken by everybody.
            while ends.front().is_some_and(|event| event.strong_count() > 0) {
                tokio::time::sleep(PAUSE).await;
            }
            ends.pop_front();
        }
    }
}

/// An event of 35 headers once it is published, some 2.2 KiB on the wire: the one that `fanout` sends.
fn event(number: usize) -> Event {
    let mut event = Event::custom(SUBCLASS).header("Number", &number.to_string());
    let mut name = String::new();
    for i in 0..20 {
        name.clear();
        // Writing into a String cannot fail.
        let _ = write!(name, "variable_number_{i}");
        event = event.header(&name, &format!("value {i} of some length, as channel variables have"));
    }
    event
}
