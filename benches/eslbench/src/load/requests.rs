//! Round trips: api, bgapi, and an event from its sender to its subscriber.

use std::time::{Duration, Instant};

use super::{LoadError, Target};
use crate::{Figure, Percentiles};

/// Jobs on their way at one time.
const IN_FLIGHT: usize = 64;
/// Between two paced events: longer than any server's own batching.
pub const PACE: Duration = Duration::from_millis(3);

/// `count` round trips of `api echo`, one at a time: `rate` a second, `p50`, `p99` and `max` in microseconds.
///
/// # Errors
/// [`LoadError::Conn`] when an answer does not come.
pub fn api(target: &Target, count: usize) -> Result<Vec<Figure>, LoadError> {
    let mut conn = target.login()?;
    let (start, mut trips) = (Instant::now(), Vec::with_capacity(count));
    for _ in 0..count {
        let sent = Instant::now();
        conn.send("api echo hello\n\n")?;
        conn.packet()?;
        trips.push(micros(sent));
    }
    let mut figures = vec![Figure::new("rate", count as f64 / start.elapsed().as_secs_f64(), "/s")];
    figures.extend(Percentiles::new(trips).figures());
    Ok(figures)
}

/// `count` pipelined `bgapi echo`, until each job's event came: `rate` a second.
///
/// # Errors
/// [`LoadError::Conn`] when an event does not come.
pub fn bgapi(target: &Target, count: usize) -> Result<Vec<Figure>, LoadError> {
    let mut conn = target.login()?;
    conn.command("event plain BACKGROUND_JOB")?;
    let (start, mut sent, mut done) = (Instant::now(), 0, 0);
    while done < count {
        while sent < count && sent - done < IN_FLIGHT {
            conn.send("bgapi echo hello\n\n")?;
            sent += 1;
        }
        if conn.packet()?.is_event() {
            done += 1;
        }
    }
    Ok(vec![Figure::new("rate", count as f64 / start.elapsed().as_secs_f64(), "/s")])
}

/// `count` events, one each few milliseconds, from `sendevent` to a subscriber: `p50`, `p99` and `max` in microseconds.
///
/// # Errors
/// [`LoadError::Conn`] when an event does not come.
pub fn latency(target: &Target, count: usize) -> Result<Vec<Figure>, LoadError> {
    let mut listener = target.login()?;
    listener.command("event plain CUSTOM bench::load")?;
    let mut sender = target.login()?;
    let mut trips = Vec::with_capacity(count);
    for _ in 0..count {
        std::thread::sleep(PACE);
        let sent = Instant::now();
        sender.send("sendevent CUSTOM\nEvent-Subclass: bench::load\n\n")?;
        listener.event()?;
        trips.push(micros(sent));
        sender.packet()?;
    }
    Ok(Percentiles::new(trips).figures())
}

pub(super) fn micros(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1e6
}
