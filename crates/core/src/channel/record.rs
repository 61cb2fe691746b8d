//! The variables that tell of a whole call, set when it is over (`switch_channel_set_timestamps`).

use chrono::{DateTime, Local};

use super::{Channel, HangupCause};

impl Channel {
    /// Sets the record's variables: cause, stamps, epochs and durations. Called once, in CS_REPORTING.
    pub fn set_record(&mut self) {
        let cause = self.hangup_cause.unwrap_or(HangupCause::None);
        self.variables.set("hangup_cause", cause.name());
        self.variables.set("hangup_cause_q850", &cause.q850().to_string());
        self.variables.set("digits_dialed", "none");
        self.set_stamps();
        self.set_epochs();
        if let Some((application, argument)) = self.last_application.clone() {
            self.variables.set("last_app", &application);
            self.variables.set("last_arg", &argument);
        }
        self.set_caller_id();
        self.set_durations();
    }

    fn set_stamps(&mut self) {
        let times = self.times;
        let before = [
            ("start_stamp", times.created),
            ("profile_start_stamp", times.profile_created),
            ("answer_stamp", times.answered),
            ("bridge_stamp", times.bridged),
            ("hold_stamp", times.last_hold),
        ];
        let after = [
            ("progress_stamp", times.progress),
            ("progress_media_stamp", times.progress_media),
            ("end_stamp", times.hungup),
        ];
        self.set_each_stamp(&before);
        if let Some(spans) = self.hold.told() {
            self.variables.set("hold_events", &spans);
        }
        self.set_each_stamp(&after);
    }

    fn set_each_stamp(&mut self, stamps: &[(&str, u64)]) {
        for (name, micros) in stamps.iter().filter(|(_, micros)| *micros > 0) {
            self.variables.set(name, &stamp(*micros));
        }
    }

    fn set_epochs(&mut self) {
        let times = self.times;
        let before = [
            ("start", times.created),
            ("profile_start", times.profile_created),
            ("answer", times.answered),
            ("bridge", times.bridged),
            ("last_hold", times.last_hold),
        ];
        let after = [
            ("resurrect", times.resurrected),
            ("progress", times.progress),
            ("progress_media", times.progress_media),
            ("end", times.hungup),
        ];
        self.set_epoch_pairs(&before);
        self.variables.set("hold_accum_seconds", &(times.hold_accum / 1_000_000).to_string());
        self.variables.set("hold_accum_usec", &times.hold_accum.to_string());
        self.variables.set("hold_accum_ms", &(times.hold_accum / 1_000).to_string());
        self.set_epoch_pairs(&after);
    }

    fn set_epoch_pairs(&mut self, pairs: &[(&str, u64)]) {
        for (name, micros) in pairs {
            self.variables.set(&format!("{name}_epoch"), &(micros / 1_000_000).to_string());
            self.variables.set(&format!("{name}_uepoch"), &micros.to_string());
        }
    }

    fn set_caller_id(&mut self) {
        let Some(profile) = &self.profile else { return };
        let text = if profile.caller_id_name.is_empty() {
            profile.caller_id_number.clone()
        } else {
            format!("\"{}\" <{}>", profile.caller_id_name, profile.caller_id_number)
        };
        self.variables.set("caller_id", &text);
    }

    fn set_durations(&mut self) {
        let times = self.times;
        let since = |from: u64, to: u64| if from > 0 { to.saturating_sub(from) } else { 0 };
        let bill = since(times.answered, times.hungup);
        let durations = [
            ("", "duration", since(times.created, times.hungup)),
            ("bill", "", bill),
            ("progress", "", since(times.created, times.progress.max(times.created))),
            ("answer", "", since(times.created, times.answered.max(times.created))),
            ("wait", "", since(times.created, times.bridged.max(times.answered).max(times.created))),
            ("progress_media", "", since(times.created, times.progress_media.max(times.created))),
            ("flow_bill", "", bill),
        ];
        for (unit, division, whole) in [("sec", 1_000_000, ""), ("msec", 1_000, "m"), ("usec", 1, "u")] {
            for (prefix, name, micros) in durations {
                let full = if name.is_empty() { format!("{prefix}{unit}") } else { format!("{whole}{name}") };
                self.variables.set(&full, &((micros + division / 2) / division).to_string());
            }
        }
    }
}

fn stamp(micros: u64) -> String {
    let utc = DateTime::from_timestamp_micros(i64::try_from(micros).unwrap_or(0)).unwrap_or_default();
    utc.with_timezone(&Local).format("%Y-%m-%d %H:%M:%S").to_string()
}
