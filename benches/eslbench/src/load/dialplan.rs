//! What it costs to find a call's extension.

use std::time::Instant;

use strowger_config::{LoadOptions, MemorySource, load};
use strowger_core::channel::CallerProfile;
use strowger_core::dialplan::Rehearsal;
use tokio::runtime::Builder;

use super::LoadError;
use super::requests::micros;
use crate::{Figure, Percentiles};

/// `count` hunts, in this process, through a dialplan of so many extensions, each with an expression for the number
/// called, of which the last one matches: `p50`, `p99` and `max` in microseconds.
///
/// # Errors
/// [`LoadError::Config`] when there are more extensions than a configuration holds, [`LoadError::NoRoute`] when the hunt
/// comes to nothing.
pub fn dialplan(extensions: usize, count: usize) -> Result<Vec<Figure>, LoadError> {
    let extension = |number: usize| {
        format!(
            "<extension name=\"e{number}\"><condition field=\"destination_number\" expression=\"^({number})$\">\
             <action application=\"bridge\" data=\"user/$1\"/></condition></extension>\n"
        )
    };
    let all: String = (1..=extensions).map(extension).collect();
    let text = format!("<d><section name=\"dialplan\"><context name=\"default\">{all}</context></section></d>");
    let config = load(&MemorySource::new([("freeswitch.xml", text)]), &LoadOptions::default())?;
    let profile = CallerProfile {
        context: "default".to_owned(),
        destination_number: extensions.to_string(),
        ..CallerProfile::default()
    };
    let runtime = Builder::new_current_thread().build()?;
    let mut took = Vec::with_capacity(count);
    for _ in 0..count {
        let mut rehearsal = Rehearsal::new(&config, profile.clone(), |_, _| None);
        let from = Instant::now();
        runtime.block_on(rehearsal.hunt(&config.dialplan, None)).ok_or(LoadError::NoRoute)?;
        took.push(micros(from));
    }
    Ok(Percentiles::new(took).figures())
}
