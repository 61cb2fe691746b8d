//! Whole calls on the null endpoint, as FreeSWITCH lets them live, and what the commands answer about them.

mod answers;
mod bindings;
mod bridge;
mod calling;
mod calls;
mod consult;
mod digits;
mod directory;
mod fifo;
mod fsctl;
mod hold;
mod intercept;
mod limits;
mod listening;
mod parking;
mod playback;
mod programs;
mod record;
mod routing;
mod sched;
mod words;

use std::sync::Arc;

use strowger_core::Switch;
use strowger_event::{Event, EventKind};
use strowger_test_support::Ear;

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
<section name="directory"><domain name="d.example">
  <variables><variable name="colour" value="red"/></variables>
  <groups><group name="sales"><users><user id="1000" mailbox="77">
    <params><param name="password" value="secret"/></params>
    <variables><variable name="user_context" value="office"/></variables>
  </user></users></group></groups>
</domain></section>
</document>"#;

/// A switch with the null endpoint and this crate's applications and commands.
fn test_switch() -> Arc<Switch> {
    let switch = strowger_test_support::switch(CONFIGURATION);
    crate::register(switch.registries());
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
