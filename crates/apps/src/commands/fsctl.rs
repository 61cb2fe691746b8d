use async_trait::async_trait;
use strowger_core::channel::HangupCause;
use strowger_core::log::LogLevel;
use strowger_core::registry::{About, ApiCall, ApiCommand};
use strowger_core::{LimitFigures, Manner, StopRequest, Switch};

use super::hupall::hang_up_all;
use super::{OK, about};
use crate::words::leading_integer;
use crate::words::words;

/// `fsctl`.
pub(super) struct Fsctl;

const SYNTAX: &str = "[hupall [<cause>]|pause [inbound|outbound]|pause_check [inbound|outbound]|resume [inbound|outbound]|ready_check|shutdown [cancel|elegant|asap|now|restart]|shutdown_check|sps [num]|last_sps|sps_peak_reset|sync_clock|reclaim_mem|max_sessions [num]|min_dtmf_duration [num]|max_dtmf_duration [num]|default_dtmf_duration [num]|min_idle_cpu [percent]|loglevel [level]]";

#[async_trait]
impl ApiCommand for Fsctl {
    fn about(&self) -> About {
        about("fsctl", SYNTAX, "Steers the switch as a whole; a limit without a number is told as it is.")
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        let words = words(call.arguments);
        let Some((verb, rest)) = words.split_first() else { return ApiCall::usage(self.about()) };
        let word = rest.first().map(String::as_str);
        let verb = verb.to_ascii_lowercase();
        if verb == "hupall" {
            let cause = word.and_then(HangupCause::parse).filter(|cause| *cause != HangupCause::None);
            hang_up_all(call.switch, cause.unwrap_or(HangupCause::ManagerRequest), Vec::new()).await;
            return OK.to_owned();
        }
        let answer = limit(call.switch, &verb, word).or_else(|| gate(call.switch, &verb, word));
        answer.or_else(|| other(call.switch, &verb, rest)).unwrap_or_else(invalid)
    }
}

fn invalid() -> String {
    format!("-ERR Invalid command\nUSAGE: fsctl {SYNTAX}\n")
}

/// The verbs that set a limit, or tell it.
fn limit(switch: &Switch, verb: &str, word: Option<&str>) -> Option<String> {
    // 0, or what is no number, sets nothing.
    let value = word.and_then(|word| u32::try_from(leading_integer(word)).ok()).filter(|value| *value > 0);
    let set = |figure: fn(&mut LimitFigures, u32)| {
        switch.limits().change(|figures| value.into_iter().for_each(|value| figure(figures, value)))
    };
    Some(match verb {
        "max_sessions" => {
            let figures = set(|figures, value| figures.max_sessions = value);
            format!("+OK max sessions: {}\n", figures.max_sessions)
        }
        "sps" => {
            let figures = set(|figures, value| figures.sessions_per_second = value);
            format!("+OK sessions per second: {}\n", figures.sessions_per_second)
        }
        "min_dtmf_duration" => {
            let figures = set(LimitFigures::set_min_dtmf_duration);
            format!("+OK min dtmf duration: {}\n", figures.min_dtmf_duration)
        }
        "max_dtmf_duration" => {
            let figures = set(LimitFigures::set_max_dtmf_duration);
            format!("+OK max dtmf duration: {}\n", figures.max_dtmf_duration)
        }
        "default_dtmf_duration" => {
            let figures = set(LimitFigures::set_default_dtmf_duration);
            format!("+OK default dtmf duration: {}\n", figures.default_dtmf_duration)
        }
        "min_idle_cpu" => min_idle_cpu(switch, word),
        _ => return None,
    })
}

fn min_idle_cpu(switch: &Switch, word: Option<&str>) -> String {
    let percent = word.and_then(|word| word.parse::<f64>().ok()).filter(|percent| (0.0..=100.0).contains(percent));
    let figures = switch.limits().change(|figures| figures.min_idle_cpu = percent.unwrap_or(figures.min_idle_cpu));
    match figures.min_idle_cpu {
        0.0 => "+OK min idle cpu: DISABLED\n".to_owned(),
        percent => format!("+OK min idle cpu: {percent:.2}%\n"),
    }
}

/// The verbs that close and open the switch for new calls, and tell whether it is open.
fn gate(switch: &Switch, verb: &str, word: Option<&str>) -> Option<String> {
    let named = |name: &str| word.is_some_and(|word| word.eq_ignore_ascii_case(name));
    let (inbound, outbound) = (!named("outbound"), !named("inbound"));
    let figures = switch.limits().figures();
    Some(match verb {
        "pause" | "resume" => {
            switch.limits().change(|figures| {
                let paused = verb == "pause";
                figures.inbound_paused = if inbound { paused } else { figures.inbound_paused };
                figures.outbound_paused = if outbound { paused } else { figures.outbound_paused };
            });
            OK.to_owned()
        }
        "pause_check" => ((!inbound || figures.inbound_paused) && (!outbound || figures.outbound_paused)).to_string(),
        "ready_check" => switch.is_ready().to_string(),
        "shutdown_check" => (switch.is_stopping() || switch.stop_request().is_some()).to_string(),
        _ => return None,
    })
}

fn other(switch: &Switch, verb: &str, rest: &[String]) -> Option<String> {
    Some(match verb {
        "last_sps" => format!("+OK last sessions per second: {}\n", switch.sessions().counts().per_second),
        "sps_peak_reset" => {
            switch.sessions().reset_rate_peak();
            "+OK max sessions per second counter reset\n".to_owned()
        }
        "sync_clock" => {
            switch.scheduler().sync_clock();
            "+OK clock synchronized\n".to_owned()
        }
        // Memory is given back as it gets free: there are no pools to be emptied.
        "reclaim_mem" => OK.to_owned(),
        "loglevel" => log_level(switch, rest.first().map(String::as_str)),
        "shutdown" => {
            shut_down(switch, rest);
            OK.to_owned()
        }
        _ => return None,
    })
}

fn log_level(switch: &Switch, word: Option<&str>) -> String {
    if let Some(word) = word {
        let Some(level) = LogLevel::parse(word) else {
            return "-ERR syntax error, log level not set!\n".to_owned();
        };
        switch.log().limit(level);
    }
    let level = switch.log().limited_to();
    format!("+OK log level: {} [{}]\n", level.name(), level as u8)
}

/// Of several manners the last counts; `cancel` takes back what was asked for, and nothing else is asked for then.
fn shut_down(switch: &Switch, words: &[String]) {
    let mut request = StopRequest { manner: Manner::Now, restart: false };
    for word in words {
        match word.to_ascii_lowercase().as_str() {
            "cancel" => return switch.cancel_stop(),
            "elegant" => request.manner = Manner::Elegant,
            "asap" => request.manner = Manner::Asap,
            "now" => request.manner = Manner::Now,
            "restart" => request.restart = true,
            _ => {}
        }
    }
    switch.request(request);
}

/// `shutdown`.
pub(super) struct Shutdown;

#[async_trait]
impl ApiCommand for Shutdown {
    fn about(&self) -> About {
        about("shutdown", "", "Ends all calls and the program.")
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        call.switch.request_stop();
        OK.to_owned()
    }
}
