//! Whole calls on the null endpoint, as FreeSWITCH lets them live, and what the commands answer about them.

mod answers;
mod calls;
mod digits;
mod playback;

use std::sync::Arc;
use std::time::Duration;

use strowger_config::{Config, LoadOptions, MemorySource, load};
use strowger_core::bus::{Identity, Published, Subscription};
use strowger_core::log::LogBus;
use strowger_core::media::{MediaEngine, MediaOptions};
use strowger_core::null::NullEndpoint;
use strowger_core::{QueueLimits, Switch};
use strowger_event::{Event, EventKind, KindSet};

/// No test waits longer for anything.
const PATIENCE: Duration = Duration::from_secs(10);

/// A dialplan, and limits that no test reaches.
const CONFIGURATION: &str = r#"<document type="freeswitch/xml">
<section name="configuration">
  <configuration name="switch.conf"><settings>
    <param name="max-sessions" value="500"/><param name="sessions-per-second" value="500"/>
  </settings></configuration>
</section>
<section name="dialplan"><context name="default">
  <extension name="inline"><condition field="destination_number" expression="^203(\d)$">
    <action application="set" data="inline_digit=$1" inline="true"/>
    <action application="set" data="inline_seen=${inline_digit}"/>
    <action application="park"/>
  </condition></extension>
  <extension name="end"><condition field="destination_number" expression="^end$">
    <action application="hangup" data="USER_BUSY"/>
  </condition></extension>
</context></section>
</document>"#;

fn config() -> Config {
    load(&MemorySource::new([("freeswitch.xml", CONFIGURATION)]), &LoadOptions::default()).unwrap()
}

/// A switch with the null endpoint and this crate's applications and commands.
fn test_switch() -> Arc<Switch> {
    let identity = Identity {
        core_uuid: "5c5b3a2e-0000-4222-8333-444455556666".into(),
        hostname: "host".into(),
        switchname: "switch".into(),
        ipv4: "127.0.0.1".into(),
        ipv6: "::1".into(),
    };
    let media = MediaEngine::start(MediaOptions { threads: 1, rtp_ports: 0..=0 }).unwrap();
    let log = Arc::new(LogBus::default());
    let switch = Switch::new(identity, config(), Box::new(|| Ok(config())), log, media);
    crate::register(switch.registries());
    switch.registries().endpoint(Arc::new(NullEndpoint));
    switch
}

async fn api(switch: &Arc<Switch>, line: &str) -> String {
    let (name, arguments) = line.split_once(' ').unwrap_or((line, ""));
    switch.execute_api(name, arguments).await.unwrap()
}

/// Calls `null/probe` and sends it to `to`; its Unique-ID.
async fn call(switch: &Arc<Switch>, variables: &str, to: &str) -> String {
    let answer = api(switch, &format!("originate {variables}null/probe {to}")).await;
    let uuid = answer.strip_prefix("+OK ").and_then(|rest| rest.strip_suffix('\n'));
    uuid.unwrap_or_else(|| panic!("{answer}")).to_owned()
}

/// A listener to these kinds, without names to all of them.
struct Ear {
    subscription: Subscription,
    heard: std::collections::VecDeque<Arc<Published>>,
}

impl Ear {
    fn new(switch: &Switch, names: &str) -> Self {
        let subscription = switch.bus().subscribe(QueueLimits::default());
        subscription.update(|interest| {
            interest.kinds = if names.is_empty() { KindSet::all() } else { KindSet::default() };
            names.split_whitespace().for_each(|name| interest.kinds.insert(EventKind::parse(name).unwrap()));
            interest.kinds.remove(EventKind::Api);
            interest.every_subclass = true;
        });
        Self { subscription, heard: Default::default() }
    }

    async fn next(&mut self) -> Event {
        while self.heard.is_empty() {
            let mut batch = Vec::new();
            tokio::time::timeout(PATIENCE, self.subscription.next_batch(&mut batch)).await.unwrap();
            self.heard.extend(batch);
        }
        self.heard.pop_front().unwrap().event().clone()
    }

    /// The events up to and with the first of that kind.
    async fn until(&mut self, kind: EventKind) -> Vec<Event> {
        let mut events = Vec::new();
        while events.last().is_none_or(|event: &Event| event.kind != kind) {
            events.push(self.next().await);
        }
        events
    }
}

/// The names of the events, with the state a CHANNEL_STATE tells and the application of an execution.
fn story(events: &[Event]) -> Vec<String> {
    let tell = |event: &Event| match event.kind {
        EventKind::ChannelState => format!("{} {}", event.kind.name(), event.get("Channel-State").unwrap()),
        EventKind::ChannelExecute | EventKind::ChannelExecuteComplete => {
            format!("{} {}", event.kind.name(), event.get("Application").unwrap())
        }
        kind => kind.name().to_owned(),
    };
    events.iter().map(tell).collect()
}
