//! Calling members because somebody waits (`node_thread_run`, `find_consumers` of mod_fifo.c).

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use strowger_core::Switch;
use strowger_core::channel::HangupCause;
use strowger_core::originate::OriginateRequest;
use strowger_core::session::{Action, Next, SessionHandle};
use tokio::sync::watch;
use tokio::time::Instant;

use super::member::Member;
use super::node::{Node, Who};
use super::settings::Dialling;
use super::{Fifos, events};

/// How often it is looked whom to call.
const CYCLE: Duration = Duration::from_secs(1);

/// Members called for one caller at the most.
const MAX_ROWS: usize = 250;

/// How long a member's leg that nothing is known of may ring.
const USUAL_TIMEOUT: u32 = 60;

/// One attempt to have a caller served.
struct Attempt {
    fifo: String,
    members: Vec<Member>,
    outbound_name: String,
    retry_delay: u32,
    ring_timeout: u32,
    strategy: Dialling,
    /// For whom (ringall).
    caller: Option<Caller>,
    /// How many wait.
    count: watch::Receiver<usize>,
}

/// Who waits.
struct Caller {
    handle: SessionHandle,
    name: String,
    number: String,
    gone: watch::Receiver<()>,
}

impl Fifos {
    /// Sees to it that members are called while somebody waits.
    pub(super) fn dial(self: &Arc<Self>, switch: &Arc<Switch>) {
        if self.is_dialing.swap(true, Ordering::AcqRel) {
            return;
        }
        let (fifos, switch) = (Arc::clone(self), Arc::clone(switch));
        tokio::spawn(async move {
            while fifos.dial_once(&switch) && !switch.is_stopping() {
                tokio::time::sleep(CYCLE).await;
            }
        });
    }

    /// Calls whoever is to be called now; false when there is nobody left to be called for.
    fn dial_once(self: &Arc<Self>, switch: &Arc<Switch>) -> bool {
        let attempts = {
            let mut ledger = self.ledger(switch);
            let mut waiting: Vec<(u32, String)> = ledger
                .nodes
                .iter()
                .filter(|(_, node)| node.has_outbound && node.waiting() > 0)
                .map(|(name, node)| (node.outbound.priority, name.clone()))
                .collect();
            if waiting.is_empty() {
                // Under the lock: whoever comes now finds that nobody looks.
                self.is_dialing.store(false, Ordering::Release);
                return false;
            }
            waiting.sort();
            let mut attempts = Vec::new();
            for (_, name) in waiting {
                let busy: Vec<String> = ledger.called.iter().chain(ledger.talking.keys()).cloned().collect();
                let Some(node) = ledger.nodes.get_mut(&name) else { continue };
                let new = node.attempts(&name, &busy);
                ledger.called.extend(new.iter().flat_map(|attempt| attempt.members.iter().map(|one| one.id.clone())));
                attempts.extend(new);
            }
            attempts
        };
        for attempt in attempts {
            let call = Calling { fifos: Arc::clone(self), switch: Arc::clone(switch), attempt };
            tokio::spawn(call.run());
        }
        true
    }
}

impl Node {
    /// Whom to call now; they count as ringing from now on.
    fn attempts(&mut self, name: &str, busy: &[String]) -> Vec<Attempt> {
        let now = Instant::now();
        self.members.retain(|member| !member.has_expired(now));
        let lacks = self.waiting().saturating_sub(self.ringing as usize);
        if lacks == 0 || self.idle() > 0 {
            return Vec::new();
        }
        let mut free: Vec<&Member> =
            self.members.iter().filter(|member| member.is_free(now) && !busy.contains(&member.id)).collect();
        free.sort_by_key(|member| (member.next, member.failures, member.calls));
        let (most, least) = (self.outbound.per_cycle as usize, self.outbound.per_cycle_min as usize);
        let count = match self.outbound.strategy {
            Dialling::Ringall if most == 0 => MAX_ROWS,
            Dialling::Ringall => most,
            Dialling::Enterprise if most > 0 && most < lacks => most,
            Dialling::Enterprise => lacks.max(least),
        };
        let called: Vec<Member> = free.into_iter().take(count.min(MAX_ROWS)).cloned().collect();
        if called.is_empty() {
            return Vec::new();
        }
        for member in self.members.iter_mut().filter(|member| called.iter().any(|one| one.id == member.id)) {
            member.ring_count += 1;
        }
        let attempt = |members: Vec<Member>, caller: Option<Caller>, node: &Node| Attempt {
            fifo: name.to_owned(),
            members,
            outbound_name: node.outbound.name.clone(),
            retry_delay: node.outbound.retry_delay,
            ring_timeout: node.outbound.ring_timeout,
            strategy: node.outbound.strategy,
            caller,
            count: node.count(),
        };
        let attempts = match self.outbound.strategy {
            Dialling::Ringall => vec![attempt(called, self.caller_to_serve(), self)],
            Dialling::Enterprise => called.into_iter().map(|one| attempt(vec![one], None, self)).collect(),
        };
        self.ringing = self.ringing.saturating_add(u32::try_from(attempts.len()).unwrap_or(0));
        attempts
    }

    fn caller_to_serve(&self) -> Option<Caller> {
        let entry = self.next_caller()?;
        match &entry.who {
            Who::Caller { handle, name, number, .. } => {
                Some(Caller { handle: handle.clone(), name: name.clone(), number: number.clone(), gone: entry.gone() })
            }
            Who::Url(_) => None,
        }
    }
}

/// An attempt under way; dropped, its members ring no more.
struct Calling {
    fifos: Arc<Fifos>,
    switch: Arc<Switch>,
    attempt: Attempt,
}

impl Calling {
    async fn run(mut self) {
        let originate_uuid = self.switch.new_uuid();
        let request = self.request(&originate_uuid);
        self.tell_before(&request.dial_string, &originate_uuid).await;
        let needless = self.needless();
        let called = tokio::select! {
            called = self.switch.originate(&request) => called,
            // Dropped, the legs end with ORIGINATOR_CANCEL.
            () = needless => Err(HangupCause::OriginatorCancel),
        };
        match called {
            Ok(handle) => self.serve(&handle, &request.dial_string).await,
            Err(cause) => self.fail(cause, &request.dial_string),
        }
    }

    /// Waits until nobody needs to be called any more.
    fn needless(&mut self) -> impl Future<Output = ()> + Send + use<> {
        let gone = self.attempt.caller.as_ref().map(|caller| caller.gone.clone());
        let mut count = self.attempt.count.clone();
        async move {
            match gone {
                // It ends with the place of the caller.
                Some(mut gone) => while gone.changed().await.is_ok() {},
                None => drop(count.wait_for(|waiting| *waiting == 0).await.map(|_| ())),
            }
        }
    }

    fn request(&self, originate_uuid: &str) -> OriginateRequest {
        let it = &self.attempt;
        let timeout = |member: &Member| match (member.timeout, it.ring_timeout) {
            (0, 0) => USUAL_TIMEOUT,
            (0, usual) => usual,
            (own, _) => own,
        };
        let longest = it.members.iter().map(timeout).max().unwrap_or(USUAL_TIMEOUT);
        let (name, number, dial_string) = match (it.strategy, &it.caller) {
            (Dialling::Ringall, Some(caller)) => {
                let name = match it.outbound_name.strip_prefix('=') {
                    Some(fixed) => fixed.to_owned(),
                    None if it.outbound_name.is_empty() => caller.name.clone(),
                    None => format!("({}) {}", it.outbound_name, caller.name),
                };
                let legs: Vec<String> = it.members.iter().map(|one| leg(one, &it.fifo, timeout(one))).collect();
                let separator = if legs.iter().any(|leg| leg.starts_with('{')) { ":_:" } else { "," };
                let uuid = caller.handle.uuid();
                let common = format!("<fifo_bridge_uuid={uuid},fifo_originate_uuid={originate_uuid}>");
                (name, caller.number.clone(), common + &legs.join(separator))
            }
            _ => {
                let shown = if it.outbound_name.is_empty() { &it.fifo } else { &it.outbound_name };
                let member = it.members.first().map_or("", |member| member.dial_string.as_str());
                let fifo = quoted(&it.fifo);
                let variables = format!(
                    "{{execute_on_answer='unset fifo_hangup_check',fifo_name={fifo},fifo_hangup_check={fifo}}}{member}"
                );
                ("Queue".to_owned(), format!("Queue: {shown}"), variables)
            }
        };
        OriginateRequest {
            dial_string,
            caller_id_name: name,
            caller_id_number: number,
            timeout: Duration::from_secs(longest.into()),
            ..OriginateRequest::default()
        }
    }

    async fn tell_before(&self, dial_string: &str, originate_uuid: &str) {
        let it = &self.attempt;
        let ids = self.ids();
        let about = match &it.caller {
            Some(caller) => {
                let uuid = originate_uuid.to_owned();
                let asked = caller.handle.ask(move |session| {
                    session.channel.variables.set("fifo_originate_uuid", &uuid);
                    events::known(&session.channel)
                });
                asked.await.ok()
            }
            None => None,
        };
        let strategy = ("outbound-strategy", it.strategy.name());
        let dialled = ("originate_string", dial_string);
        let more = match &it.caller {
            Some(caller) => {
                vec![strategy, ("caller-uuid", caller.handle.uuid()), dialled, ("FIFO-Outbound-UUID-List", &ids)]
            }
            None => vec![("FIFO-Outbound-UUID", &*ids), strategy, dialled],
        };
        events::publish(&self.switch, about, &it.fifo, "pre-dial", &more);
    }

    /// Somebody has answered: it serves the queue.
    async fn serve(&self, handle: &SessionHandle, dial_string: &str) {
        let it = &self.attempt;
        let (fifo, is_ringall) = (it.fifo.clone(), it.strategy == Dialling::Ringall);
        let only = it.members.first().map(|member| member.id.clone()).unwrap_or_default();
        let begun = handle.ask(move |session| {
            let wait = ["fifo_member_wait", "member_wait"].iter().find_map(|name| session.channel.variable(name));
            let wait = wait.filter(|wait| wait.eq_ignore_ascii_case("nowait")).map_or("wait", |_| "nowait");
            let wait = if is_ringall { "nowait" } else { wait };
            let about = events::known(&session.channel);
            if is_ringall {
                session.channel.variables.remove("fifo_pop_order");
            } else {
                session.channel.variables.set("fifo_outbound_uuid", &only);
            }
            let outbound = session.channel.variables.get("fifo_outbound_uuid").unwrap_or_default().to_owned();
            let action = Action { application: "fifo".to_owned(), data: format!("{fifo} out {wait}") };
            session.send_on(Next::Execute(vec![action]));
            (about, outbound)
        });
        let Ok((about, outbound)) = begun.await else {
            handle.hangup(HangupCause::NormalTemporaryFailure);
            return self.fail(HangupCause::NormalTemporaryFailure, dial_string);
        };
        let ids = self.ids();
        let (strategy, result) = (("outbound-strategy", it.strategy.name()), ("result", "success"));
        let (served, dialled) = (("FIFO-Outbound-UUID", outbound.as_str()), ("originate_string", dial_string));
        let more = match &it.caller {
            Some(caller) => vec![
                strategy,
                ("caller-uuid", caller.handle.uuid()),
                served,
                ("FIFO-Outbound-UUID-List", &ids),
                result,
                dialled,
            ],
            None => vec![served, strategy, result, dialled],
        };
        events::publish(&self.switch, Some(about), &it.fifo, "post-dial", &more);
        self.wait_until_it_serves(handle).await;
    }

    /// The members count as ringing until the caller has been taken: nobody else is called for it.
    async fn wait_until_it_serves(&self, handle: &SessionHandle) {
        let Some(caller) = &self.attempt.caller else { return };
        let mut gone = caller.gone.clone();
        let taken = async { while gone.changed().await.is_ok() {} };
        tokio::select! {
            () = taken => {}
            () = handle.down() => {}
            () = tokio::time::sleep(Duration::from_secs(5)) => {}
        }
    }

    /// Nobody has answered.
    fn fail(&self, cause: HangupCause, dial_string: &str) {
        let it = &self.attempt;
        let is_acceptable = matches!(cause, HangupCause::OriginatorCancel | HangupCause::PickedOff);
        if !is_acceptable {
            let mut ledger = self.fifos.ledger(&self.switch);
            if let Some(node) = ledger.nodes.get_mut(&it.fifo) {
                let failed = node.members.iter_mut().filter(|member| it.members.iter().any(|one| one.id == member.id));
                failed.for_each(|member| member.fail(it.retry_delay));
            }
        }
        let ids = self.ids();
        let (strategy, result) = (("outbound-strategy", it.strategy.name()), ("result", "failure"));
        let (cause, dialled) = (("cause", cause.name()), ("originate_string", dial_string));
        let more = match &it.caller {
            Some(caller) => vec![
                strategy,
                ("caller-uuid", caller.handle.uuid()),
                result,
                ("acceptable", if is_acceptable { "true" } else { "false" }),
                cause,
                dialled,
                ("FIFO-Outbound-UUID-List", &ids),
            ],
            None => vec![("FIFO-Outbound-UUID", &*ids), strategy, result, cause, dialled],
        };
        events::publish(&self.switch, None, &it.fifo, "post-dial", &more);
    }

    fn ids(&self) -> String {
        self.attempt.members.iter().map(|member| member.id.as_str()).collect::<Vec<_>>().join(",")
    }
}

impl Drop for Calling {
    fn drop(&mut self) {
        let mut ledger = self.fifos.ledger(&self.switch);
        let it = &self.attempt;
        for member in &it.members {
            ledger.called.remove(&member.id);
        }
        if let Some(node) = ledger.nodes.get_mut(&it.fifo) {
            node.ringing = node.ringing.saturating_sub(1);
            let rung = node.members.iter_mut().filter(|member| it.members.iter().any(|one| one.id == member.id));
            rung.for_each(|member| member.ring_count = member.ring_count.saturating_sub(1));
        }
    }
}

/// A member's part of the dial string that all are called with.
fn leg(member: &Member, fifo: &str, timeout: u32) -> String {
    let is_user = member.dial_string.contains("user/");
    let (open, close) = if is_user { ('<', '>') } else { ('{', '}') };
    let own = member.dial_string.trim();
    let parts = own.strip_prefix(open).and_then(|rest| rest.split_once(close));
    let (variables, rest) = parts.map_or_else(|| (String::new(), own), |(own, rest)| (format!(",{own}"), rest));
    let known = format!("leg_timeout={timeout},fifo_outbound_uuid={},fifo_name={}", member.id, quoted(fifo));
    if is_user {
        format!("{{ignore_early_media=true,outbound_redirect_fatal=true,{known}{variables}}}{rest}")
    } else {
        format!("[{known}{variables}]{rest}")
    }
}

/// A text that stands in a list of variables, whatever is in it.
fn quoted(text: &str) -> String {
    if text.contains([',', '\'', '{', '}', '[', ']', '<', '>']) {
        format!("'{}'", text.replace('\'', ""))
    } else {
        text.to_owned()
    }
}
