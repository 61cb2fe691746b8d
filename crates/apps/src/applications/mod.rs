//! Dialplan applications (mod_dptools).

mod answer;
mod assign;
mod att_xfer;
mod bind_digit_action;
mod bind_meta_app;
mod bridge;
mod collect;
mod displace;
mod dtmf;
mod echo;
mod event;
mod gentones;
mod hangup;
mod heartbeat;
mod hold;
mod intercept;
mod ivr;
mod limit;
mod log;
mod loops;
mod park;
mod phrase;
mod play_and_get_digits;
mod playback;
mod read;
mod record;
mod record_session;
mod say;
mod sched;
mod set_user;
mod sleep;
mod store;
mod strftime;
mod terminators;
mod transfer;
mod variables;

use strowger_core::registry::{About, Registries};

pub use variables::assignments;

pub(crate) fn register(registries: &Registries) {
    registries.application(answer::Answer);
    registries.application(answer::PreAnswer);
    registries.application(answer::RingReady);
    registries.application(assign::Eval);
    registries.application(assign::Multiunset);
    registries.application(assign::PUSH);
    registries.application(assign::SetGlobal);
    registries.application(assign::SetName);
    registries.application(assign::SetProfileVar);
    registries.application(assign::UNSHIFT);
    registries.application(att_xfer::AttXfer);
    registries.application(bind_digit_action::BindDigitAction);
    registries.application(bind_digit_action::ClearDigitAction);
    registries.application(bind_digit_action::DigitActionSetRealm);
    registries.application(bind_meta_app::BindMetaApp);
    registries.application(bind_meta_app::UnbindMetaApp);
    registries.application(bridge::Bridge);
    registries.application(displace::DisplaceSession);
    registries.application(displace::StopDisplaceSession);
    registries.application(dtmf::FlushDtmf);
    registries.application(dtmf::QueueDtmf);
    registries.application(dtmf::SendDtmf);
    registries.application(echo::Echo);
    registries.application(event::FireEvent);
    registries.application(hangup::Hangup);
    registries.application(hangup::Respond);
    registries.application(heartbeat::EnableHeartbeat);
    registries.application(heartbeat::SchedHeartbeat);
    registries.application(gentones::Gentones);
    registries.application(intercept::Intercept);
    registries.application(intercept::Pickup);
    registries.application(hold::Hold);
    registries.application(hold::SoftHold);
    registries.application(hold::Unhold);
    for limited in limit::ALL {
        registries.application(limited);
    }
    registries.application(log::Log);
    registries.application(log::Info);
    registries.application(ivr::Ivr);
    registries.application(loops::EndlessPlayback);
    registries.application(loops::LoopPlayback);
    registries.application(park::Park);
    registries.application(phrase::Phrase);
    registries.application(play_and_get_digits::PlayAndGetDigits);
    registries.application(playback::Playback);
    registries.application(read::Read);
    registries.application(record::Record);
    registries.application(record_session::RecordSession);
    registries.application(record_session::StopRecordSession);
    registries.application(record_session::MASK);
    registries.application(record_session::UNMASK);
    registries.application(record_session::PAUSE);
    registries.application(record_session::RESUME);
    registries.application(say::Say);
    registries.application(sched::SchedBroadcast);
    registries.application(sched::SchedCancel);
    registries.application(sched::SchedHangup);
    registries.application(sched::SchedTransfer);
    registries.application(set_user::SetUser);
    registries.application(sleep::Sleep);
    registries.application(store::DB);
    registries.application(store::HASH);
    registries.application(strftime::Strftime);
    registries.application(transfer::ExecuteExtension);
    registries.application(transfer::Transfer);
    registries.application(variables::Set);
    registries.application(variables::Unset);
    registries.application(variables::EXPORT);
    registries.application(variables::BRIDGE_EXPORT);
    registries.application(variables::Multiset);
}

/// An application of mod_dptools.
const fn about(name: &'static str, syntax: &'static str, help: &'static str) -> About {
    About { name, syntax, help, module: "mod_dptools" }
}
