//! Calls on the null endpoint.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::{LoadError, Target};
use crate::{Conn, Figure};

/// Calls asked for that have not parked yet, at most.
const IN_FLIGHT: usize = 64;

/// `count` calls `originate null/… &park()`, at most `rate` a second where one is given, until each is parked; then
/// all are hung up.
///
/// Gives `set_up` and `hung_up` calls a second, and `kib` of memory and `cpu` milliseconds a parked call.
///
/// # Errors
/// [`LoadError::Calls`] when one of them does not park or does not end.
pub fn calls(target: &Target, count: usize, rate: Option<f64>) -> Result<Vec<Figure>, LoadError> {
    let mut listener = target.login()?;
    listener.command("event plain CHANNEL_PARK CHANNEL_DESTROY")?;
    let before = target.usage();
    let start = Instant::now();
    let parked = Arc::new(AtomicUsize::new(0));
    let sender = originate(target, count, rate, &parked)?;
    await_all(&mut listener, count, "parked", "Event-Name: CHANNEL_PARK", &parked)?;
    let up = start.elapsed().as_secs_f64();
    sender.join().map_err(|_| LoadError::Thread)??;
    let after = target.usage();

    let down = Instant::now();
    target.login()?.command("bgapi hupall")?;
    await_all(&mut listener, count, "ended", "Event-Name: CHANNEL_DESTROY", &AtomicUsize::new(0))?;
    let each = |value: f64| value / count as f64;
    Ok(vec![
        Figure::new("set_up", count as f64 / up, "/s"),
        Figure::new("hung_up", count as f64 / down.elapsed().as_secs_f64(), "/s"),
        Figure::new("kib", each(after.resident - before.resident), "KiB"),
        Figure::new("cpu", each((after.cpu - before.cpu) * 1000.0), "ms"),
    ])
}

/// `count` parked calls are listed by `show channels`, `TIMES` times, while another connection asks for answers.
///
/// Gives `shown`, the median of its answers, and `beside`, the longest of the others meanwhile, both in milliseconds.
///
/// # Errors
/// [`LoadError::Calls`] when one of them does not park or does not end.
pub fn show(target: &Target, count: usize) -> Result<Vec<Figure>, LoadError> {
    let mut listener = target.login()?;
    listener.command("event plain CHANNEL_PARK CHANNEL_DESTROY")?;
    let parked = Arc::new(AtomicUsize::new(0));
    let sender = originate(target, count, None, &parked)?;
    await_all(&mut listener, count, "parked", "Event-Name: CHANNEL_PARK", &parked)?;
    sender.join().map_err(|_| LoadError::Thread)??;
    let (mut conn, mut other) = (target.login()?, target.login()?);
    let done = Arc::new(AtomicBool::new(false));
    let ended = Arc::clone(&done);
    let beside = std::thread::spawn(move || -> Result<f64, LoadError> {
        let mut longest = 0.0_f64;
        while !ended.load(Ordering::Relaxed) {
            longest = longest.max(timed(&mut other, "echo x")?);
        }
        Ok(longest)
    });
    let mut times = (0..TIMES).map(|_| timed(&mut conn, "show channels")).collect::<Result<Vec<_>, _>>()?;
    done.store(true, Ordering::Relaxed);
    let beside = beside.join().map_err(|_| LoadError::Thread)??;
    conn.command("bgapi hupall")?;
    await_all(&mut listener, count, "ended", "Event-Name: CHANNEL_DESTROY", &AtomicUsize::new(0))?;
    times.sort_by(f64::total_cmp);
    let median = times.get(TIMES / 2).copied().unwrap_or_default();
    Ok(vec![Figure::new("shown", median, "ms"), Figure::new("beside", beside, "ms")])
}

/// How often the calls are listed.
const TIMES: usize = 9;

/// How long a command's answer took, in milliseconds.
fn timed(conn: &mut Conn, command: &str) -> Result<f64, LoadError> {
    let start = Instant::now();
    conn.api(command)?;
    Ok(start.elapsed().as_secs_f64() * 1000.0)
}

type Sender = JoinHandle<Result<(), LoadError>>;

/// Asks for the calls from a thread of its own, never far ahead of those that have parked.
fn originate(target: &Target, count: usize, rate: Option<f64>, parked: &Arc<AtomicUsize>) -> Result<Sender, LoadError> {
    let mut conn = target.login()?;
    let parked = Arc::clone(parked);
    Ok(std::thread::spawn(move || {
        let start = Instant::now();
        for i in 0..count {
            let early = || rate.is_some_and(|rate| i as f64 > rate * start.elapsed().as_secs_f64());
            while i > parked.load(Ordering::Relaxed) + IN_FLIGHT || early() {
                std::thread::sleep(Duration::from_micros(200));
            }
            conn.send(&format!("bgapi originate {{bench=yes}}null/{i} &park()\n\n"))?;
            conn.answer()?;
        }
        Ok(())
    }))
}

fn await_all(
    listener: &mut Conn,
    wanted: usize,
    what: &'static str,
    mark: &str,
    came: &AtomicUsize,
) -> Result<(), LoadError> {
    while came.load(Ordering::Relaxed) < wanted {
        match listener.event() {
            Ok(packet) if packet.has(mark) => drop(came.fetch_add(1, Ordering::Relaxed)),
            Ok(_) => {}
            Err(source) => {
                // The sender waits for calls that will not come: let it end.
                let came = came.swap(usize::MAX - IN_FLIGHT, Ordering::Relaxed);
                return Err(LoadError::Calls { what, came, wanted, source });
            }
        }
    }
    Ok(())
}
