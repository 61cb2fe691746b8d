//! Connections that only stand.

use std::net::TcpStream;
use std::time::Instant;

use super::{LoadError, Target, latency};
use crate::Figure;

/// Events whose way to a subscriber is timed.
const TRIPS: usize = 500;

/// What a connection asks for that shall hear nothing.
pub const NOTHING_FIRED: &str = "event plain CUSTOM bench::none";

/// `count` connections, each logged in and subscribed, that do nothing: `opened` a second, `kib` of memory each.
///
/// # Errors
/// [`LoadError::Conn`] when one cannot be opened.
pub fn connections(target: &Target, count: usize) -> Result<Vec<Figure>, LoadError> {
    Ok(stand(target, count, Some(NOTHING_FIRED))?.1)
}

/// As [`connections`], with this first command or none, and what they cost others: `alone` and `beside` are the median microseconds from a sender to a
/// subscriber without them and beside them, `slower` is the second by the first.
///
/// # Errors
/// [`LoadError::Conn`] when a connection cannot be opened or is lost.
pub fn idle(target: &Target, count: usize, command: Option<&str>) -> Result<Vec<Figure>, LoadError> {
    let alone = median(target)?;
    let (standing, mut figures) = stand(target, count, command)?;
    let beside = median(target)?;
    figures.extend([
        Figure::new("alone", alone, "us"),
        Figure::new("beside", beside, "us"),
        Figure::new("slower", beside / alone, "x"),
    ]);
    drop(standing);
    Ok(figures)
}

fn stand(target: &Target, count: usize, command: Option<&str>) -> Result<(Vec<TcpStream>, Vec<Figure>), LoadError> {
    let before = target.usage();
    let start = Instant::now();
    let mut all = Vec::with_capacity(count);
    for _ in 0..count {
        let mut conn = target.login()?;
        if let Some(command) = command {
            conn.command(command)?;
        }
        // The stream alone: with its buffers and second descriptor it would be us who cannot hold so many.
        all.push(conn.into_stream());
    }
    let opened = count as f64 / start.elapsed().as_secs_f64();
    let kib = (target.usage().resident - before.resident) / count as f64;
    Ok((all, vec![Figure::new("opened", opened, "/s"), Figure::new("kib", kib, "KiB")]))
}

fn median(target: &Target) -> Result<f64, LoadError> {
    Ok(Figure::of(&latency(target, TRIPS)?, "p50").unwrap_or_default())
}
