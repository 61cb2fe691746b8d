//! REFER within a call: the far end transfers the one it talks with, to a number or to the other of its own calls
//! (RFC 3515, RFC 3891).

use std::sync::Arc;

use bytes::Bytes;
use strowger_core::Switch;
use strowger_core::channel::HangupCause;
use strowger_core::indication::Indicated;
use strowger_core::session::{Session, SessionHandle, join};

use super::leg::SofiaLeg;
use crate::message::{Message, Method, NameAddr};
use crate::ua::Response;

/// Takes a REFER; the response to it. What comes of it is told by NOTIFY.
pub(super) fn received(session: &mut Session, refer: &Message) -> Response {
    let full = refer.header("Refer-To").unwrap_or_default().into_owned();
    let Ok(target) = NameAddr::parse(full.as_bytes()) else {
        return Response { reason: "Missing Refer-To".to_owned(), ..Response::new(400) };
    };
    session.channel.variables.set_foreign("sip_refer_to", &full);
    let number = refer.cseq().map_or(0, |cseq| cseq.seq);
    match target.uri.headers().and_then(Replaced::parse) {
        Some(replaced) => {
            // All calls are asked: one search at a time is enough for anybody.
            if change_transferring(session, true) {
                return Response::new(491);
            }
            attended(session, replaced, number);
        }
        None => {
            let by = refer.header("Referred-By").unwrap_or_default().into_owned();
            let confirm = session.is_set("confirm_blind_transfer");
            let done = blind(session, target.uri.user().unwrap_or_default(), by, confirm);
            if done && confirm {
                wait(session, number);
            } else {
                tell(session, number, if done { DONE } else { REFUSED });
            }
        }
    }
    Response::new(202).with("Expires", "60")
}

const DONE: &str = "SIP/2.0 200 OK\r\n";
const REFUSED: &str = "SIP/2.0 403 Forbidden\r\n";

/// Transfers the other leg, which says later how that went if it is to `confirm` it; `false` when there is none.
fn blind(session: &mut Session, number: &str, by: String, confirm: bool) -> bool {
    let Some(partner) = session.partner().cloned().filter(|_| !number.is_empty()) else {
        tracing::error!(uuid = %session.channel.uuid, "Cannot Blind Transfer 1 Legged calls");
        return false;
    };
    session.channel.variables.set_foreign("transfer_destination", &format!("blind:{number}"));
    session.channel.variables.set("endpoint_disposition", "BLIND_TRANSFER");
    let own = session.channel.profile.as_ref().map(|profile| profile.destination_number.clone()).unwrap_or_default();
    let number = number.to_owned();
    let own_handle = confirm.then(|| session.handle().clone());
    let transfer = move |other: &mut Session| {
        other.channel.variables.set_foreign("sip_h_Referred-By", &by);
        other.channel.variables.set_foreign("transfer_fallback_extension", &own);
        if let Some(transferor) = own_handle {
            other.confirm_transfer(transferor);
        }
        let forced = |name| other.channel.variable(name).map(str::to_owned);
        let (dialplan, context) = (forced("force_transfer_dialplan"), forced("force_transfer_context"));
        let Some(profile) = &other.channel.profile else { return };
        let dialplan = dialplan.unwrap_or_else(|| profile.dialplan.clone());
        let context = context.unwrap_or_else(|| profile.context.clone());
        let number = strowger_core::channel::disarmed(&number).into_owned();
        other.transfer(&number, if dialplan.is_empty() { "XML" } else { &dialplan }, &context);
    };
    partner.tell(transfer).is_ok()
}

/// Joins the other leg with that of the call that is to be replaced; both calls of the far end end then.
fn attended(session: &Session, replaced: Replaced, number: u32) {
    let (switch, own, partner) = (Arc::clone(session.switch()), session.handle().clone(), session.partner().cloned());
    tokio::spawn(async move {
        let done = match partner {
            Some(partner) => replace(&switch, &own, &partner, &replaced).await,
            None => None,
        };
        let fragment = if done.is_some() { DONE } else { REFUSED };
        // A call that is over is told nothing.
        let told = own.post(move |session| {
            change_transferring(session, false);
            tell(session, number, fragment);
        });
        let _ = told.await;
        for call in done.into_iter().chain([own].into_iter().filter(|_| fragment == DONE)) {
            call.hangup(HangupCause::AttendedTransfer);
        }
    });
}

/// Notes whether a transfer is under way; whether one was before.
fn change_transferring(session: &mut Session, is: bool) -> bool {
    session.with_leg::<SofiaLeg, _>(|leg, _| std::mem::replace(&mut leg.is_transferring, is)) == Some(true)
}

/// The call that was replaced, once its partner talks with ours.
async fn replace(
    switch: &Switch,
    own: &SessionHandle,
    partner: &SessionHandle,
    replaced: &Replaced,
) -> Option<SessionHandle> {
    for call in switch.sessions().all() {
        if call.uuid() == own.uuid() {
            continue;
        }
        let wanted = replaced.clone();
        let found = call.ask(move |session| {
            let is = session.with_leg::<SofiaLeg, _>(|leg, _| leg.call.as_ref().is_some_and(|call| wanted.is(call)));
            is == Some(true)
        });
        if found.await != Ok(true) {
            continue;
        }
        let other = call.ask(alone).await.ok().flatten()?;
        own.ask(alone).await.ok()?;
        return join(partner, &other).await.is_ok().then_some(call);
    }
    None
}

/// Has a call wait once it is left by the other leg, which it gives: it is still to be told how the transfer went.
fn alone(session: &mut Session) -> Option<SessionHandle> {
    let other = session.partner().cloned()?;
    session.channel.variables.set("park_after_bridge", "true");
    Some(other)
}

fn tell(session: &mut Session, number: u32, fragment: &'static str) {
    session.with_leg::<SofiaLeg, _>(|leg, _| leg.notify_refer(number, OVER, fragment));
}

const OVER: &str = "terminated;reason=noresource";
const TRYING: &str = "SIP/2.0 100 Trying\r\n";

/// The far end stays, and waits to hear how the transfer went.
fn wait(session: &mut Session, number: u32) {
    session.channel.variables.set("park_after_bridge", "true");
    session.with_leg::<SofiaLeg, _>(|leg, _| {
        leg.refer = Some(number);
        leg.notify_refer(number, "active;expires=60", TRYING);
    });
}

impl SofiaLeg {
    /// Tells the far end how the transfer went, if it waits for that.
    pub(super) fn tell_transferred(&mut self, is_done: bool) -> Indicated {
        let Some(number) = self.refer.take() else { return Indicated::Done };
        self.notify_refer(number, OVER, if is_done { DONE } else { REFUSED });
        Indicated::Told
    }

    fn notify_refer(&mut self, number: u32, state: &str, fragment: &'static str) {
        let headers = [("Event", format!("refer;id={number}")), ("Subscription-State", state.to_owned())];
        let headers: Vec<_> = headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let body = ("message/sipfrag;version=2.0".to_owned(), Bytes::from_static(fragment.as_bytes()));
        self.send_request(0, Method::Notify, headers, Some(body));
    }
}

/// The dialog that a Replaces names.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Replaced {
    call_id: String,
    tags: Vec<String>,
}

impl Replaced {
    /// Reads the headers of a Refer-To's URI.
    fn parse(headers: &str) -> Option<Self> {
        let named = headers.split('&').filter_map(|header| header.split_once('='));
        let (_, value) = named.into_iter().find(|(name, _)| name.eq_ignore_ascii_case("Replaces"))?;
        let value = unescaped(value);
        let mut parts = value.split(';').map(str::trim);
        let call_id = parts.next().filter(|id| !id.is_empty())?.to_owned();
        let tags = parts.filter_map(|part| part.split_once('=')).filter(|(name, _)| name.ends_with("-tag"));
        Some(Self { call_id, tags: tags.map(|(_, tag)| tag.to_owned()).collect() })
    }

    fn is(&self, call: &crate::ua::Call) -> bool {
        call.call_id() == self.call_id && self.tags.iter().any(|tag| tag == call.local_tag())
    }
}

fn unescaped(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let code = behind.get(..2).filter(|_| *first == b'%').and_then(|code| std::str::from_utf8(code).ok());
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = behind.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(*first);
                rest = behind;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dialogs_to_be_replaced() {
        let replaced = Replaced::parse("X=1&Replaces=a%40b%3Bto-tag%3D1%3bfrom-tag%3D2").unwrap();
        assert_eq!(replaced, Replaced { call_id: "a@b".into(), tags: vec!["1".into(), "2".into()] });
        for none in ["", "Replaces", "Replaces=", "replaces=%3Bto-tag%3D1", "Other=a"] {
            assert_eq!(Replaced::parse(none), None, "{none}");
        }
        assert_eq!(unescaped("100%%zz%4"), "100%%zz%4");
    }
}
