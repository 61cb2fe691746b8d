//! The commands about a call: `sendmsg`, `myevents`, and those of a connection that controls one.

use std::sync::Arc;

use strowger_core::bus::Origin;
use strowger_core::session::SessionHandle;
use strowger_esl::{Command, Control, Packet, reply};
use strowger_event::Format;

use crate::connection::Connection;
use crate::controlled::Controlled;
use crate::perform::DENIED;
use crate::sendmsg::Message;

const CONNECT: Origin = Origin::new("mod_event_socket.c", "parse_command", 2042);

impl Connection {
    /// `sendmsg`: hands the message to the named call, or to the one this connection controls.
    pub(crate) fn sendmsg(&mut self, uuid: Option<String>, packet: &Packet) {
        let own = self.controlled.as_ref();
        let named = match &uuid {
            Some(uuid) => self.switch.sessions().get(uuid),
            None => own.map(|controlled| controlled.call.clone()),
        };
        let Some(call) = named else {
            return self.command_reply(&format!("-ERR invalid session id [{}]", uuid.unwrap_or_default()));
        };
        let message = Message::read(packet);
        let is_own = own.is_some_and(|controlled| controlled.synchronous && controlled.call.uuid() == call.uuid());
        let until_done = is_own && !message.is_async;
        let (scope, switch) = (self.scope(), Arc::clone(&self.switch));
        // A user whose calls are limited may not reach another's by way of its own (`intercept UUID`).
        let names = if scope.is_everything() { String::new() } else { text(packet) };
        self.answer(async move {
            if !scope.covers(&call).await || !scope.covers_all_in(&switch, &names).await {
                return command_reply(DENIED);
            }
            let outcome = message.deliver(&call, until_done).await;
            command_reply(outcome.err().unwrap_or("+OK"))
        });
    }

    /// `myevents`: only the call's events from now on, and the connection ends with it.
    ///
    /// An inbound connection hears them plain whatever form it named, as the recorded FreeSWITCH has it.
    pub(crate) fn my_events(&mut self, uuid: Option<&str>, format: Option<Format>) {
        let inbound = self.controlled.is_none();
        // Whoever controls a call cannot choose another: a program without `full` would be free of its limits by it.
        if let Some(uuid) = uuid.filter(|_| inbound) {
            let Some(call) = self.switch.sessions().get(uuid) else {
                return self.command_reply("-ERR invalid uuid");
            };
            let scope = self.scope();
            let covered = async move { scope.covers(&call).await.then_some(call) };
            return self.when(covered, move |connection, call| match call {
                Some(call) => connection.follow(call),
                None => connection.command_reply(DENIED),
            });
        }
        let Some(controlled) = &mut self.controlled else { return self.command_reply("-ERR invalid uuid") };
        controlled.my_events = true;
        let action = self.listener.my_events(format.filter(|_| !inbound));
        self.act_on(action);
    }

    /// Makes `call` the one that this connection is about.
    fn follow(&mut self, call: SessionHandle) {
        let mut controlled = Controlled::new(call, String::new(), false);
        controlled.my_events = true;
        self.control(controlled);
        self.listener.control(Control::Full);
        let action = self.listener.my_events(None);
        self.act_on(action);
    }

    /// A command that only a connection which controls a call has.
    pub(crate) fn about_the_call(&mut self, command: &Command) {
        let Some(controlled) = &mut self.controlled else { return self.command_reply("-ERR command not found") };
        match command {
            Command::Connect => {
                let (call, synchronous) = (controlled.call.clone(), controlled.synchronous);
                self.answer(connect(call, synchronous, self.listener.is_single_channel()));
            }
            Command::GetVar { name } => {
                let (call, name) = (controlled.call.clone(), name.clone().unwrap_or_default());
                self.answer(async move {
                    let found = call.ask(move |session| session.channel.variable(&name).map(str::to_owned)).await;
                    command_reply(found.ok().flatten().as_deref().unwrap_or("-ERR command not found"))
                });
            }
            Command::Linger { seconds } => {
                controlled.linger = Some(*seconds);
                match seconds {
                    Some(seconds) => self.command_reply(&format!("+OK will linger {seconds} seconds")),
                    None => self.command_reply("+OK will linger"),
                }
            }
            Command::NoLinger => {
                controlled.linger = None;
                self.command_reply("+OK will not linger");
            }
            Command::DivertEvents { on } => {
                let on = *on == Some(true);
                let call = controlled.call.clone();
                let inlet = self.subscriptions.divert(on);
                self.answer(async move {
                    // A call that is gone has no input left.
                    let _ = call.ask(move |session| session.divert(inlet)).await;
                    command_reply(if on { "+OK events diverted" } else { "+OK events not diverted" })
                });
            }
            Command::Resume => {
                controlled.resume = true;
                self.command_reply("+OK");
            }
            _ => self.command_reply("-ERR command not found"),
        }
    }
}

/// The answer to `connect`: the call's CHANNEL_DATA as a header block.
async fn connect(call: SessionHandle, synchronous: bool, single_channel: bool) -> Vec<u8> {
    let asked = call.ask(|session| {
        let event = session.channel.data_event();
        session.switch().bus().stamp(event, CONNECT)
    });
    let Ok(event) = asked.await else { return command_reply("-ERR command not found") };
    let event = event
        .header("Content-Type", "command/reply")
        .header("Reply-Text", "+OK\n")
        .header("Socket-Mode", if synchronous { "static" } else { "async" })
        .header("Control", if single_channel { "single-channel" } else { "full" });
    let mut block = String::with_capacity(8192);
    // As events are written, whose names cannot pose as other headers: a variable may be called anything.
    Format::Plain.write(&event, &mut block);
    block.into_bytes()
}

/// All that a message says.
fn text(packet: &Packet) -> String {
    let values = packet.headers.iter().map(|(_, value)| value).chain(packet.body.as_deref());
    values.collect::<Vec<_>>().join("\n")
}

fn command_reply(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    reply::command(text, &[], &mut out);
    out
}
