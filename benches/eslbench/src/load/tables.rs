//! What it costs to keep something in the switch, and to count a call.

use std::hint::black_box;
use std::time::Instant;

use strowger_core::Store;
use strowger_core::resources::{Allowance, Backend, Resources};

use crate::Figure;

/// How many texts, and how many resources, there are meanwhile.
const ENTRIES: usize = 10_000;

/// `count` rounds, in this process, among 10,000 entries: `hash`, the microseconds of an insert, a look and a removal on
/// the mean, and `limit`, those of a place that is taken and one that is given back.
#[must_use]
pub fn tables(count: usize) -> Vec<Figure> {
    vec![Figure::new("hash", hash(count), "us"), Figure::new("limit", limit(count), "us")]
}

fn hash(count: usize) -> f64 {
    let store = Store::default();
    let keys: Vec<String> = (0..ENTRIES).map(|number| format!("+49170{number:07}")).collect();
    // It holds far more than these.
    let insert = |key: &String| store.insert("bench", key, "sip:agent@pbx.example.org").unwrap_or_default();
    keys.iter().for_each(insert);
    let from = Instant::now();
    for key in keys.iter().cycle().take(count) {
        black_box(store.get("bench", key));
        black_box(store.remove("bench", key));
        insert(key);
    }
    each(from, count * 3)
}

fn limit(count: usize) -> f64 {
    let resources = Resources::default();
    let allowed = Allowance { max: Some(100), interval: 0 };
    let names: Vec<String> = (0..ENTRIES).map(|number| format!("bench_gateway{number}")).collect();
    for name in &names {
        black_box(resources.take(Backend::Hash, name, false, allowed));
    }
    let from = Instant::now();
    for name in names.iter().cycle().take(count) {
        black_box(resources.take(Backend::Hash, name, false, allowed));
        resources.give(Backend::Hash, name);
    }
    each(from, count * 2)
}

fn each(from: Instant, operations: usize) -> f64 {
    from.elapsed().as_secs_f64() * 1e6 / operations.max(1) as f64
}
