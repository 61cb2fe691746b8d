//! How exactly the switch wakes: `time_test`, `timer_test`.

use std::fmt::Write;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use strowger_core::log::LogLevel;
use strowger_core::registry::{About, ApiCall, ApiCommand};
use tokio::time::{MissedTickBehavior, interval, sleep};

use super::about;
use crate::words::{first_word, leading_integer};

/// `time_test`.
pub(super) struct TimeTest;

#[async_trait]
impl ApiCommand for TimeTest {
    fn about(&self) -> About {
        about(
            "time_test",
            "<mss> [count]",
            "Sleeps so many microseconds, a second at the most, so many times, 100 at the most, and tells how long it took.",
        )
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        if call.arguments.is_empty() {
            return "parameter missing\n".to_owned();
        }
        let (wait, count) = first_word(call.arguments);
        let wait = leading_integer(wait).min(1_000_000);
        let count = match leading_integer(count) {
            count if count > 0 => count.min(100),
            _ => 10,
        };
        let (mut out, mut total) = (String::new(), 0);
        for turn in 1..=count {
            let start = Instant::now();
            sleep(Duration::from_micros(u64::try_from(wait).unwrap_or(0))).await;
            let took = start.elapsed().as_micros();
            total += took;
            // Writing to a String cannot fail.
            let _ = writeln!(out, "test {turn} sleep {wait} {took}");
        }
        out + &format!("avg {}\n", total / u128::from(count.unsigned_abs()))
    }
}

/// `timer_test`.
pub(super) struct TimerTest;

const SYNTAX: &str = "<10|20|40|60|120> [<1..200>] [<timer_name>]";

#[async_trait]
impl ApiCommand for TimerTest {
    fn about(&self) -> About {
        about("timer_test", SYNTAX, "Has a timer tick so many times, 400 at the most, and tells how long a tick took.")
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        let mut words = call.arguments.split_whitespace();
        let tick = words.next().map_or(20, leading_integer);
        let count = words.next().map(leading_integer).filter(|count| (1..=400).contains(count)).unwrap_or(50);
        if ![10, 20, 30, 32, 40, 60, 120].contains(&tick) {
            return format!("parameter missing: {SYNTAX}\n");
        }
        if words.next().is_some_and(|timer| timer != "soft") {
            return "Timer Error!\n".to_owned();
        }
        let mut timer = interval(Duration::from_millis(tick.unsigned_abs()));
        timer.set_missed_tick_behavior(MissedTickBehavior::Burst);
        timer.tick().await;
        let start = Instant::now();
        let mut then = start;
        for turn in 1..=count {
            timer.tick().await;
            let took = then.elapsed();
            then += took;
            let text = format!("Timer Test: {turn} sleep {tick} {}", took.as_micros());
            call.switch.log().write(LogLevel::Console, "mod_commands.c", "timer_test_function", 1010, "", &text);
        }
        let all = (then - start).as_secs_f64() * 1000.0;
        let average = all / f64::from(u16::try_from(count).unwrap_or(1));
        format!("Avg: {average:.3}ms Total Time: {all:.3}ms\n")
    }
}
