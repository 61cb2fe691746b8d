//! The running call: one task owns a channel and its leg; everyone else holds a [`SessionHandle`].

mod bridge;
mod command;
mod confirm;
mod consult;
mod digit_actions;
mod digit_machine;
mod displace;
mod dtmf;
mod execute;
mod expand;
mod fire;
mod handle;
mod heartbeat;
mod hold;
mod hooks;
mod indicate;
mod intercept;
mod limit;
mod machine;
mod meta_keys;
mod piece;
mod placing;
mod presence;
mod progress;
mod record;
mod record_plan;
mod record_post;
mod sound;
mod speech;
mod taps;
mod transfer;
mod user;
mod wait;

use std::any::Any;
use std::collections::VecDeque;
use std::sync::Arc;

use strowger_config::is_true;
use tokio::sync::mpsc;

use crate::bus::Inlet;
use crate::channel::{CallerProfile, Channel};
use crate::dialplan::{Planned, Standing};
use crate::endpoint::Leg;
use crate::media::{Stream, Unicast};
use crate::resources::Backend;
use crate::switch::Switch;

use bridge::Bridged;
pub use bridge::{Introduction, join};
pub(crate) use command::Lock;
pub use command::{Execute, QueueFull};
pub(crate) use confirm::Confirm;
pub(crate) use digit_actions::DigitActions;
pub use digit_actions::{DigitAction, DigitBinding, DigitTarget};
pub use digit_machine::BindError;
pub(crate) use displace::Displacements;
pub use displace::{DisplaceError, DisplaceRequest, displace};
pub(crate) use handle::MAILBOX;
pub use handle::{SessionHandle, Unreachable};
pub(crate) use heartbeat::Heartbeat;
pub(crate) use hold::Holding;
pub(crate) use hooks::Hook;
pub(crate) use indicate::Signalling;
pub use indicate::{DEFLECTION, NO_REPLY};
pub(crate) use meta_keys::MetaKeys;
pub use meta_keys::{MetaBinding, MetaKeyError, MetaLeg, meta_key};
pub use piece::Piece;
pub(crate) use piece::Pieces;
pub(crate) use placing::{Placing, PlacingSender};
pub(crate) use record::Recordings;
pub use record::{RecordChange, RecordError, RecordRequest, record};
pub(crate) use speech::Listening;
pub use speech::{DetectError, SpeechNews};
pub(crate) use taps::CallTaps;
pub use taps::{MAX_TAPS, TapError, TapId};
pub use user::SetUserError;
pub use wait::Interrupted;

/// Something another task wants done on a session, by the session's own task.
pub(crate) type Request = Box<dyn FnOnce(&mut Session) + Send>;

/// One application and its argument, not expanded yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// The application's name.
    pub application: String,
    /// Its argument.
    pub data: String,
}

/// What a session does next.
#[derive(Debug)]
pub enum Next {
    /// Looks for its extension.
    Route,
    /// Runs applications.
    Execute(Vec<Action>),
    /// Runs what the dialplan has for the call.
    Follow(Vec<Planned>),
    /// Parks (CS_PARK).
    Park,
    /// Waits to be joined by the leg that will ask for it (CS_HIBERNATE).
    Await,
    /// Joins that leg (CS_SOFT_EXECUTE).
    Bridge(SessionHandle),
    /// Takes part in the bridge of the leg that asked for it (CS_EXCHANGE_MEDIA).
    Exchange(Box<Introduction>),
}

/// One call leg. Its methods are what applications use.
pub struct Session {
    pub(crate) switch: Arc<Switch>,
    /// The channel: states, parties, variables.
    pub channel: Channel,
    pub(crate) leg: Box<dyn Leg>,
    pub(crate) handle: SessionHandle,
    pub(crate) mailbox: mpsc::Receiver<Request>,
    pub(crate) next: Option<Next>,
    pub(crate) incoming_profile: Option<CallerProfile>,
    /// Where an outgoing leg tells how far it is.
    pub(crate) placing: Option<PlacingSender>,
    /// Whoever answers this outgoing leg is asked first.
    pub(crate) confirm: Option<Confirm>,
    /// Applications that others queued.
    pub(crate) commands: VecDeque<Execute>,
    /// Those of them that go in front.
    pub(crate) urgent: VecDeque<Execute>,
    /// What turns the call took have it run next.
    pub(crate) hooks: VecDeque<Hook>,
    /// Which of them have to wait for the one that runs.
    pub(crate) lock: Lock,
    /// What runs is to stop (`CF_BREAK`).
    pub(crate) broken: bool,
    /// What is repeated is not to be repeated again (`CF_STOP_BROADCAST`).
    pub(crate) loops_stopped: bool,
    /// How many queued applications run within one another.
    pub(crate) depth: u8,
    /// How many `execute_extension` run within one another.
    pub(crate) nested_extensions: u8,
    /// How deep applications run within applications.
    pub(crate) nested_applications: u8,
    /// Where the action that runs, or ran last, stands in the dialplan.
    pub(crate) standing: Option<Standing>,
    /// The leg that the call is joined with.
    pub(crate) bridged: Option<Bridged>,
    /// The legs that it is joined with, but not just now: it talks to another one ([`Session::consult`]).
    pub(crate) set_aside: Vec<Bridged>,
    /// It talks to another one, or is that one (`CF_INNER_BRIDGE`).
    pub(crate) is_consulting: bool,
    /// The leg whose end is not this one's: another one joins this one then.
    pub(crate) kept_for: Option<String>,
    /// When it ends or is sent elsewhere, those that `xfer_uuids` names are joined.
    pub(crate) joins_others: bool,
    /// What digits do.
    pub(crate) digit_actions: DigitActions,
    /// What keys behind the meta key do, once one is bound.
    pub(crate) meta_keys: Option<Box<MetaKeys>>,
    /// Another call is taking it over: whoever it is with ends with PICKED_OFF.
    pub(crate) is_picked_off: bool,
    /// Who holds whom, and what is heard meanwhile.
    pub(crate) holding: Holding,
    /// The places it has of counted resources.
    pub(crate) held: Vec<(Backend, String)>,
    /// What has it fire SESSION_HEARTBEAT.
    pub(crate) heartbeat: Heartbeat,
    /// A program hears and speaks on the call ([`Session::start_unicast`]).
    pub(crate) has_unicast: bool,
    /// What its sound passes by.
    pub(crate) taps: CallTaps,
    /// What is played into it.
    pub(crate) displacements: Displacements,
    /// Who listens to what is said on it.
    pub(crate) listening: Listening,
    /// What it is recorded to.
    pub(crate) recordings: Recordings,
    /// What its signalling was told, and waits for.
    pub(crate) signalling: Signalling,
    /// Work that others brought along, done as soon as the call waits for something.
    pub(crate) pieces: Pieces,
    /// Who is told what comes in for the call besides digits.
    pub(crate) visitor: Option<Inlet>,
    /// The listener that the call's input goes to.
    pub(crate) diverted: Option<Inlet>,
}

impl Session {
    /// The switch it runs on.
    pub fn switch(&self) -> &Arc<Switch> {
        &self.switch
    }

    /// Whether the variable `name` says yes (`true`, `yes`, `on`, …).
    #[must_use]
    pub fn is_set(&self, name: &str) -> bool {
        self.channel.variable(name).is_some_and(is_true)
    }

    /// The handle others use.
    pub fn handle(&self) -> &SessionHandle {
        &self.handle
    }

    /// Sends the call to another extension or application list; what runs now is interrupted.
    pub fn go(&mut self, next: Next) {
        self.next = Some(next);
    }

    /// The leg's media, once there is any.
    pub fn stream(&mut self) -> Option<&Stream> {
        self.leg.stream()
    }

    /// Has a program hear the call and speak on it, until the call is sent elsewhere or ends; opens media for it.
    ///
    /// # Errors
    /// [`Interrupted`] when that ended the call.
    pub fn start_unicast(&mut self, unicast: Unicast) -> Result<(), Interrupted> {
        self.pre_answer()?;
        if let Some(stream) = self.leg.stream() {
            stream.unicast(Some(unicast));
            self.has_unicast = true;
        }
        Ok(())
    }

    fn end_unicast(&mut self) {
        if std::mem::take(&mut self.has_unicast)
            && let Some(stream) = self.leg.stream()
        {
            stream.unicast(None);
        }
    }

    /// The endpoint's own leg, with the channel, when it is of that type: how an endpoint's signalling acts on the
    /// session it belongs to.
    pub fn with_leg<L: Leg, R>(&mut self, act: impl FnOnce(&mut L, &mut Channel) -> R) -> Option<R> {
        let leg: &mut dyn Any = self.leg.as_mut();
        leg.downcast_mut::<L>().map(|leg| act(leg, &mut self.channel))
    }
}
