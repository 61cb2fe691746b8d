//! The project's figures, a row each: what was measured, what is to be reached, and the ratio of the two.
//!
//! Every row has a switch of its own, fresh from its start, so that memory counts from nothing.

mod crowds;
mod inside;

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::figure::short;
use crate::load::{self, Format, LoadError, PhoneError, Phones, Target};
use crate::{Conn, ConnError, Figure, Ready, Switch, SwitchError, Usage};

pub use inside::{SERVE, inside};

/// How long a switch may take to be ready.
const START: Duration = Duration::from_secs(20);
/// Calls a second that the SIP row tries, one after the other, until a call fails.
const RATES: [u32; 5] = [100, 250, 500, 1000, 1500];
/// How long each of [`RATES`] is kept up, seconds.
const RATE_SECONDS: u32 = 10;
/// Calls that are played a tone at one time.
const TONES: u32 = 300;
/// What listeners are to get of what the machine carries.
const SHARE: f64 = 0.8;
/// How much slower than `to reach` a row may be where sockets and schedulers of a shared machine are measured too.
const NEAR: f64 = 0.5;

/// One row of the table.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// What is measured.
    pub name: String,
    /// How much it was.
    pub measured: f64,
    /// Of what.
    pub unit: &'static str,
    /// What is to be reached; `None` for rows that only measure the machine.
    pub target: Option<Bound>,
}

/// The side on which a row is good.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Bound {
    /// More is better.
    AtLeast(f64),
    /// Less is better.
    AtMost(f64),
}

/// Why a row has no figure.
#[derive(Debug, thiserror::Error)]
pub enum RowError {
    /// The switch did not start or end.
    #[error(transparent)]
    Switch(#[from] SwitchError),
    /// Its event socket does not answer.
    #[error(transparent)]
    Conn(#[from] ConnError),
    /// A load did not go through.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// sipp could not call.
    #[error(transparent)]
    Phones(#[from] PhoneError),
    /// The switch has no SIP profile, or a load gave no such figure.
    #[error("there is no {0}")]
    Missing(&'static str),
}

/// Measures every row of a program and hands each to `show` as soon as it is known.
///
/// # Errors
/// The first row that cannot be measured ends it.
pub fn run(program: &Path, mut show: impl FnMut(&Row)) -> Result<(), RowError> {
    let bench = Bench { program };
    let limit = figure(&load::limit(10, 20_000)?, "delivered")?;
    show(&Row::unbound("limit of this machine, 10 listeners", limit, "/s"));
    for row in bench.start()? {
        show(&row);
    }
    for row in bench.events(limit)?.into_iter().chain(bench.requests()?).chain(bench.memory()?) {
        show(&row);
    }
    show(&dialplan()?);
    for row in tables()? {
        show(&row);
    }
    show(&bench.sip_rate()?);
    for row in bench.tones()? {
        show(&row);
    }
    bench.fanouts()?.iter().for_each(&mut show);
    bench.lag()?.iter().for_each(&mut show);
    bench.churn()?.iter().for_each(&mut show);
    bench.idle()?.iter().for_each(&mut show);
    bench.listed()?.iter().for_each(&mut show);
    Ok(())
}

impl Row {
    fn new(name: impl Into<String>, measured: f64, unit: &'static str, target: Bound) -> Row {
        Row { name: name.into(), measured, unit, target: Some(target) }
    }

    /// A row that has nothing to reach.
    fn unbound(name: impl Into<String>, measured: f64, unit: &'static str) -> Row {
        Row { name: name.into(), measured, unit, target: None }
    }

    /// How far the target is reached: 1 or more is there, 0.5 is half the speed or twice the size.
    pub fn ratio(&self) -> Option<f64> {
        Some(match self.target? {
            Bound::AtLeast(target) => self.measured / target,
            // Nothing at all, or less than before: as good as can be.
            Bound::AtMost(_) if self.measured <= 0.0 => f64::INFINITY,
            Bound::AtMost(target) => target / self.measured,
        })
    }

    /// The table's head.
    pub fn head() -> String {
        format!("{:<44} {:>12} {:>16} {:>8}", "row", "measured", "to reach", "ratio")
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let measured = format!("{} {}", short(self.measured), self.unit);
        let target = match self.target {
            Some(Bound::AtLeast(target)) => format!(">= {} {}", short(target), self.unit),
            Some(Bound::AtMost(target)) => format!("<= {} {}", short(target), self.unit),
            None => String::new(),
        };
        write!(f, "{:<44} {measured:>12} {target:>16}", self.name)?;
        let Some(ratio) = self.ratio() else { return Ok(()) };
        let verdict = match ratio {
            r if r >= 1.0 => "",
            r if r >= NEAR => "  near",
            _ => "  FAR",
        };
        write!(f, " {:>8}{verdict}", short(ratio.min(999.0)))
    }
}

/// The program under measurement.
struct Bench<'a> {
    program: &'a Path,
}

/// A started switch and where to reach it.
struct Running {
    switch: Switch,
    ready: Ready,
    target: Target,
}

impl Bench<'_> {
    fn switch(&self) -> Result<Running, RowError> {
        let mut command = Command::new(self.program);
        command.arg("serve").arg("--conf").arg(beside("conf")).arg("--no-console");
        Running::start(&mut command)
    }

    fn start(&self) -> Result<[Row; 2], RowError> {
        let from = Instant::now();
        let running = self.switch()?;
        let _answers = Conn::connect(running.ready.esl)?;
        let took = from.elapsed().as_secs_f64() * 1000.0;
        let idle = running.usage().resident / 1024.0;
        Ok([
            Row::new("start until the event socket answers", took, "ms", Bound::AtMost(50.0)),
            Row::new("resident memory, idle", idle, "MiB", Bound::AtMost(12.0)),
        ])
    }

    fn events(&self, limit: f64) -> Result<Vec<Row>, RowError> {
        let taken = load::fanout(&self.switch()?.target, 1, 20_000, Format::Plain)?;
        let out = load::fanout(&self.switch()?.target, 10, 20_000, Format::Plain)?;
        let json = load::fanout(&self.switch()?.target, 50, 4_000, Format::Json)?;
        let bursts = inside(10, 20_000, Format::Plain)?;
        let json_bursts = inside(50, 20_000, Format::Json)?;
        let floor = load::floor(500, load::PACE)?;
        let trips = load::latency(&self.switch()?.target, 500)?;
        let much = Bound::AtLeast(limit * SHARE);
        Ok(vec![
            Row::new("events in by sendevent (fanout 1)", figure(&taken, "taken_in")?, "/s", Bound::AtLeast(100_000.0)),
            Row::new("events out, 10 listeners, plain (fanout 10)", figure(&out, "delivered")?, "/s", much),
            Row::new("events out, 50 listeners, JSON (fanout 50)", figure(&json, "delivered")?, "/s", much),
            inside_row("events out, from inside, 10 plain (inside)", &bursts)?,
            inside_row("events out, from inside, 50 JSON (inside)", &json_bursts)?,
            Row::unbound("bare round trip, as paced, p50 (floor)", figure(&floor, "p50")?, "us"),
            Row::new("sender to subscriber, p50 (latency)", figure(&trips, "p50")?, "us", Bound::AtMost(80.0)),
            Row::new("sender to subscriber, p99 (latency)", figure(&trips, "p99")?, "us", Bound::AtMost(300.0)),
        ])
    }

    fn requests(&self) -> Result<Vec<Row>, RowError> {
        let floor = load::floor(20_000, Duration::ZERO)?;
        let api = load::api(&self.switch()?.target, 20_000)?;
        let jobs = load::bgapi(&self.switch()?.target, 50_000)?;
        let scripts = load::lua(&self.switch()?.target, 1_000_000)?;
        Ok(vec![
            Row::unbound("bare round trip, p50 (floor)", figure(&floor, "p50")?, "us"),
            Row::new("api echo round trip, p50 (api)", figure(&api, "p50")?, "us", Bound::AtMost(40.0)),
            Row::new("bgapi jobs (bgapi)", figure(&jobs, "rate")?, "/s", Bound::AtLeast(50_000.0)),
            Row::new(
                "events fired by one Lua script (lua)",
                figure(&scripts, "fired")?,
                "/s",
                Bound::AtLeast(300_000.0),
            ),
            Row::new(
                "a Lua script from start to end, p50 (lua)",
                figure(&scripts, "p50")?,
                "us",
                Bound::AtMost(1000.0),
            ),
        ])
    }

    fn memory(&self) -> Result<Vec<Row>, RowError> {
        let idle = load::connections(&self.switch()?.target, 500)?;
        let calls = load::calls(&self.switch()?.target, 1000, None)?;
        Ok(vec![
            Row::new("memory an idle connection (connections)", figure(&idle, "kib")?, "KiB", Bound::AtMost(16.0)),
            Row::new(
                "calls set up on the null endpoint (calls)",
                figure(&calls, "set_up")?,
                "/s",
                Bound::AtLeast(10_000.0),
            ),
            Row::new("processor time of such a call (calls)", figure(&calls, "cpu")?, "ms", Bound::AtMost(0.1)),
            Row::new("memory a parked call (calls)", figure(&calls, "kib")?, "KiB", Bound::AtMost(16.0)),
        ])
    }

    /// The highest rate of [`RATES`] at which every SIP call is answered and hung up.
    fn sip_rate(&self) -> Result<Row, RowError> {
        let (scenario, mut best) = (beside("sipp/uac_hold.xml"), 0);
        for rate in RATES {
            let running = self.switch()?;
            let phones = running.phones("9901", &scenario, rate * RATE_SECONDS)?;
            if !(Phones { rate, ..phones }).call()? {
                break;
            }
            best = rate;
        }
        Ok(Row::new("SIP calls a second, none failed (sipp)", f64::from(best), "/s", Bound::AtLeast(1000.0)))
    }

    /// What a SIP call costs from INVITE to BYE, and what it costs while it is played a tone.
    fn tones(&self) -> Result<[Row; 3], RowError> {
        let (running, scenario) = (self.switch()?, beside("sipp/uac_hold.xml"));
        running.phones("9901", &scenario, TONES)?.call()?;
        let before = running.usage();
        let (settle, measure) = (Duration::from_secs(5), Duration::from_secs(5));
        let hold = settle + measure + Duration::from_secs(2);
        let phones = Phones { hold, ..running.phones("9197", &scenario, TONES)? };
        let (first, second) = std::thread::scope(|scope| {
            let calls = scope.spawn(|| phones.call());
            std::thread::sleep(settle);
            let first = running.usage();
            std::thread::sleep(measure);
            let second = running.usage();
            calls.join().map_err(|_| LoadError::Thread)??;
            Ok::<_, RowError>((first, second))
        })?;
        let each = |value: f64| value / f64::from(TONES);
        let share = each((second.cpu - first.cpu) / measure.as_secs_f64() * 100.0);
        let kib = each(second.resident - before.resident);
        Ok([
            Row::new("processor time of a SIP call's life (sipp)", each(before.cpu * 1000.0), "ms", Bound::AtMost(1.0)),
            Row::new("a SIP call that is played a tone", share, "% core", Bound::AtMost(0.03)),
            Row::new("memory of such a call", kib, "KiB", Bound::AtMost(64.0)),
        ])
    }
}

impl Running {
    fn start(command: &mut Command) -> Result<Running, RowError> {
        let mut switch = Switch::spawn(command)?;
        let ready = switch.ready(START)?;
        let target = Target { addr: ready.esl.to_string(), password: "ClueCon".to_owned(), pid: Some(switch.pid()) };
        Ok(Running { switch, ready, target })
    }

    /// Phones that call it at an easy rate and hold each call for a second.
    fn phones<'a>(&self, number: &'a str, scenario: &'a Path, calls: u32) -> Result<Phones<'a>, RowError> {
        let server = *self.ready.sip.first().ok_or(RowError::Missing("SIP profile"))?;
        Ok(Phones { server, number, scenario, calls, rate: TONES / 3, hold: Duration::from_secs(1) })
    }

    fn usage(&self) -> Usage {
        Usage::of(self.switch.pid())
    }
}

/// A call's way through a large dialplan.
fn dialplan() -> Result<Row, RowError> {
    let hunts = load::dialplan(1000, 2000)?;
    let name = "hunt through 1,000 extensions, p50 (dialplan)";
    Ok(Row::new(name, figure(&hunts, "p50")?, "us", Bound::AtMost(200.0)))
}

fn tables() -> Result<[Row; 2], RowError> {
    let figures = load::tables(300_000);
    let row =
        |name, of| -> Result<Row, RowError> { Ok(Row::new(name, figure(&figures, of)?, "us", Bound::AtMost(2.0))) };
    Ok([
        row("a `hash` operation among 10,000 (tables)", "hash")?,
        row("a `limit` operation among 10,000 (tables)", "limit")?,
    ])
}

fn figure(figures: &[Figure], name: &'static str) -> Result<f64, RowError> {
    Figure::of(figures, name).ok_or(RowError::Missing(name))
}

/// A row of [`inside`], whose target is the limit measured with it.
fn inside_row(name: &str, figures: &[Figure]) -> Result<Row, RowError> {
    let most = Bound::AtLeast(figure(figures, "limit")? * SHARE);
    Ok(Row::new(name, figure(figures, "delivered")?, "/s", most))
}

/// A file of this crate's folder.
fn beside(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_of_one_is_there() {
        let check = |measured, target, ratio: f64| {
            assert_eq!(Row::new("x", measured, "/s", target).ratio(), Some(ratio));
        };
        check(50.0, Bound::AtLeast(100.0), 0.5);
        check(200.0, Bound::AtLeast(100.0), 2.0);
        check(50.0, Bound::AtMost(100.0), 2.0);
        check(200.0, Bound::AtMost(100.0), 0.5);
        check(0.0, Bound::AtMost(0.0), f64::INFINITY);
        check(1.0, Bound::AtMost(0.0), 0.0);
    }

    #[test]
    fn a_row_reads_well() {
        let row = Row::new("bgapi jobs", 20_000.0, "/s", Bound::AtLeast(50_000.0));
        let text = row.to_string();
        assert!(text.contains("20000 /s") && text.contains(">= 50000 /s") && text.ends_with("0.40  FAR"), "{text}");
    }
}
