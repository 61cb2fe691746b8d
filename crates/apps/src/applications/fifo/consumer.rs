//! Those who serve a queue.

use std::sync::Arc;
use std::time::Duration;

use strowger_config::is_true;
use strowger_core::channel::{ChannelState, Direction, HangupCause, now_micros};
use strowger_core::session::{Action, Execute, Interrupted, Next, Session, SessionHandle};
use strowger_event::Event;
use tokio::sync::oneshot;

use super::{Order, now, set_status, slot};
use crate::applications::announce::announce;
use crate::applications::waiting::wait_with_music;
use crate::fifo::{Entry, Fifos, Post, SLOTS, Service, Strategy, Talk, Who, Wish, events};
use crate::words::leading_integer;

/// How long a consumer rests after a call unless `fifo_consumer_wrapup_time` says otherwise, and at the most.
const WRAPUP: Duration = Duration::from_secs(5);
const LONGEST_WRAPUP_MS: i64 = 24 * 3_600_000;

/// Ends the talk unless `fifo_consumer_exit_key` says otherwise.
const EXIT_KEY: char = '*';

/// A caller that was taken out of the queue.
struct Caller {
    handle: SessionHandle,
    name: String,
    number: String,
    /// When it was last joined with somebody, in microseconds.
    bridged: u64,
    /// What is known of it.
    about: Event,
}

pub(super) async fn serve(fifos: &Arc<Fifos>, session: &mut Session, order: &Order) -> Result<(), Interrupted> {
    // Whoever serves a queue is counted by that.
    session.disown(super::track::TRACKED);
    let strategy = match session.channel.variable("fifo_strategy") {
        None => Strategy::WaitingLonger,
        Some(word) if word.eq_ignore_ascii_case("more_ppl") => Strategy::MorePeople,
        Some(word) if word.eq_ignore_ascii_case("waiting_longer") => Strategy::WaitingLonger,
        Some(_) => {
            tracing::error!(uuid = %session.channel.uuid, "Invalid strategy");
            return Ok(());
        }
    };
    let switch = Arc::clone(session.switch());
    let post = order.waits.then(|| fifos.wait_at(&switch, &order.names, session.handle()));
    if order.waits {
        session.answer()?;
    }
    events::fire(session, &order.written, "consumer_start", &[]);
    set_status(session, "WAITING");
    let outcome = Consumer { fifos, order, strategy, post: post.as_ref() }.serve_each(session).await;
    events::fire(session, &order.written, "consumer_stop", &[]);
    outcome
}

struct Consumer<'a> {
    fifos: &'a Arc<Fifos>,
    order: &'a Order,
    strategy: Strategy,
    /// Where it waits, if it does.
    post: Option<&'a Post>,
}

impl Consumer<'_> {
    async fn serve_each(&self, session: &mut Session) -> Result<(), Interrupted> {
        loop {
            session.check()?;
            let wish = wish(session);
            if self.comes_too_late(session, &wish) {
                return Ok(());
            }
            let switch = Arc::clone(session.switch());
            let taken = self.fifos.take(&switch, &self.order.names, self.strategy, &wish);
            let (Some((fifo, entry)), post) = (taken, self.post) else {
                let Some(post) = self.post else { return Ok(()) };
                self.wait(session, post).await?;
                continue;
            };
            if let Some(post) = post {
                post.set_idle(false);
            }
            let outcome = self.attend_to(session, &fifo, entry).await;
            let Some(post) = post else { return outcome };
            outcome?;
            self.wrap_up(session).await?;
            post.set_idle(true);
            events::fire(session, &self.order.written, "consumer_reentrance", &[]);
        }
    }

    /// Whether it was called for a caller that somebody else has already.
    fn comes_too_late(&self, session: &Session, wish: &Wish) -> bool {
        let is_required = session.channel.variable("fifo_bridge_uuid_required").is_some_and(is_true);
        let Some(uuid) = wish.caller.as_deref().filter(|_| is_required) else { return false };
        let is_late = !self.fifos.has(session.switch(), &self.order.names, uuid);
        if is_late {
            tracing::warn!(uuid = %session.channel.uuid, "{} Call has already been answered", session.channel.name);
        }
        is_late
    }

    async fn wait(&self, session: &mut Session, post: &Post) -> Result<(), Interrupted> {
        let wake = Arc::clone(&post.wake);
        let until = async move { wake.notified().await };
        let music = self.order.music.as_deref();
        let waited = wait_with_music(session, music, until, |session| {
            session.discard_digits();
            false
        });
        waited.await.map(|_| ())
    }

    /// Serves one: calls it, if it is only a number.
    async fn attend_to(&self, session: &mut Session, fifo: &str, entry: Entry) -> Result<(), Interrupted> {
        let (caller, serve) = match entry.who {
            Who::Url(url) => match self.call(session, &url).await? {
                Some(handle) => (look(session, handle, (String::new(), String::new())).await?, None),
                None => return Ok(()),
            },
            Who::Caller { handle, serve, name, number } => (look(session, handle, (name, number)).await?, Some(serve)),
        };
        let Some(caller) = caller else { return Ok(()) };
        let name = &self.order.written;
        if serve.is_some() {
            events::publish(session.switch(), Some(caller.about.clone()), name, "caller_pop", &[]);
        }
        events::fire(session, name, "consumer_pop", &[("FIFO-Caller-UUID", caller.handle.uuid())]);
        let own = caller.about.get("variable_fifo_override_announce").map(str::to_owned);
        if let Some(file) = own.or_else(|| self.order.announce.clone()) {
            // Interrupted here it is the caller that is told, by what is dropped.
            announce(session, &file).await?;
        }
        if let Some(serve) = serve
            && !self.fetch(session, &caller, serve).await?
        {
            return Ok(());
        }
        let outcome = self.talk(session, fifo, &caller).await;
        if outcome.is_err() {
            give_back(session, &caller).await;
        }
        outcome
    }

    /// Calls a number of the queue.
    async fn call(&self, session: &mut Session, url: &str) -> Result<Option<SessionHandle>, Interrupted> {
        if let Some(file) = session.channel.variable("fifo_outbound_announce").map(str::to_owned) {
            announce(session, &file).await?;
        }
        let called = session.call(url).await?;
        let result = match &called {
            Ok(_) => "success".to_owned(),
            Err(cause) => {
                tracing::warn!(uuid = %session.channel.uuid, "Originate to [{url}] failed, cause: {cause}");
                format!("failure:{cause}")
            }
        };
        let more = [("FIFO-Result", result.as_str()), ("Outbound-URL", url)];
        events::fire(session, &self.order.written, "caller_outbound", &more);
        Ok(called.ok())
    }

    /// Has the caller come; false when it is over.
    async fn fetch(
        &self,
        session: &mut Session,
        caller: &Caller,
        serve: oneshot::Sender<Service>,
    ) -> Result<bool, Interrupted> {
        let (ready, is_ready) = oneshot::channel();
        let own = session.channel.uuid.clone();
        let id = session.channel.variable("fifo_consumer_id").map_or_else(|| own.clone(), str::to_owned);
        if serve.send(Service { uuid: own, id, ready }).is_err() {
            return Ok(false);
        }
        let coming = session.attend(is_ready).await;
        if coming.is_err() {
            give_back(session, caller).await;
        }
        coming.map(|coming| coming.is_ok())
    }

    async fn talk(&self, session: &mut Session, fifo: &str, caller: &Caller) -> Result<(), Interrupted> {
        session.answer()?;
        let (other, switch) = (&caller.handle, Arc::clone(session.switch()));
        let begun = chrono::Utc::now().timestamp();
        let outbound = session.channel.variables.get("fifo_outbound_uuid").map(str::to_owned);
        begin(session, other, "consumer", begun);
        let me = session.channel.uuid.clone();
        let record = session.channel.variable("fifo_record_template").map(str::to_owned);
        let prepared = other.ask(move |caller| {
            begin_as(caller, &me, "caller", begun);
            if let Some(path) = record {
                caller
                    .broadcast(vec![Execute::once(Action { application: "record_session".into(), data: path })], false);
            }
            events::known(&caller.channel)
        });
        let about = session.attend(prepared).await?;
        let talk = Talk {
            caller: other.uuid().to_owned(),
            caller_name: caller.name.clone(),
            caller_number: caller.number.clone(),
            consumer: session.channel.uuid.clone(),
            outbound: outbound.clone().unwrap_or_default(),
            since: begun,
        };
        let talking = self.fifos.begin_talk(&switch, fifo, talk, outbound.as_deref());
        self.tell_start(session, outbound.as_deref(), about.ok());
        let key = session.channel.variable("fifo_consumer_exit_key").and_then(|key| key.chars().next());
        let outcome = session.bridge_with_exit_key(other, key.unwrap_or(EXIT_KEY)).await;
        drop(talking);
        self.tell_stop(session, outbound.as_deref(), caller).await;
        let ended = chrono::Utc::now().timestamp();
        end(session, (begun, ended), "WAITING");
        // One that is over has no variables to be read any more.
        let _ = other.tell(move |caller| end(caller, (begun, ended), "DONE"));
        outcome
    }

    fn tell_start(&self, session: &Session, outbound: Option<&str>, about: Option<Event>) {
        let name = &self.order.written;
        let member = self.member(session, outbound);
        let member: Vec<(&str, &str)> = member.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let (cid_name, cid_number) = party(session);
        let start = [
            ("FIFO-Type", "onhook"),
            ("FIFO-Caller-CID-Name", cid_name.as_str()),
            ("FIFO-Caller-CID-Number", cid_number.as_str()),
        ];
        events::fire(session, name, "channel-consumer-start", &[&start[..], &member].concat());
        events::fire(session, name, "bridge-consumer-start", &member);
        events::publish(session.switch(), about, name, "bridge-caller-start", &[]);
    }

    async fn tell_stop(&self, session: &mut Session, outbound: Option<&str>, caller: &Caller) {
        let name = &self.order.written;
        let member = self.member(session, outbound);
        let member: Vec<(&str, &str)> = member.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let times = &session.channel.times;
        let talked = now_micros().saturating_sub(times.bridged).saturating_sub(times.hold_accum);
        let told = [
            events::times("FIFO-Consumer-Bridge-Time", times.bridged),
            events::times("FIFO-Consumer-Talk-Time", talked),
            events::times("FIFO-Consumer-Hold-Time", times.hold_accum),
        ]
        .concat();
        let told: Vec<(&str, &str)> = told.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let stop = [&[("FIFO-Type", "onhook")], member.as_slice(), &told].concat();
        events::fire(session, name, "channel-consumer-stop", &stop);
        events::fire(session, name, "bridge-consumer-stop", &member);
        let asked = caller.handle.ask(|caller| (events::known(&caller.channel), caller.channel.times.hold_accum)).await;
        let (about, held) = asked.unwrap_or_else(|_| (caller.about.clone(), 0));
        let told =
            [events::times("FIFO-Caller-Talk-Time", talked), events::times("FIFO-Caller-Hold-Time", held)].concat();
        let told: Vec<(&str, &str)> = told.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        events::publish(session.switch(), Some(about), name, "bridge-caller-stop", &told);
    }

    fn member(&self, session: &Session, outbound: Option<&str>) -> Vec<(&'static str, String)> {
        let Some(outbound) = outbound else { return Vec::new() };
        let count = self.fifos.use_count(session.switch(), outbound).to_string();
        vec![("FIFO-Consumer-Outbound-ID", outbound.to_owned()), ("FIFO-Consumer-Use-Count", count)]
    }

    /// Rests after a call: `fifo_consumer_wrapup_sound`, `…_key`, `…_time`.
    async fn wrap_up(&self, session: &mut Session) -> Result<(), Interrupted> {
        session.check()?;
        let variable = |name: &str| session.channel.variable(name).map(str::to_owned);
        let (sound, key) = (variable("fifo_consumer_wrapup_sound"), variable("fifo_consumer_wrapup_key"));
        let time = variable("fifo_consumer_wrapup_time").map_or(WRAPUP, |time| {
            Duration::from_millis(u64::try_from(leading_integer(&time).clamp(0, LONGEST_WRAPUP_MS)).unwrap_or(0))
        });
        let key = key.and_then(|key| key.chars().next());
        if time.is_zero() && key.is_none() && sound.is_none() {
            return Ok(());
        }
        session.channel.variables.set("fifo_status", "WRAPUP");
        events::fire(session, &self.order.written, "consumer_wrapup", &[]);
        if let Some(sound) = sound {
            announce(session, &sound).await?;
        }
        if !time.is_zero() {
            let is_key = |session: &mut Session| {
                std::iter::from_fn(|| session.take_digit()).any(|dtmf| key.is_some_and(|key| key == dtmf.digit))
            };
            session.attend_until(tokio::time::sleep(time), is_key).await?;
        }
        session.channel.variables.set("fifo_status", "WAITING");
        Ok(())
    }
}

/// Which caller the variables ask for.
fn wish(session: &Session) -> Wish {
    let variable = |name: &str| session.channel.variable(name).filter(|value| !value.is_empty()).map(str::to_owned);
    let mut order: Vec<usize> = Vec::new();
    if let Some(asked) = variable("fifo_pop_order") {
        order.extend(asked.split(',').take(SLOTS).map(slot));
    }
    let rest: Vec<usize> = (0..SLOTS).filter(|slot| !order.contains(slot)).collect();
    order.extend(rest);
    Wish { caller: variable("fifo_bridge_uuid"), skill: variable("fifo_target_skill"), order }
}

/// What is known of a caller; `None` when it is over.
async fn look(
    session: &mut Session,
    handle: SessionHandle,
    (name, number): (String, String),
) -> Result<Option<Caller>, Interrupted> {
    let asked = handle.ask(|caller| {
        (!caller.channel.is_down()).then(|| (events::known(&caller.channel), caller.channel.times.bridged))
    });
    let known = session.attend(asked).await?.ok().flatten();
    Ok(known.map(|(about, bridged)| Caller { handle, name, number, bridged, about }))
}

/// The name and number of the other party, as events tell it.
fn party(session: &Session) -> (String, String) {
    let variable = |name: &str| session.channel.variable(name).map(str::to_owned);
    if session.channel.direction == Direction::Inbound {
        let dialled = variable("destination_number");
        let name = variable("callee_id_name").or(dialled).unwrap_or_default();
        let number = variable("callee_id_number").unwrap_or_else(|| name.clone());
        (name, number)
    } else {
        (variable("caller_id_name").unwrap_or_default(), variable("caller_id_number").unwrap_or_default())
    }
}

fn begin(session: &mut Session, other: &SessionHandle, role: &str, begun: i64) {
    let uuid = other.uuid().to_owned();
    begin_as(session, &uuid, role, begun);
}

fn begin_as(session: &mut Session, other: &str, role: &str, begun: i64) {
    let variables = &mut session.channel.variables;
    variables.set("fifo_status", "TALKING");
    variables.set("fifo_target", other);
    variables.set("fifo_timestamp", &now());
    variables.set("fifo_epoch_start_bridge", &begun.to_string());
    variables.set("fifo_role", role);
    variables.set("fifo_initiated_bridge", "true");
    variables.set("fifo_bridge_role", role);
}

fn end(session: &mut Session, (begun, ended): (i64, i64), status: &str) {
    set_status(session, status);
    session.channel.variables.set("fifo_epoch_stop_bridge", &ended.to_string());
    session.channel.variables.set("fifo_bridge_seconds", &ended.saturating_sub(begun).to_string());
}

/// A caller that was fetched and is not served after all stands in line again, in front of the others.
async fn give_back(session: &mut Session, caller: &Caller) {
    let (bridged, was) = (caller.bridged, session.channel.name.clone());
    let back = move |caller: &mut Session| {
        let waits = caller.channel.state == ChannelState::Hibernate && caller.channel.times.bridged == bridged;
        if !waits || caller.channel.is_down() {
            return;
        }
        tracing::warn!(
            uuid = %caller.channel.uuid,
            "Customer {} appears to be abandoned by agent {was} but is still on the line, redirecting them back to the queue with VIP status.",
            caller.channel.name
        );
        caller.channel.variables.set("fifo_vip", "true");
        let (application, data) = caller.channel.last_application.clone().unwrap_or_default();
        if application == "fifo" {
            caller.go(Next::Execute(vec![Action { application, data }]));
        } else {
            caller.hangup(HangupCause::NormalClearing);
        }
    };
    // One that is over waits no more.
    let _ = caller.handle.post(back).await;
}
