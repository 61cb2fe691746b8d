//! Dialplan applications (mod_dptools).

mod answer;
mod bridge;
mod collect;
mod dtmf;
mod echo;
mod event;
mod hangup;
mod heartbeat;
mod intercept;
mod log;
mod park;
mod play_and_get_digits;
mod playback;
mod read;
mod sched;
mod set_user;
mod sleep;
mod terminators;
mod transfer;
mod variables;

use strowger_core::registry::{About, Registries};

pub(crate) fn register(registries: &Registries) {
    registries.application(answer::Answer);
    registries.application(answer::PreAnswer);
    registries.application(answer::RingReady);
    registries.application(bridge::Bridge);
    registries.application(dtmf::FlushDtmf);
    registries.application(dtmf::QueueDtmf);
    registries.application(dtmf::SendDtmf);
    registries.application(echo::Echo);
    registries.application(event::FireEvent);
    registries.application(hangup::Hangup);
    registries.application(hangup::Respond);
    registries.application(heartbeat::EnableHeartbeat);
    registries.application(heartbeat::SchedHeartbeat);
    registries.application(intercept::Intercept);
    registries.application(intercept::Pickup);
    registries.application(log::Log);
    registries.application(log::Info);
    registries.application(park::Park);
    registries.application(play_and_get_digits::PlayAndGetDigits);
    registries.application(playback::Playback);
    registries.application(read::Read);
    registries.application(sched::SchedBroadcast);
    registries.application(sched::SchedCancel);
    registries.application(sched::SchedHangup);
    registries.application(sched::SchedTransfer);
    registries.application(set_user::SetUser);
    registries.application(sleep::Sleep);
    registries.application(transfer::ExecuteExtension);
    registries.application(transfer::Transfer);
    registries.application(variables::Set);
    registries.application(variables::Unset);
    registries.application(variables::Export);
    registries.application(variables::Multiset);
}

/// An application of mod_dptools.
const fn about(name: &'static str, syntax: &'static str, help: &'static str) -> About {
    About { name, syntax, help, module: "mod_dptools" }
}
