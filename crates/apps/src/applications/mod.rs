//! Dialplan applications (mod_dptools).

mod announce;
mod answer;
mod assign;
mod att_xfer;
mod bind_digit_action;
mod bind_meta_app;
mod blind_transfer_ack;
mod bridge;
mod broadcast;
mod capture;
mod collect;
mod debug_media;
mod delay_echo;
mod detect_speech;
mod displace;
mod dtmf;
mod eavesdrop;
mod echo;
mod event;
mod fifo;
mod filter_codecs;
mod flow;
mod gain;
mod gentones;
mod hangup;
mod heartbeat;
mod hold;
mod inband;
mod intercept;
mod ivr;
mod jitterbuffer;
mod limit;
mod listen;
mod log;
mod loops;
mod mutex;
mod nothing;
mod offered;
mod page;
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
mod tone_detect;
mod traits;
mod transfer;
mod userspy;
mod valet_park;
mod variables;
mod waiting;

use std::sync::Arc;

use strowger_core::registry::{About, Registries};

use crate::fifo::Fifos;
use crate::valet::Lots;

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
    registries.application(blind_transfer_ack::BlindTransferAck);
    registries.application(broadcast::Broadcast);
    registries.application(capture::Capture);
    registries.application(dtmf::DeduplicateDtmf);
    registries.application(filter_codecs::FilterCodecs);
    registries.application(gain::SetAudioLevel);
    registries.application(gain::SetMute);
    registries.application(mutex::Mutex::default());
    registries.application(park::ParkState);
    registries.application(transfer::ReuseCallerProfile);
    registries.application(bind_digit_action::BindDigitAction);
    registries.application(bind_digit_action::ClearDigitAction);
    registries.application(bind_digit_action::DigitActionSetRealm);
    registries.application(bind_meta_app::BindMetaApp);
    registries.application(bind_meta_app::UnbindMetaApp);
    registries.application(bridge::Bridge);
    registries.application(detect_speech::DetectSpeech);
    registries.application(debug_media::DebugMedia);
    registries.application(delay_echo::DelayEcho);
    registries.application(displace::DisplaceSession);
    registries.application(displace::StopDisplaceSession);
    registries.application(dtmf::FlushDtmf);
    registries.application(dtmf::QueueDtmf);
    registries.application(dtmf::SendDtmf);
    registries.application(eavesdrop::EavesdropOn);
    registries.application(eavesdrop::ThreeWay);
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
    for inband in inband::ALL {
        registries.application(inband);
    }
    registries.application(ivr::Ivr);
    registries.application(jitterbuffer::Jitterbuffer);
    registries.application(hold::Hold);
    registries.application(hold::SoftHold);
    registries.application(hold::Unhold);
    for limited in limit::ALL {
        registries.application(limited);
    }
    registries.application(listen::SoundTest);
    registries.application(listen::DETECT_AUDIO);
    registries.application(listen::DETECT_SILENCE);
    registries.application(listen::WAIT_FOR_SILENCE);
    registries.application(log::Log);
    registries.application(log::Info);
    for nothing in nothing::ALL {
        registries.application(nothing);
    }
    registries.application(page::PageAll);
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
    registries.application(tone_detect::StopToneDetect);
    registries.application(tone_detect::ToneDetect);
    registries.application(traits::MediaReset);
    registries.application(traits::RemoveBugs);
    registries.application(traits::SessionLoglevel);
    registries.application(traits::SetMediaStats);
    registries.application(traits::VerboseEvents);
    registries.application(strftime::Strftime);
    registries.application(transfer::ExecuteExtension);
    registries.application(transfer::Transfer);
    registries.application(userspy::UserSpy);
    registries.application(variables::Set);
    registries.application(variables::Unset);
    registries.application(variables::EXPORT);
    registries.application(variables::BRIDGE_EXPORT);
    registries.application(variables::Multiset);
}

/// Parking lots and queues.
pub(crate) fn register_queues(registries: &Registries, lots: &Arc<Lots>, fifos: &Arc<Fifos>) {
    registries.application(fifo::Fifo(Arc::clone(fifos)));
    registries.application(fifo::FifoTrackCall(Arc::clone(fifos)));
    registries.application(valet_park::ValetPark(Arc::clone(lots)));
}

/// An application of mod_dptools.
const fn about(name: &'static str, syntax: &'static str, help: &'static str) -> About {
    About { name, syntax, help, module: "mod_dptools" }
}
