//! Events fired inside a switch, against what the machine carries at the same time.

use std::process::Command;

use super::{RowError, Running, figure};
use crate::Figure;
use crate::load::{self, Format};

/// The command of the bench itself that serves such a switch.
pub const SERVE: &str = "serve-inside";

/// How often the two are measured, in turn.
const TURNS: usize = 3;

/// A switch that the bench's own program serves ([`SERVE`]) fires `events` for `listeners`; before, between and after, the
/// machine's limit is measured.
///
/// Gives `delivered` and `limit` a second, means of all turns, `share` of the first in the second, and what was `lost`.
///
/// # Errors
/// [`RowError`] when that switch does not start or a connection fails.
pub fn inside(listeners: usize, events: usize, format: Format) -> Result<Vec<Figure>, RowError> {
    let program = std::env::current_exe().map_err(load::LoadError::from)?;
    let limit = || figure(&load::limit(listeners, events)?, "delivered");
    let (mut delivered, mut limits, mut lost) = (0.0, limit()?, 0.0);
    for _ in 0..TURNS {
        let running = Running::start(Command::new(&program).arg(SERVE))?;
        let figures = load::inside(&running.target, listeners, events, format)?;
        delivered += figure(&figures, "delivered")?;
        lost += figure(&figures, "lost")?;
        drop(running);
        limits += limit()?;
    }
    let (delivered, limit) = (delivered / TURNS as f64, limits / (TURNS + 1) as f64);
    Ok(vec![
        Figure::new("delivered", delivered, "/s"),
        Figure::new("limit", limit, "/s"),
        Figure::new("share", delivered / limit, "x"),
        Figure::new("lost", lost, "events"),
    ])
}
