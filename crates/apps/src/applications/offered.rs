//! What is played, asked and recorded for those who have not got the applications ([`Ivr`]).

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use strowger_core::ivr::{Asking, Collecting, Ends, Heard, Ivr, RecordLimits};
use strowger_core::session::{Interrupted, Session};
use strowger_media::steer::Steering;

use super::collect::{MAX_DIGITS, Question, Wanted};
use super::phrase::Call;
use super::play_and_get_digits::{Check, MAX_TRIES, transfer};
use super::playback::{Ended, Until, play_until};
use super::record::{Limits, Recording, hush, record_file};
use super::speak::Said;

/// All of it.
pub(super) struct Offered;

/// For ever, about: what a wait without an end gets.
const LONG: Duration = Duration::from_secs(10 * 365 * 24 * 3600);

impl From<Ended> for Heard {
    fn from(ended: Ended) -> Self {
        match ended {
            Ended::Done => Self::Done,
            Ended::Broken => Self::Broken,
            Ended::NotFound | Ended::Lost => Self::Failed,
        }
    }
}

#[async_trait]
impl Ivr for Offered {
    async fn play(
        &self,
        session: &mut Session,
        what: &str,
        steering: &Arc<Steering>,
        ends: &mut Ends<'_>,
    ) -> Result<Heard, Interrupted> {
        session.pre_answer()?;
        play_until(session, what, &mut Until::new(ends).steered(steering)).await.map(Heard::from)
    }

    async fn speak(
        &self,
        session: &mut Session,
        (engine, voice): (&str, &str),
        text: &str,
        ends: &mut Ends<'_>,
    ) -> Result<Heard, Interrupted> {
        match Said::of(session, Some(engine), Some(voice), text) {
            Some(said) => said.speak(session, ends).await.map(Heard::from),
            None => Ok(Heard::Failed),
        }
    }

    async fn phrase(
        &self,
        session: &mut Session,
        (name, data): (&str, &str),
        language: &str,
        ends: &mut Ends<'_>,
    ) -> Result<Heard, Interrupted> {
        let own = session.channel.variable("language").map(str::to_owned);
        let language = Some(language).filter(|language| !language.is_empty()).or(own.as_deref());
        Call { name, data, language }.run(session, &mut Until::new(ends)).await.map(Heard::from)
    }

    async fn record(
        &self,
        session: &mut Session,
        path: &str,
        limits: RecordLimits,
        ends: &mut Ends<'_>,
    ) -> Result<Heard, Interrupted> {
        let seconds = |seconds: u32| if seconds == 0 { String::new() } else { seconds.to_string() };
        let time = Some(Duration::from_secs(limits.seconds.into())).filter(|time| !time.is_zero());
        let limits = Limits { time, hush: hush(&limits.threshold.to_string(), &seconds(limits.hush)) };
        Ok(match record_file(session, path, limits, ends).await? {
            Recording::Done => Heard::Done,
            Recording::Impossible => Heard::Failed,
        })
    }

    async fn ask(&self, session: &mut Session, asking: &Asking) -> Result<String, Interrupted> {
        let min = asking.min.min(MAX_DIGITS);
        let question = Question {
            min,
            max: asking.max.clamp(min, MAX_DIGITS),
            prompt: &asking.prompt,
            variable: &asking.variable,
            timeout: asking.timeout,
            digit_timeout: asking.digit_timeout,
            terminators: &asking.terminators,
        };
        let Some(tries) = asking.tries else { return question.ask(session).await.map(|(_, digits)| digits) };
        let check = Check { pattern: &asking.pattern, invalid_file: &asking.bad_prompt };
        let answer = check.ask_for(session, &question, tries.min(MAX_TRIES)).await?;
        if answer.is_none() {
            transfer(session, &asking.onward);
        }
        Ok(answer.unwrap_or_default())
    }

    async fn collect(
        &self,
        session: &mut Session,
        collecting: &Collecting,
    ) -> Result<(String, Option<char>), Interrupted> {
        let or_long = |time: Duration| if time.is_zero() { LONG } else { time };
        let first = or_long(collecting.first);
        let (each, all) = if collecting.each.is_zero() { (first, Some(first)) } else { (collecting.each, None) };
        let most = collecting.most.clamp(1, MAX_DIGITS);
        let wanted = Wanted { most, terminators: &collecting.terminators, first, each, all };
        let mut digits = String::new();
        let (_, terminator) = wanted.collect(session, &mut digits).await?;
        Ok((digits, terminator))
    }
}
