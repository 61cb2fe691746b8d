//! Listeners that stop reading.

use super::events::{Format, listen, send_all};
use super::{LoadError, Target};
use crate::Figure;

/// Listeners that go on reading meanwhile.
const READERS: usize = 2;

/// `events` of 2.2 KiB while `stalled` subscribers do not read, and two others do.
///
/// Gives the memory `added`, and how many events the others `lost`.
///
/// # Errors
/// [`LoadError::Conn`] when a connection fails.
pub fn lag(target: &Target, stalled: usize, events: usize) -> Result<Vec<Figure>, LoadError> {
    let stalled = (0..stalled).map(|_| {
        let mut conn = target.login()?;
        conn.command("event plain CUSTOM bench::load")?;
        Ok(conn)
    });
    let stalled = stalled.collect::<Result<Vec<_>, LoadError>>()?;
    let readers = (0..READERS).map(|_| listen(target, events, Format::Plain)).collect::<Result<Vec<_>, _>>()?;
    let mut sender = target.login()?;
    let before = target.usage();
    send_all(&mut sender, events)?;
    let mut heard = 0;
    for reader in readers {
        heard += reader.join().map_err(|_| LoadError::Thread)?.events;
    }
    let added = (target.usage().resident - before.resident) / 1024.0;
    drop(stalled);
    Ok(vec![Figure::new("added", added, "MiB"), Figure::new("lost", (events * READERS - heard) as f64, "events")])
}
