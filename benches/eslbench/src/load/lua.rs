//! Scripts in Lua: how fast one fires, and how soon it runs.

use std::time::Instant;

use super::requests::micros;
use super::{LoadError, Target};
use crate::{Figure, Percentiles};

/// How often a script is started for its figure.
const STARTS: usize = 2000;

/// One script fires `events` events that somebody hears: `fired` a second; and another that does nothing, from its command
/// to its answer: `p50`, `p99` and `max` in microseconds.
///
/// # Errors
/// [`LoadError::Script`] when the server runs no Lua, else [`LoadError::Conn`].
pub fn lua(target: &Target, events: usize) -> Result<Vec<Figure>, LoadError> {
    let mut conn = target.login()?;
    let script = format!(
        "api lua ~local heard = freeswitch.EventConsumer('CUSTOM', 'bench::lua', 1) local api = freeswitch.API() \
         local begun = api:getTime() for i = 1, {events} do local e = freeswitch.Event('CUSTOM', 'bench::lua') \
         e:addHeader('number', i) e:addHeader('name', 'value') e:fire() end stream:write(api:getTime() - begun)\n\n"
    );
    conn.send(&script)?;
    let answer = conn.packet()?;
    let text = String::from_utf8_lossy(&answer.body).trim().to_owned();
    let milliseconds: f64 = text.parse().map_err(|_| LoadError::Script(text))?;
    let mut starts = Vec::with_capacity(STARTS);
    for _ in 0..STARTS {
        let sent = Instant::now();
        conn.send("api lua ~stream:write('x')\n\n")?;
        conn.packet()?;
        starts.push(micros(sent));
    }
    let mut figures = vec![Figure::new("fired", events as f64 * 1000.0 / milliseconds.max(1.0), "/s")];
    figures.extend(Percentiles::new(starts).figures());
    Ok(figures)
}
