//! Many listeners: what each more of them costs, and those that stop reading, come and go, or only stand.

use super::{Bench, Bound, Row, RowError, figure};
use crate::Figure;
use crate::load::{self, Format};

/// Listeners, and as many events as take about a second to reach them all.
const FANOUTS: [(usize, usize); 4] = [(1, 100_000), (10, 60_000), (100, 8_000), (1000, 800)];
/// Listeners that stop reading, and events meanwhile.
const LAG: (usize, usize) = (10, 20_000);
/// Connections that come and go.
const CHURN: usize = 200_000;
/// Connections that stand.
const IDLE: usize = 10_000;

/// Calls that are listed.
const LISTED: usize = 20_000;

impl Bench<'_> {
    pub(super) fn listed(&self) -> Result<[Row; 2], RowError> {
        let figures = load::show(&self.switch()?.target, LISTED)?;
        Ok([
            Row::new("`show channels` with 20000 (show)", figure(&figures, "shown")?, "ms", Bound::AtMost(100.0)),
            Row::unbound("the longest of other answers meanwhile (show)", figure(&figures, "beside")?, "ms"),
        ])
    }

    /// What an event costs by the number of those who hear it.
    pub(super) fn fanouts(&self) -> Result<Vec<Row>, RowError> {
        let (mut rows, mut lost) = (Vec::new(), 0.0);
        for (listeners, events) in FANOUTS {
            let figures = load::fanout(&self.switch()?.target, listeners, events, Format::Plain)?;
            let name = format!("events out in all, listeners: {listeners} (fanout)");
            rows.push(Row::unbound(name, figure(&figures, "delivered")?, "/s"));
            lost += figure(&figures, "lost")?;
        }
        if let [_, ten, _, thousand] = rows.as_slice() {
            let share = thousand.measured / ten.measured;
            rows.push(Row::new("the same with 1000 listeners by with 10", share, "x", Bound::AtLeast(0.8)));
        }
        rows.push(Row::new("events lost in these four", lost, "events", Bound::AtMost(0.0)));
        Ok(rows)
    }

    pub(super) fn lag(&self) -> Result<[Row; 2], RowError> {
        let figures = load::lag(&self.switch()?.target, LAG.0, LAG.1)?;
        let (added, lost) = (figure(&figures, "added")?, figure(&figures, "lost")?);
        Ok([
            Row::new("memory for 10 that stop reading (lag)", added, "MiB", Bound::AtMost(64.0)),
            Row::new("events that others lose meanwhile (lag)", lost, "events", Bound::AtMost(0.0)),
        ])
    }

    pub(super) fn churn(&self) -> Result<[Row; 3], RowError> {
        let figures = load::churn(&self.switch()?.target, CHURN)?;
        let (mib, threads) = (figure(&figures, "kib")? / 1024.0, figure(&figures, "threads")?);
        Ok([
            Row::unbound("connections that log in and go (churn)", figure(&figures, "rate")?, "/s"),
            Row::new("memory grown by, 20000th to 200000th (churn)", mib, "MiB", Bound::AtMost(2.0)),
            Row::new("threads grown by (churn)", threads, "threads", Bound::AtMost(0.0)),
        ])
    }

    pub(super) fn idle(&self) -> Result<[Row; 3], RowError> {
        let silent = load::idle(&self.switch()?.target, IDLE, None)?;
        let elsewhere = load::idle(&self.switch()?.target, IDLE, Some(load::NOTHING_FIRED))?;
        let slower = |name, figures: &[Figure]| {
            Ok::<_, RowError>(Row::new(name, figure(figures, "slower")?, "x", Bound::AtMost(2.0)))
        };
        Ok([
            Row::new("memory a connection, of 10000 (idle)", figure(&silent, "kib")?, "KiB", Bound::AtMost(16.0)),
            slower("latency beside them by alone (idle)", &silent)?,
            slower("the same, they listen to other events (idle)", &elsewhere)?,
        ])
    }
}
