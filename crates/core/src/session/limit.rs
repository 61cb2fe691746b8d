//! What a call has taken of counted resources (`switch_limit.c`).

use strowger_event::{Event, EventKind};

use super::Session;
use crate::bus::Origin;
use crate::resources::{Allowance, Backend, Usage};

const FIRE: Origin = Origin::new("switch_limit.c", "switch_limit_fire_event", 67);

/// Which backends the call has something of.
const BACKENDS: &str = "limit_backend";

/// How many places a call may have; one more is refused as if the resource were used up.
const MAX_HELD: usize = 1024;

impl Session {
    /// Takes a place of the resource `realm`_`id` for this call, and tells in `limit_usage…`, `limit_rate…` and
    /// `limit_backend` of it, and in `CUSTOM limit::usage`. False when it is used up. The place is given back when the
    /// call ends or is sent to another extension (unless `limit_ignore_transfer` is true).
    pub fn limit(&mut self, backend: Backend, (realm, id): (&str, &str), allowed: Allowance) -> bool {
        let name = format!("{realm}_{id}");
        let has = backend == Backend::Hash && self.held.iter().any(|(of, held)| *of == backend && *held == name);
        if backend == Backend::Db {
            self.channel.variables.set("limit_realm", realm);
            self.channel.variables.set("limit_id", id);
            self.channel.variables.set("limit_max", &signed(allowed.max));
        }
        if self.held.len() >= MAX_HELD {
            return false;
        }
        let Some(usage) = self.switch.resources().take(backend, &name, has, allowed) else {
            tracing::info!(uuid = %self.channel.uuid, "Usage for {name} is already at max value ({})", signed(allowed.max));
            return false;
        };
        if !has {
            self.fire_usage(backend, (realm, id), usage, allowed);
            self.held.push((backend, name.clone()));
        }
        self.tell_usage(backend, &name, usage);
        true
    }

    /// Gives back what the call has of a resource; of all of the backend without one.
    pub fn release_limit(&mut self, backend: Backend, of: Option<(&str, &str)>) {
        let name = of.map(|(realm, id)| format!("{realm}_{id}"));
        let is_meant =
            |(of, held): &mut (Backend, String)| *of == backend && name.as_ref().is_none_or(|name| name == held);
        for (backend, name) in self.held.extract_if(.., is_meant) {
            self.switch.resources().give(backend, &name);
        }
    }

    /// The call is sent elsewhere, or over: it has nothing any more.
    pub(super) fn release_limits(&mut self) {
        if !self.held.is_empty() {
            for backend in [Backend::Hash, Backend::Db] {
                self.release_limit(backend, None);
            }
        }
        self.channel.variables.remove(BACKENDS);
    }

    /// As [`Session::release_limits`], unless it keeps what it has over a transfer.
    pub(super) fn release_limits_on_transfer(&mut self) {
        if !self.is_set("limit_ignore_transfer") {
            self.release_limits();
        }
    }

    fn tell_usage(&mut self, backend: Backend, name: &str, usage: Usage) {
        let variables = &mut self.channel.variables;
        let told = [("usage", usage.total), ("rate", usage.rate)];
        for (what, count) in told.into_iter().take(if backend == Backend::Hash { 2 } else { 1 }) {
            let count = count.to_string();
            variables.set(&format!("limit_{what}"), &count);
            variables.set(&format!("limit_{what}_{name}"), &count);
        }
        let backends = match variables.get(BACKENDS) {
            Some(known) if known.split(',').any(|known| known == backend.name()) => return,
            Some(known) => format!("{known},{}", backend.name()),
            None => backend.name().to_owned(),
        };
        variables.set(BACKENDS, &backends);
    }

    fn fire_usage(&self, backend: Backend, (realm, id): (&str, &str), usage: Usage, allowed: Allowance) {
        if !self.switch.bus().wants(EventKind::Custom) {
            return self.switch.bus().skip();
        }
        let rate_max = allowed.max.filter(|_| backend == Backend::Hash).unwrap_or(0);
        let event = Event::custom("limit::usage")
            .header("backend", backend.name())
            .header("realm", realm)
            .header("key", id)
            .header("usage", &usage.total.to_string())
            .header("rate", &usage.rate.to_string())
            .header("max", &signed(allowed.max))
            .header("ratemax", &rate_max.to_string());
        self.switch.bus().publish(event, FIRE);
    }
}

/// Without a limit it is -1.
fn signed(max: Option<u32>) -> String {
    max.map_or_else(|| "-1".to_owned(), |max| max.to_string())
}
