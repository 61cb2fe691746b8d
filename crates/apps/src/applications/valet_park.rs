use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use strowger_core::bus::Origin;
use strowger_core::channel::HangupCause;
use strowger_core::registry::{About, Application};
use strowger_core::session::{Interrupted, Session, join};
use strowger_event::EventKind;

use super::announce::say_phrase;
use super::collect::{Outcome, Question};
use super::waiting::wait_with_music;
use crate::destination::Destination;
use crate::presence::Presence;
use crate::valet::{Arrival, Lots};
use crate::words::leading_integer;
use crate::words::words;

/// `valet_park` (mod_valet_parking).
pub(super) struct ValetPark(pub(super) Arc<Lots>);

const ORIGIN: Origin = Origin::new("mod_valet_parking.c", "valet_parking_function", 560);
const PRESENCE: Origin = Origin::new("mod_valet_parking.c", "valet_send_presence", 280);

const ABOUT: About = About {
    name: "valet_park",
    syntax: "<lotname> <extension>|[ask [<min>] [<max>] [<to>] [<prompt>]|auto in [min] [max]]",
    help: "Parks the call at an extension of a lot, or takes over the call that is parked there. `ask` asks for the extension, `auto in` takes the first that is free, `auto out` the call that has waited longest. `valet_hold_music` is heard, `#` goes on; `valet_parking_timeout` seconds, then `valet_parking_orbit_exten`.",
    module: "mod_valet_parking",
};

/// The extension asked for: 127 digits at the most.
const PROMPT: &str = "ivr/ivr-enter_ext_pound.wav";
const ASK_TIMEOUT: u64 = 10_000;

/// How long whoever parks waits before it is told the extension.
const BEFORE_ANNOUNCEMENT: Duration = Duration::from_millis(1500);

/// A place in a lot.
struct Place {
    lot: String,
    extension: String,
}

#[async_trait]
impl Application for ValetPark {
    fn about(&self) -> About {
        ABOUT
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        let words = words(data);
        match words.as_slice() {
            [lot, auto, rest @ ..] if auto.eq_ignore_ascii_case("auto") => self.auto(session, lot, rest).await,
            [lot, ask, rest @ ..] if ask.eq_ignore_ascii_case("ask") => {
                let Some(extension) = asked(session, rest).await? else {
                    session.hangup(HangupCause::DestinationOutOfOrder);
                    return session.check();
                };
                self.come_to(session, Place { lot: lot.clone(), extension }).await
            }
            [lot, extension, ..] => {
                self.come_to(session, Place { lot: lot.clone(), extension: extension.clone() }).await
            }
            _ => say_usage(session),
        }
    }
}

fn say_usage(session: &Session) -> Result<(), Interrupted> {
    tracing::error!(uuid = %session.channel.uuid, "Usage: {}", ABOUT.syntax);
    Ok(())
}

impl ValetPark {
    async fn auto(&self, session: &mut Session, lot: &str, rest: &[String]) -> Result<(), Interrupted> {
        let [way, min, max, ..] = rest else { return say_usage(session) };
        let bound = |text: &str| u32::try_from(leading_integer(text).max(0)).unwrap_or(u32::MAX);
        let (min, max) = (bound(min), bound(max));
        let own = session.channel.uuid.clone();
        if way.eq_ignore_ascii_case("in") {
            let Some((extension, token)) = self.0.first_free(lot, min, max, &own) else {
                return say_no_place(session, "full").await;
            };
            let place = Place { lot: lot.to_owned(), extension };
            let outcome = self.park_auto(session, &place, token).await;
            // A place that is kept for another leg is not this one's any more.
            outcome.inspect_err(|_| self.0.leave(&place.lot, &place.extension, token))
        } else if way.eq_ignore_ascii_case("out") {
            let Some(extension) = self.0.longest(lot, min, max) else { return say_no_place(session, "empty").await };
            self.come_to(session, Place { lot: lot.to_owned(), extension }).await
        } else {
            say_usage(session)
        }
    }

    /// Parks the leg that this call is joined with, or this one, where there was a place.
    async fn park_auto(&self, session: &mut Session, place: &Place, token: u64) -> Result<(), Interrupted> {
        let announces = session.channel.variable("valet_announce_slot").is_none_or(strowger_config::is_true);
        let bond = session.channel.variables.get("signal_bond").and_then(|uuid| session.switch().sessions().get(uuid));
        if announces {
            // The announcement may take as long as it does: the place is this call's meanwhile.
            session.sleep(BEFORE_ANNOUNCEMENT).await?;
            let what = format!("{}:{}", place.lot, place.extension);
            say_phrase(session, "valet_announce_ext", &what).await?;
        }
        let Some(other) = bond.filter(|other| other.hangup_cause().is_none()) else {
            return self.stay(session, place, token).await;
        };
        self.0.keep(&place.lot, &place.extension, token);
        let to = inline_destination(&session.channel.uuid, &music(session), place);
        let sent = session.attend(other.post(move |other| other.transfer(&to, "inline", ""))).await;
        if let Ok(Ok(())) = sent {
            session.hangup(HangupCause::NormalClearing);
            // The place is kept for the other leg, and not given up as this one's.
            return Ok(());
        }
        sent.map(|_| ())
    }

    async fn come_to(&self, session: &mut Session, place: Place) -> Result<(), Interrupted> {
        let ticket =
            session.channel.variables.get("valet_ticket").filter(|ticket| !ticket.is_empty()).map(str::to_owned);
        let own = session.channel.uuid.clone();
        match self.0.arrive(&place.lot, &place.extension, &own, ticket.as_deref()) {
            Arrival::WrongTicket => {
                tracing::error!(uuid = %own, "Invalid token {}", ticket.unwrap_or_default());
                session.hangup(HangupCause::DestinationOutOfOrder);
                session.check()
            }
            Arrival::Takes(uuid) => {
                if self.take(session, &place, &uuid).await? {
                    return session.check();
                }
                // The call has ended just now: the place is this one's.
                match self.0.arrive(&place.lot, &place.extension, &own, None) {
                    Arrival::Parked(token) => self.stay(session, &place, token).await,
                    _ => Ok(()),
                }
            }
            Arrival::Parked(token) => {
                if ticket.is_some_and(|ticket| session.channel.variables.remove("valet_ticket") && !ticket.is_empty()) {
                    tracing::debug!(uuid = %own, "Valet ticket accepted.");
                }
                self.stay(session, &place, token).await
            }
        }
    }

    /// Takes over the call that is parked there; false when it is over.
    async fn take(&self, session: &mut Session, place: &Place, uuid: &str) -> Result<bool, Interrupted> {
        let Some(parked) = session.switch().sessions().get(uuid) else { return Ok(false) };
        let me = session.handle().clone();
        let (lot, extension, taker) = (place.lot.clone(), place.extension.clone(), me.uuid().to_owned());
        let told = parked.ask(move |session| {
            if session.channel.is_down() {
                return false;
            }
            fire(session, &lot, &extension, "bridge", Some(&taker));
            true
        });
        if session.attend(told).await? != Ok(true) {
            return Ok(false);
        }
        Ok(session.attend(join(&me, &parked)).await?.is_ok())
    }

    /// Stays parked until `#`, the time is over, or somebody takes the call.
    async fn stay(&self, session: &mut Session, place: &Place, token: u64) -> Result<(), Interrupted> {
        let outcome = self.wait(session, place).await;
        self.0.leave(&place.lot, &place.extension, token);
        self.show(session, place, false);
        fire(session, &place.lot, &place.extension, "exit", None);
        if outcome? == Left::TimeIsOver {
            go_into_orbit(session);
        }
        session.check()
    }

    async fn wait(&self, session: &mut Session, place: &Place) -> Result<Left, Interrupted> {
        session.check()?;
        let music = music(session);
        let to = inline_destination(&session.channel.uuid, &music, place);
        session.channel.variables.set("inline_destination", &to);
        fire(session, &place.lot, &place.extension, "hold", None);
        self.show(session, place, true);
        let limit = session
            .channel
            .variable("valet_parking_timeout")
            .map(leading_integer)
            .and_then(|it| u64::try_from(it).ok());
        let limit = limit.filter(|seconds| *seconds > 0).map(Duration::from_secs);
        let over = async move {
            match limit {
                Some(limit) => tokio::time::sleep(limit).await,
                None => pending().await,
            }
        };
        let key = |session: &mut Session| std::iter::from_fn(|| session.take_digit()).any(|dtmf| dtmf.digit == '#');
        let is_over = wait_with_music(session, Some(&music), over, key).await?.is_some();
        Ok(if is_over { Left::TimeIsOver } else { Left::Key })
    }

    /// Tells those who watch the place and the lot.
    fn show(&self, session: &Session, place: &Place, is_parked: bool) {
        let (name, domain) = place.lot.split_once('@').unwrap_or((&place.lot, ""));
        let global = session.switch().globals().get("domain");
        let domain = Some(domain).filter(|domain| !domain.is_empty()).or(global.as_deref()).unwrap_or("cluecon.com");
        let count = self.0.count(&place.lot);
        let status = match count {
            0 => "Empty".to_owned(),
            1 => "Active (1 caller)".to_owned(),
            _ => format!("Active ({count} callers)"),
        };
        let place_status = if is_parked { "Holding" } else { "Empty" };
        for (login, status, is_active, is_outbound) in
            [(name, status.as_str(), count > 0, false), (&place.extension, place_status, is_parked, is_parked)]
        {
            let from = format!("{login}@{domain}");
            Presence { proto: "park", login, from: &from, status, is_active, is_outbound }
                .fire(session.switch(), PRESENCE);
        }
    }
}

/// How a parked call left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Left {
    Key,
    TimeIsOver,
}

/// What the parked call hears.
fn music(session: &Session) -> String {
    let own = session.channel.variable("valet_hold_music").map(str::to_owned);
    let music = own.or_else(|| session.hold_music()).filter(|music| !music.eq_ignore_ascii_case("silence"));
    music.unwrap_or_else(|| "silence_stream://-1".to_owned())
}

fn inline_destination(ticket: &str, music: &str, place: &Place) -> String {
    let Place { lot, extension } = place;
    format!("set:valet_ticket={ticket},set:valet_hold_music={music},sleep:1000,valet_park:{lot} {extension}")
}

fn go_into_orbit(session: &mut Session) {
    let variable = |name: &str| session.channel.variable(name).map(str::to_owned);
    let Some(extension) = variable("valet_parking_orbit_exten") else { return };
    let (dialplan, context) = (variable("valet_parking_orbit_dialplan"), variable("valet_parking_orbit_context"));
    Destination::new(&extension, dialplan.as_ref(), context.as_ref()).transfer(session);
}

async fn say_no_place(session: &mut Session, how: &str) -> Result<(), Interrupted> {
    say_phrase(session, &format!("valet_lot_{how}"), "").await?;
    tracing::error!(uuid = %session.channel.uuid, "{} lot is {how}.", session.channel.name);
    Ok(())
}

fn fire(session: &Session, lot: &str, extension: &str, action: &str, taker: Option<&str>) {
    let mut first = vec![
        ("Event-Subclass", "valet_parking::info"),
        ("Valet-Lot-Name", lot),
        ("Valet-Extension", extension),
        ("Action", action),
    ];
    first.extend(taker.map(|uuid| ("Bridge-To-UUID", uuid)));
    session.fire(EventKind::Custom, ORIGIN, &first, &[]);
}

/// Asks for the extension; `None` when none was given.
async fn asked(session: &mut Session, words: &[String]) -> Result<Option<String>, Interrupted> {
    let told = |place: usize, name: &str| {
        let word = words.get(place).cloned().or_else(|| session.channel.variable(name).map(str::to_owned));
        word.filter(|word| !word.is_empty())
    };
    let positive = |word: Option<String>| {
        word.map(|word| leading_integer(&word)).and_then(|it| u64::try_from(it).ok()).filter(|it| *it > 0)
    };
    let (min, max) = (positive(told(0, "valet_ext_min")), positive(told(1, "valet_ext_max")));
    let (timeout, prompt) = (positive(told(2, "valet_ext_to")), told(3, "valet_ext_prompt"));
    let length = |given: Option<u64>, usual: usize| {
        given.and_then(|it| usize::try_from(it).ok()).unwrap_or(usual).min(super::collect::MAX_DIGITS)
    };
    let timeout = Duration::from_millis(timeout.unwrap_or(ASK_TIMEOUT));
    let question = Question {
        min: length(min, 1),
        max: length(max, 11),
        prompt: prompt.as_deref().unwrap_or(PROMPT),
        variable: "",
        timeout,
        digit_timeout: timeout,
        terminators: "#",
    };
    for _ in 0..ATTEMPTS {
        let (outcome, digits) = question.ask(session).await?;
        match outcome {
            Outcome::Success if !digits.is_empty() => return Ok(Some(digits)),
            Outcome::NoPrompt => return Ok(None),
            _ => {}
        }
    }
    Ok(None)
}

/// FreeSWITCH asks for ever.
const ATTEMPTS: usize = 100;
