//! Dialplan applications (mod_dptools).

mod answer;
mod assign;
mod att_xfer;
mod bind_digit_action;
mod bind_meta_app;
mod bridge;
mod collect;
mod detect_speech;
mod displace;
mod dtmf;
mod echo;
mod event;
mod flow;
mod gentones;
mod hangup;
mod heartbeat;
mod hold;
mod intercept;
mod ivr;
mod limit;
mod log;
mod loops;
mod nothing;
mod offered;
mod park;
mod phrase;
mod play_and_detect_speech;
mod play_and_get_digits;
mod playback;
mod presence;
mod read;
mod record;
mod record_session;
mod redirect;
mod say;
mod sched;
mod set_user;
mod show;
mod sleep;
mod speak;
mod store;
mod strftime;
mod system;
mod terminators;
mod traits;
mod transfer;
mod variables;

use std::sync::Arc;

use strowger_core::registry::{About, Registries};

pub use variables::assignments;

pub(crate) fn register(registries: &Registries) {
    registries.ivr.add("ivr", Arc::new(offered::Offered));
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
    registries.application(detect_speech::DetectSpeech);
    registries.application(displace::DisplaceSession);
    registries.application(displace::StopDisplaceSession);
    registries.application(dtmf::FlushDtmf);
    registries.application(dtmf::QueueDtmf);
    registries.application(dtmf::SendDtmf);
    registries.application(echo::Echo);
    registries.application(event::FireEvent);
    registries.application(flow::Break);
    registries.application(flow::CheckAcl);
    registries.application(flow::TransferVars);
    registries.application(flow::WaitForAnswer);
    registries.application(hangup::Hangup);
    registries.application(hangup::Respond);
    registries.application(heartbeat::EnableHeartbeat);
    registries.application(heartbeat::SchedHeartbeat);
    registries.application(gentones::Gentones);
    registries.application(intercept::Intercept);
    registries.application(intercept::Pickup);
    registries.application(ivr::Ivr);
    registries.application(hold::Hold);
    registries.application(hold::SoftHold);
    registries.application(hold::Unhold);
    for limited in limit::ALL {
        registries.application(limited);
    }
    registries.application(log::Log);
    registries.application(log::Info);
    for nothing in nothing::ALL {
        registries.application(nothing);
    }
    registries.application(park::Park);
    registries.application(play_and_detect_speech::PlayAndDetectSpeech);
    registries.application(loops::EndlessPlayback);
    registries.application(loops::LoopPlayback);
    registries.application(phrase::Phrase);
    registries.application(play_and_get_digits::PlayAndGetDigits);
    registries.application(playback::Playback);
    registries.application(presence::Presence);
    registries.application(presence::Privacy);
    registries.application(read::Read);
    registries.application(record::Record);
    registries.application(record_session::RecordSession);
    registries.application(record_session::StopRecordSession);
    registries.application(record_session::MASK);
    registries.application(record_session::UNMASK);
    registries.application(record_session::PAUSE);
    registries.application(record_session::RESUME);
    registries.application(redirect::Deflect);
    registries.application(redirect::Redirect);
    registries.application(say::Say);
    registries.application(sched::SchedBroadcast);
    registries.application(sched::SchedCancel);
    registries.application(sched::SchedHangup);
    registries.application(sched::SchedTransfer);
    registries.application(set_user::SetUser);
    registries.application(show::SendDisplay);
    registries.application(show::SendInfo);
    registries.application(sleep::Sleep);
    registries.application(system::Mkdir);
    registries.application(system::Rename);
    for program in system::all() {
        registries.application(program);
    }
    registries.application(speak::Speak);
    registries.application(store::DB);
    registries.application(store::Group);
    registries.application(store::HASH);
    registries.application(traits::MediaReset);
    registries.application(traits::RemoveBugs);
    registries.application(traits::SessionLoglevel);
    registries.application(traits::SetMediaStats);
    registries.application(traits::VerboseEvents);
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
