//! API commands (mod_commands), with its answers, odd ones included.

mod alias;
mod bgapi;
mod chat;
mod console_complete;
mod create_uuid;
mod directory;
mod echo;
mod expand;
mod fifo;
mod fsctl;
mod globals;
mod help;
mod hupall;
mod json;
mod limit;
mod log;
mod machine;
mod modules;
mod names;
mod network;
mod originate;
mod page;
mod plain;
mod reloadxml;
mod say_string;
mod sched;
mod sched_call;
mod sessions;
mod show;
mod sleep;
mod status;
mod store;
mod system;
mod text;
mod time;
mod timing;
mod tone_detect;
mod uptime;
mod usage;
mod uuid_answer;
mod uuid_audio;
mod uuid_break;
mod uuid_broadcast;
mod uuid_buglist;
mod uuid_codec;
mod uuid_deflect;
mod uuid_displace;
mod uuid_dtmf;
mod uuid_dual_transfer;
mod uuid_dump;
mod uuid_exists;
mod uuid_fileman;
mod uuid_hold;
mod uuid_jitterbuffer;
mod uuid_kill;
mod uuid_media;
mod uuid_message;
mod uuid_record;
mod uuid_send;
mod uuid_session_heartbeat;
mod uuid_state;
mod uuid_transfer;
mod valet_info;
mod variables;
mod version;
mod xml_flush_cache;

use std::sync::Arc;

use strowger_core::registry::{About, Registries};

use crate::fifo::Fifos;
use crate::valet::Lots;

pub(crate) use sched::delete as delete_tasks;
pub(crate) use time::{micros, written};
pub(crate) use uuid_broadcast::broadcast_on;

pub(crate) fn register(registries: &Registries) {
    registries.command(console_complete::ConsoleComplete);
    registries.command(console_complete::ConsoleCompleteXml);
    registries.command(create_uuid::CreateUuid);
    registries.command(echo::Echo);
    registries.command(expand::Eval);
    registries.command(expand::Expand);
    registries.command(fsctl::Fsctl);
    registries.command(fsctl::Shutdown);
    registries.command(globals::GlobalGetvar);
    registries.command(globals::GlobalSetvar);
    registries.command(help::Help);
    registries.command(hupall::Hupall);
    registries.command(log::Log);
    registries.command(names::Hostname);
    registries.command(names::Switchname);
    registries.command(originate::Originate);
    registries.command(page::PageAll);
    registries.command(reloadxml::Reloadxml);
    registries.command(say_string::SAY_STRING);
    registries.command(sched::SchedApi);
    registries.command(sched::SchedDel);
    registries.command(sched::UnschedApi);
    registries.command(sched_call::SchedBroadcast);
    registries.command(sched_call::SchedHangup);
    registries.command(sched_call::SchedTransfer);
    registries.command(show::Show);
    registries.command(sleep::MSLEEP);
    registries.command(sleep::SLEEP);
    registries.command(status::Status);
    registries.command(tone_detect::ToneDetect);
    registries.command(uptime::Uptime);
    registries.command(uuid_answer::ANSWER);
    registries.command(uuid_answer::PRE_ANSWER);
    registries.command(uuid_audio::UuidAudio);
    registries.command(uuid_break::UuidBreak);
    registries.command(uuid_broadcast::UuidBroadcast);
    registries.command(uuid_buglist::UuidBuglist);
    registries.command(uuid_codec::UuidCodecDebug);
    registries.command(uuid_codec::UuidDebugMedia);
    registries.command(uuid_codec::UuidCodecParam);
    registries.command(uuid_deflect::RECOVERY_REFRESH);
    registries.command(uuid_deflect::REDIRECT);
    registries.command(uuid_deflect::UuidDeflect);
    registries.command(uuid_displace::UuidDisplace);
    registries.command(uuid_fileman::UuidFileman);
    registries.command(uuid_dtmf::UuidFlushDtmf);
    registries.command(uuid_dtmf::UuidRecvDtmf);
    registries.command(uuid_dtmf::UuidSendDtmf);
    registries.command(uuid_dual_transfer::UuidDualTransfer);
    registries.command(uuid_dump::UuidDump);
    registries.command(uuid_exists::UuidExists);
    registries.command(uuid_hold::UuidHold);
    registries.command(uuid_jitterbuffer::UuidJitterbuffer);
    registries.command(uuid_kill::UuidKill);
    registries.command(uuid_media::UuidMedia);
    registries.command(uuid_media::UuidMediaReneg);
    registries.command(uuid_media::UuidSetMediaStats);
    registries.command(uuid_record::UuidRecord);
    registries.command(uuid_message::UuidChat);
    registries.command(uuid_message::UuidDisplay);
    registries.command(uuid_message::UuidSimplify);
    registries.command(uuid_send::UuidPhoneEvent);
    registries.command(uuid_send::UuidSendInfo);
    registries.command(uuid_send::UuidSendMessage);
    registries.command(uuid_session_heartbeat::UuidSessionHeartbeat);
    registries.command(uuid_state::UuidDropDtmf);
    registries.command(uuid_state::UuidEarlyOk);
    registries.command(uuid_state::UuidLoglevel);
    registries.command(uuid_state::UuidOutgoingAnswer);
    registries.command(uuid_state::Pause("uuid_pause"));
    registries.command(uuid_state::Pause("pause"));
    registries.command(uuid_state::UuidRingReady);
    registries.command(uuid_transfer::UuidBridge);
    registries.command(uuid_transfer::UuidPark);
    registries.command(uuid_transfer::UuidTransfer);
    registries.command(variables::UuidGetvar);
    registries.command(variables::UuidSetvar);
    registries.command(variables::UuidSetvarMulti);
    registries.command(version::Version);
    registries.command(limit::UuidLimit);
    registries.command(limit::UuidLimitRelease);
    registries.command(directory::ListUsers);
    registries.command(directory::XmlWrap);
    registries.command(machine::FileExists);
    registries.command(machine::GETHOST);
    registries.command(machine::HOST_LOOKUP);
    registries.command(bgapi::Bgapi::default());
    registries.command(json::JsonApi);
    registries.command(network::Stun);
    registries.command(timing::TimeTest);
    registries.command(timing::TimerTest);
    registries.command(usage::GetCpuTime::default());
    registries.command(uuid_break::Break);
    registries.command(version::BANNER);
    for command in system::all() {
        registries.command(command);
    }
    let texts = text::COMMANDS.into_iter().chain(time::COMMANDS);
    let kept = limit::COMMANDS.into_iter().chain(store::COMMANDS);
    let console = [alias::ALIAS, alias::COMPLETE, modules::MODULE_EXISTS];
    let switch = machine::COMMANDS.into_iter().chain(console).chain(network::COMMANDS).chain(usage::COMMANDS);
    let plain = texts.chain(kept).chain(switch).chain(chat::COMMANDS);
    for command in modules::ALL {
        registries.command(command);
    }
    for command in directory::COMMANDS {
        registries.command(command);
    }
    for command in plain {
        registries.command(command);
    }
    registries.command(xml_flush_cache::XmlFlushCache);
}

/// Parking lots and queues.
pub(crate) fn register_queues(registries: &Registries, lots: &Arc<Lots>, fifos: &Arc<Fifos>) {
    registries.command(fifo::Fifo(Arc::clone(fifos)));
    registries.command(fifo::FifoAddOutbound(Arc::clone(fifos)));
    registries.command(fifo::FifoCheckBridge(Arc::clone(fifos)));
    registries.command(fifo::FifoMember(Arc::clone(fifos)));
    registries.command(valet_info::ValetInfo(Arc::clone(lots)));
}

/// A command of mod_commands.
const fn about(name: &'static str, syntax: &'static str, help: &'static str) -> About {
    About { name, syntax, help, module: "mod_commands" }
}

/// It is done.
const OK: &str = "+OK\n";

/// The Unique-ID is nobody's, or the call is over.
const NO_CHANNEL: &str = "-ERR No such channel!\n";
