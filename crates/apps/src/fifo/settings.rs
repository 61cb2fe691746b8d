//! fifo.conf.xml.

use std::collections::BTreeMap;

use strowger_config::{Config, Element};

use super::MANUAL;
use super::member::Member;
use super::node::Node;
use crate::words::leading_integer;

/// How a queue calls its members.
#[derive(Clone, Debug)]
pub(crate) struct Outbound {
    /// Shown to the members in front of the caller's name.
    pub(super) name: String,
    pub(super) strategy: Dialling,
    /// Members called at once at the most; 0: all.
    pub(super) per_cycle: u32,
    /// Members called at once at the least (`enterprise`).
    pub(super) per_cycle_min: u32,
    /// Of several queues those with a lower one are looked at first.
    pub(super) priority: u32,
    /// Seconds.
    pub(super) retry_delay: u32,
    pub(super) ring_timeout: u32,
    pub(super) default_lag: u32,
}

/// How members are called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialling {
    /// All at once, for one caller.
    Ringall,
    /// As many as there are callers, for whoever is next.
    Enterprise,
}

impl Dialling {
    fn parse(text: &str) -> Self {
        if text.eq_ignore_ascii_case("enterprise") { Self::Enterprise } else { Self::Ringall }
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Ringall => "ringall",
            Self::Enterprise => "enterprise",
        }
    }
}

impl Default for Outbound {
    fn default() -> Self {
        Self {
            name: String::new(),
            strategy: Dialling::Ringall,
            per_cycle: 0,
            per_cycle_min: 0,
            priority: 5,
            retry_delay: 0,
            ring_timeout: 0,
            default_lag: 0,
        }
    }
}

/// Seconds and counts at the most.
const MOST: i64 = 1_000_000;

/// Reads the queues and their members; gives those back that are there no more.
pub(super) fn load(config: &Config, nodes: &mut BTreeMap<String, Node>, is_again: bool, del_all: bool) -> Vec<Node> {
    let file = config.configuration("fifo.conf");
    let setting = |name: &str| {
        let settings = file.and_then(|file| file.child("settings"));
        settings.and_then(|settings| settings.params().find(|(key, _)| key.eq_ignore_ascii_case(name)))
    };
    let usual = setting("outbound-strategy").map_or(Dialling::Ringall, |(_, value)| Dialling::parse(value));
    let before: Vec<String> = nodes.iter().filter(|(_, node)| node.is_static).map(|(name, _)| name.clone()).collect();
    for node in nodes.values_mut() {
        node.is_static = false;
        node.members.retain(|member| !member.is_static && !del_all);
        node.has_outbound = !node.members.is_empty();
    }
    let fifos = file.and_then(|file| file.child("fifos")).into_iter().flat_map(|fifos| fifos.children_named("fifo"));
    for element in fifos {
        match element.attr("name") {
            None => tracing::error!("fifo has no name!"),
            Some(name) if name.eq_ignore_ascii_case(MANUAL) => {
                tracing::error!("{MANUAL} is a reserved name, use another name please.");
            }
            Some(name) => {
                let importance = attribute(element, "importance").unwrap_or(0);
                let node = nodes.entry(name.to_owned()).or_insert_with(|| Node::new(importance));
                configure(name, node, element, usual);
                tracing::info!("{name} configured");
            }
        }
    }
    let is_gone = |name: &String| is_again && nodes.get(name).is_some_and(|node| !node.is_static);
    let gone: Vec<String> = before.into_iter().filter(is_gone).collect();
    gone.iter()
        .filter_map(|name| {
            tracing::info!("{name} queued for removal");
            nodes.remove(name)
        })
        .collect()
}

fn configure(name: &str, node: &mut Node, element: &Element, usual: Dialling) {
    let given = |name: &str| attribute(element, name);
    let seconds = |key: &str, usual: u32| match given(key) {
        Some(seconds) if seconds <= 10 => {
            tracing::error!("Invalid {}: must be > 10 for queue {name}", key.trim_start_matches("outbound_"));
            usual
        }
        seconds => seconds.unwrap_or(usual),
    };
    node.outbound = Outbound {
        name: element.attr("outbound_name").unwrap_or_default().to_owned(),
        strategy: element.attr("outbound_strategy").map_or(usual, Dialling::parse),
        per_cycle: given("outbound_per_cycle").unwrap_or(1),
        per_cycle_min: given("outbound_per_cycle_min").unwrap_or(1),
        priority: given("outbound_priority").filter(|priority| (1..=10).contains(priority)).unwrap_or(5),
        retry_delay: given("retry_delay").unwrap_or(0),
        ring_timeout: seconds("outbound_ring_timeout", 60),
        default_lag: seconds("outbound_default_lag", 30),
    };
    node.is_static = true;
    for member in element.children_named("member") {
        let timeout = attribute(member, "timeout").filter(|timeout| *timeout >= 10);
        let lag = member
            .attr("lag")
            .map_or(10, |lag| u32::try_from(leading_integer(lag)).unwrap_or(node.outbound.default_lag));
        let simo = attribute(member, "simo").unwrap_or(1);
        let timeout = timeout.unwrap_or(node.outbound.ring_timeout);
        let taking_calls = attribute(member, "taking_calls").filter(|taking| *taking >= 1).unwrap_or(1);
        let member = Member { is_static: true, taking_calls, ..Member::new(&member.text, simo, timeout, lag) };
        if node.add_member(member).is_err() {
            tracing::error!("{name} has too many members");
        }
    }
}

/// A number that is none below 0.
fn attribute(element: &Element, name: &str) -> Option<u32> {
    element
        .attr(name)
        .map(leading_integer)
        .filter(|value| *value >= 0)
        .and_then(|value| u32::try_from(value.min(MOST)).ok())
}
