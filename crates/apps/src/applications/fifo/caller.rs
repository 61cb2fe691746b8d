//! Those who wait in a queue.

use std::sync::Arc;
use std::time::Duration;

use strowger_config::is_true;
use strowger_core::channel::ChannelState;
use strowger_core::session::{Interrupted, Next, Session};
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::{Order, now, set_status, slot};
use crate::applications::announce::announce;
use crate::applications::waiting::wait_with_music;
use crate::destination::Destination;
use crate::fifo::{Entry, Fifos, Place, Service, Who, events};
use crate::words::leading_integer;

/// Chimes that are looked at.
const MAX_CHIMES: usize = 24;

/// A day: no wait is longer than a year of them.
const MOST_SECONDS: i64 = 366 * 86_400;

/// What a caller hears and where it goes when nobody comes.
struct Patience {
    chimes: Vec<String>,
    every: Duration,
    orbit: Option<Orbit>,
    exit_keys: String,
}

/// Where a caller goes that has waited too long.
struct Orbit {
    extension: String,
    at: Instant,
}

/// How waiting ended.
enum Left {
    Served(Service),
    /// Whoever took it from the queue has gone.
    Abandoned,
    Key(char),
    TimeIsOver,
}

/// What is waited for.
enum Happened {
    Served(Result<Service, oneshot::error::RecvError>),
    /// The time of a chime, or of the orbit.
    Time(oneshot::Receiver<Service>),
}

pub(super) async fn stand_in(fifos: &Arc<Fifos>, session: &mut Session, order: &Order) -> Result<(), Interrupted> {
    let Some(name) = order.names.first() else { return Ok(()) };
    let patience = Patience::of(session);
    session.answer()?;
    let priority = session.channel.variable("fifo_priority").map(slot);
    let slot = priority.unwrap_or(0);
    events::fire(session, &order.written, "push", &[("FIFO-Slot", &slot.to_string())]);
    let mut first = false;
    loop {
        let Some(place) = queue(fifos, session, name, slot, first) else { return Ok(()) };
        if priority.is_none() {
            session.channel.variables.set("fifo_priority", &slot.to_string());
        }
        set_status(session, "WAITING");
        session.channel.variables.set("fifo_push_timestamp", &now());
        session.channel.variables.remove("fifo_serviced_uuid");
        match wait(session, order, &patience, place).await {
            Ok(Left::Served(service)) => return meet(session, order, service).await,
            Ok(Left::Abandoned) => {
                session.channel.variables.set("fifo_vip", "true");
                first = true;
            }
            Ok(Left::Key(key)) => {
                session.channel.variables.set("fifo_caller_exit_key", key.encode_utf8(&mut [0; 4]));
                leave(session, order, "ABORTED", "abort");
                let goes = session.channel.variable("fifo_caller_exit_to_orbit").is_some_and(is_true);
                return go_into_orbit(session, patience.orbit.filter(|_| goes)).await;
            }
            Ok(Left::TimeIsOver) => {
                leave(session, order, "TIMEOUT", "timeout");
                return go_into_orbit(session, patience.orbit).await;
            }
            Err(interrupted) => {
                leave(session, order, "ABORTED", "abort");
                return Err(interrupted);
            }
        }
    }
}

/// Stands in line.
fn queue(fifos: &Arc<Fifos>, session: &mut Session, name: &str, slot: usize, first: bool) -> Option<Place> {
    let text = |name: &str| session.channel.variable(name).unwrap_or_default().to_owned();
    let (caller_name, caller_number) = (text("caller_id_name"), text("caller_id_number"));
    let (is_vip, skill) = (first || text("fifo_vip") == "true", text("fifo_skill"));
    let (handle, switch) = (session.handle().clone(), Arc::clone(session.switch()));
    let pushed = fifos.push(&switch, name, slot, first, |number, serve| {
        Entry::caller(number, Who::Caller { handle, serve, name: caller_name, number: caller_number }, is_vip, skill)
    });
    match pushed {
        Ok(place) => {
            session.channel.variables.set("fifo_position", &place.position.to_string());
            Some(place)
        }
        Err(error) => {
            tracing::error!(uuid = %session.channel.uuid, "fifo {name}: {error}");
            None
        }
    }
}

/// Waits in line, until the place is taken or given up.
async fn wait(
    session: &mut Session,
    order: &Order,
    patience: &Patience,
    mut place: Place,
) -> Result<Left, Interrupted> {
    let (_, never) = oneshot::channel();
    let mut served = std::mem::replace(&mut place.served, never);
    let mut chimes = patience.chimes.iter().cycle();
    let mut chime_at = (!patience.chimes.is_empty()).then(|| Instant::now() + patience.every);
    loop {
        let orbit_at = patience.orbit.as_ref().map(|orbit| orbit.at);
        if orbit_at.is_some_and(|at| at <= Instant::now()) {
            return Ok(Left::TimeIsOver);
        }
        let next = [chime_at, orbit_at].into_iter().flatten().min();
        let until = async move {
            match next {
                None => Happened::Served(served.await),
                Some(next) => tokio::select! {
                    biased;
                    service = &mut served => Happened::Served(service),
                    () = tokio::time::sleep_until(next) => Happened::Time(served),
                },
            }
        };
        let mut key = None;
        let ends = |session: &mut Session| {
            key = key.or_else(|| patience.exit_key(session));
            key.is_some()
        };
        let happened = wait_with_music(session, order.music.as_deref(), until, ends).await?;
        match happened {
            None => return Ok(key.map_or(Left::TimeIsOver, Left::Key)),
            Some(Happened::Served(Ok(service))) => return Ok(Left::Served(service)),
            Some(Happened::Served(Err(_))) => return Ok(Left::Abandoned),
            Some(Happened::Time(still)) => served = still,
        }
        if chime_at.is_some_and(|at| at <= Instant::now()) {
            if let Some(chime) = chimes.next() {
                announce(session, chime).await?;
            }
            if let Some(key) = patience.exit_key(session) {
                return Ok(Left::Key(key));
            }
            chime_at = Some(Instant::now() + patience.every);
        }
    }
}

impl Patience {
    fn of(session: &Session) -> Self {
        let variable = |name: &str| session.channel.variable(name);
        let seconds = |text: &str| u64::try_from(leading_integer(text).min(MOST_SECONDS)).ok();
        let every = variable("fifo_chime_freq").and_then(seconds).filter(|every| *every > 0).unwrap_or(30);
        let orbit = variable("fifo_orbit_exten").map(|orbit| {
            let (extension, timeout) = orbit.split_once(':').unwrap_or((orbit, "60"));
            let timeout = Duration::from_secs(seconds(timeout).unwrap_or(60));
            Orbit { extension: extension.to_owned(), at: Instant::now() + timeout }
        });
        let chimes = variable("fifo_chime_list").unwrap_or_default().split(',').map(str::trim);
        Self {
            chimes: chimes.filter(|chime| !chime.is_empty()).take(MAX_CHIMES).map(str::to_owned).collect(),
            every: Duration::from_secs(every),
            orbit,
            exit_keys: variable("fifo_caller_exit_key").unwrap_or_default().to_owned(),
        }
    }

    /// Takes the digits that wait, up to one with which the caller leaves.
    fn exit_key(&self, session: &mut Session) -> Option<char> {
        std::iter::from_fn(|| session.take_digit()).map(|dtmf| dtmf.digit).find(|digit| self.exit_keys.contains(*digit))
    }
}

/// Somebody serves it: it waits for them to join it (CS_HIBERNATE).
async fn meet(session: &mut Session, order: &Order, service: Service) -> Result<(), Interrupted> {
    session.channel.variables.set("fifo_serviced_by", &service.id);
    session.channel.variables.set("fifo_serviced_uuid", &service.uuid);
    if let Some(file) = &order.announce {
        announce(session, file).await?;
    }
    session.channel.state = ChannelState::Hibernate;
    session.go(Next::Await);
    // One that has gone has given it back already: it is told to stand in line again.
    let _ = service.ready.send(());
    session.check()
}

fn leave(session: &mut Session, order: &Order, status: &str, action: &str) {
    set_status(session, status);
    events::fire(session, &order.written, action, &[]);
}

async fn go_into_orbit(session: &mut Session, orbit: Option<Orbit>) -> Result<(), Interrupted> {
    let Some(orbit) = orbit else { return session.check() };
    let variable = |name: &str| session.channel.variable(name).map(str::to_owned);
    let (dialplan, context) = (variable("fifo_orbit_dialplan"), variable("fifo_orbit_context"));
    if let Some(file) = variable("fifo_orbit_announce") {
        announce(session, &file).await?;
    }
    if orbit.extension != "_continue_" {
        Destination::new(&orbit.extension, dialplan.as_ref(), context.as_ref()).transfer(session);
    }
    session.check()
}
