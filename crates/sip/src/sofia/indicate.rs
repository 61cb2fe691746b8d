//! What a far end is told within the call besides its media: where else to call, what to show, texts.

use bytes::Bytes;
use strowger_config::is_true;
use strowger_core::channel::{Answer, Channel, Direction, HangupCause, Variables};
use strowger_core::indication::{Content, Indicated, Indication, OtherSide};

use super::leg::SofiaLeg;
use crate::message::{Message, Method, reason_of};
use crate::ua::{OutgoingRequest, Response};

/// What our REFER is known by among the requests within a call.
pub(super) const REFER: u64 = 2;

/// Contacts of a redirection (`MAX_REDIR`); what is behind the last one belongs to it.
const MAX_CONTACTS: usize = 128;

/// Phones that show whom an UPDATE names, by what their User-Agent has in it.
const SHOW_UPDATES: [&str; 13] = [
    "poly",
    "aastra",
    "cisco/spa50",
    "cisco/spa525",
    "cisco/spa30",
    "fanvil",
    "grandstream",
    "ringotel",
    "groundwire",
    "acrobits",
    "yealink",
    "mitel",
    "panasonic",
];

/// What the far end can do, as its messages say.
#[derive(Debug, Default)]
pub(super) struct FarEnd {
    /// X-FS-Support: what another FreeSWITCH understands.
    supports: String,
    user_agent: String,
    allows_update: bool,
    /// Whom it was shown last.
    shown: Option<(String, String)>,
}

impl FarEnd {
    /// Takes note of what a message says.
    pub(super) fn note(&mut self, message: &Message) {
        let header = |name: &str| message.header(name).map(|value| value.to_ascii_lowercase());
        if let Some(supports) = header("X-FS-Support") {
            self.supports = supports;
        }
        if let Some(user_agent) = header("User-Agent") {
            self.user_agent = user_agent;
        }
        self.allows_update |= header("Allow").is_some_and(|allow| allow.contains("update"));
    }

    fn supports(&self, what: &str) -> bool {
        self.supports.contains(what)
    }

    fn shows_updates(&self, ignore_user_agent: bool) -> bool {
        let known = || SHOW_UPDATES.iter().any(|name| self.user_agent.contains(name));
        self.allows_update && (ignore_user_agent || known() && !self.user_agent.contains("intelligate"))
    }
}

impl SofiaLeg {
    /// Tells the far end something.
    pub(super) fn tell(&mut self, channel: &mut Channel, indication: &Indication<'_>) -> Indicated {
        match *indication {
            Indication::Redirect(to) => self.redirect(channel, to),
            Indication::Deflect(to) => self.deflect(channel, to),
            Indication::Info(content) => self.inform(channel, content),
            Indication::Message(content) => self.send_text(channel, content),
            Indication::PhoneEvent(event) => self.phone_event(channel, event),
            Indication::Display { name, number } => self.show(channel, name, number),
            Indication::Simplify(other) => self.simplify(channel, other),
            Indication::Renegotiate(codecs) => self.renegotiate(channel, codecs),
            Indication::FilterCodecs(list) => self.media.filter(channel, &self.profile, list),
            Indication::Transferred(is_done) => self.tell_transferred(is_done),
            Indication::Bypass(description) => self.go_around(channel, Some(description)),
            Indication::Unbypass => self.go_around(channel, None),
        }
    }

    fn redirect(&mut self, channel: &mut Channel, to: &str) -> Indicated {
        if to.is_empty() {
            return Indicated::Done;
        }
        if channel.answer == Answer::Answered {
            tracing::warn!(uuid = %channel.uuid, "Too late for redirecting, already answered");
            return Indicated::Done;
        }
        let redirection = Redirection::parse(to);
        tracing::debug!(uuid = %channel.uuid, "Redirecting to {}", redirection.contacts);
        if let Some(call) = self.call.as_ref().filter(|_| !self.has_call_id()) {
            let response = Response::new(redirection.status);
            let response = Response { reason: reason_of(redirection.status).to_owned(), ..response };
            call.respond(response.with("Contact", redirection.contacts));
            self.ended_by_peer = true;
            channel.variables.set("sip_hangup_disposition", "send_refuse");
        }
        Indicated::Ends(redirection.cause)
    }

    fn deflect(&mut self, channel: &mut Channel, to: &str) -> Indicated {
        let address = self.profile.address().ip();
        let to = match (to.get(..4), address.is_ipv6()) {
            (Some(scheme), _) if scheme.eq_ignore_ascii_case("sip:") => to.to_owned(),
            (_, true) => format!("sip:{to}@[{address}]"),
            (_, false) => format!("sip:{to}@{address}"),
        };
        let mut headers = vec![
            ("Refer-To".to_owned(), format!("<{to}>")),
            ("Referred-By".to_owned(), format!("<{}>", self.profile.url())),
        ];
        headers.extend(own_headers(&channel.variables, "sip_h_"));
        self.send_request(REFER, Method::Refer, headers, None);
        let goes_on = channel.variables.get("sip_refer_continue_after_reply").is_some_and(is_true);
        if goes_on { Indicated::Done } else { Indicated::Told }
    }

    fn inform(&mut self, channel: &Channel, content: Content<'_>) -> Indicated {
        if self.may_send(channel, "send_info", "fs_send_unsupported_info") {
            let headers = own_headers(&channel.variables, "sip_info_h_");
            self.send_request(0, Method::Info, headers, body(content, "freeswitch/data"));
        }
        Indicated::Done
    }

    fn send_text(&mut self, channel: &Channel, content: Content<'_>) -> Indicated {
        if self.may_send(channel, "send_message", "fs_send_unsupported_message") {
            self.send_request(0, Method::Message, Vec::new(), body(content, "text/plain"));
        }
        Indicated::Done
    }

    /// FreeSWITCH sends these only to its like, unless it is told to.
    fn may_send(&self, channel: &Channel, support: &str, variable: &str) -> bool {
        let may = self.far_end.supports(support) || channel.variables.get(variable).is_some_and(is_true);
        if !may {
            tracing::debug!(uuid = %channel.uuid, "{} {support} is not supported.", channel.name);
        }
        may
    }

    fn phone_event(&mut self, channel: &Channel, event: &str) -> Indicated {
        if channel.answer != Answer::Answered && channel.direction == Direction::Inbound {
            tracing::error!(uuid = %channel.uuid, "Operation not permitted on an inbound non-answered call leg!");
            return Indicated::Done;
        }
        let is_hold = event.eq_ignore_ascii_case("hold");
        let is_talk = event.get(..4).is_none_or(|start| start.eq_ignore_ascii_case("talk"));
        if !is_hold && !is_talk {
            tracing::warn!(uuid = %channel.uuid, "Invalid event.");
        }
        let event = if is_hold { "hold" } else { "talk" };
        let headers = [("Event", event), ("Subscription-State", "active")];
        self.send_request(0, Method::Notify, headers.map(|(n, v)| (n.to_owned(), v.to_owned())).into(), None);
        Indicated::Told
    }

    fn show(&mut self, channel: &Channel, name: &str, number: &str) -> Indicated {
        let wanted = self.profile.settings().param("send-display-update").is_none_or(is_true);
        if !wanted || name.is_empty() || name == "_undef_" || channel.answer != Answer::Answered {
            return Indicated::Done;
        }
        let called = channel.profile.as_ref().map_or("", |profile| profile.destination_number.as_str());
        let number = if number.is_empty() { called } else { number };
        let shown = (name.to_owned(), number.to_owned());
        if self.far_end.shown.as_ref() == Some(&shown) {
            tracing::debug!(uuid = %channel.uuid, "Not sending same id again \"{name}\" <{number}>");
            return Indicated::Done;
        }
        self.far_end.shown = Some(shown);
        let ignore_user_agent = channel.variables.get("update_ignore_ua").is_some_and(is_true);
        if self.far_end.supports("update_display") {
            let headers = [("X-FS-Display-Name", name), ("X-FS-Display-Number", number)];
            let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
            let nothing = Some(("message/update_display".to_owned(), Bytes::new()));
            self.send_request(0, Method::Info, headers, nothing);
        } else if self.far_end.user_agent.contains("snom") {
            let fragment = format!("From: \"{name}\" {number}\r\nTo:\r\n");
            let fragment = Some(("message/sipfrag".to_owned(), Bytes::from(fragment)));
            self.send_request(0, Method::Info, Vec::new(), fragment);
        } else if self.far_end.shows_updates(ignore_user_agent) {
            let name = name.replace(['"', '\\'], "");
            let identity = format!("\"{name}\" <sip:{number}@{}>", self.profile.address().ip());
            self.send_request(0, Method::Update, vec![("P-Asserted-Identity".to_owned(), identity)], None);
        }
        Indicated::Told
    }

    fn simplify(&mut self, channel: &Channel, other: &OtherSide) -> Indicated {
        let (own, theirs) = (&channel.variables, &other.variables);
        let outbound = other.direction == Direction::Outbound;
        let (callee, caller) = if outbound { (theirs, own) } else { (own, theirs) };
        let (to_tag, from_tag) = if outbound { ("sip_to_tag", "sip_from_tag") } else { ("sip_from_tag", "sip_to_tag") };
        let parts = [
            theirs.get("sip_to_user"),
            callee.get("sip_to_host"),
            theirs.get("sip_call_id"),
            theirs.get(to_tag),
            theirs.get(from_tag),
            caller.get("sip_from_user"),
            caller.get("sip_from_host"),
        ];
        if let [Some(user), Some(host), Some(id), Some(to), Some(from), Some(by), Some(at)] = parts {
            let replaces = escaped(&format!("{id};to-tag={to};from-tag={from}"));
            let headers = vec![
                ("Refer-To".to_owned(), format!("<sip:{user}@{host}?Replaces={replaces}>")),
                ("Referred-By".to_owned(), format!("<sip:{by}@{at}>")),
            ];
            self.send_request(0, Method::Refer, headers, None);
        }
        Indicated::Done
    }

    /// Sends a request within the call; what becomes of one with the number 0 changes nothing.
    pub(super) fn send_request(
        &self,
        id: u64,
        method: Method,
        headers: Vec<(String, String)>,
        body: Option<(String, Bytes)>,
    ) {
        if let Some(call) = &self.call {
            call.request(OutgoingRequest { id, method, headers, body });
        }
    }
}

/// What a redirection says.
#[derive(Debug, PartialEq, Eq)]
struct Redirection {
    status: u16,
    contacts: String,
    cause: HangupCause,
}

impl Redirection {
    /// `contact[,contact…] [cause]`, as mod_sofia reads it.
    fn parse(text: &str) -> Self {
        let mut words = text.split_ascii_whitespace();
        let contacts: Vec<&str> = words.next().unwrap_or_default().splitn(MAX_CONTACTS, ',').collect();
        let cause = words.next().map(|cause| HangupCause::parse(cause).unwrap_or(HangupCause::NormalClearing));
        let several = contacts.len() > 1;
        // FreeSWITCH counts a cause behind a single contact as a second one: 300 (sic).
        let status = if several || cause.is_some() { 300 } else { 302 };
        let named = contacts.iter().enumerate().map(|(place, contact)| match contact.contains(['<', '>']) {
            true => (*contact).to_owned(),
            false if several => {
                let rank = f64::from(u16::try_from(MAX_CONTACTS + 1 - place).unwrap_or(1)) / 1000.0;
                format!("\"unknown\" <{contact}>;q={rank:.3}")
            }
            false => format!("\"unknown\" <{contact}>"),
        });
        let contacts = named.collect::<Vec<_>>().join(",");
        let cause = cause.filter(|cause| *cause != HangupCause::None).unwrap_or(HangupCause::NormalUnspecified);
        Self { status, contacts, cause }
    }
}

/// The headers that variables with this prefix stand for.
fn own_headers(variables: &Variables, prefix: &str) -> Vec<(String, String)> {
    let named = variables.iter().filter_map(|(name, value)| Some((strip(name, prefix)?, value)));
    named.filter(|(name, _)| is_token(name)).map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

fn strip<'a>(name: &'a str, prefix: &str) -> Option<&'a str> {
    let start = name.get(..prefix.len()).filter(|start| start.eq_ignore_ascii_case(prefix))?;
    name.get(start.len()..).filter(|rest| !rest.is_empty())
}

fn is_token(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.!%*_+`'~".contains(&byte))
}

fn body(content: Content<'_>, usual: &str) -> Option<(String, Bytes)> {
    let clean = |part: &str| part.chars().all(|c| c.is_ascii_graphic());
    let media_type = match content.media_type {
        Some((kind, subtype)) if clean(kind) && clean(subtype) => format!("{kind}/{subtype}"),
        _ => usual.to_owned(),
    };
    Some((media_type, Bytes::copy_from_slice(content.body.as_bytes())))
}

/// A text as it may stand in a URI's headers.
fn escaped(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&byte);
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, status: u16, contacts: &str, cause: HangupCause) {
        assert_eq!(Redirection::parse(text), Redirection { status, contacts: contacts.to_owned(), cause }, "{text}");
    }

    #[test]
    fn redirections_are_read_as_mod_sofia_does() {
        let usual = HangupCause::NormalUnspecified;
        check("sip:1@host", 302, "\"unknown\" <sip:1@host>", usual);
        check("<sip:1@host>", 302, "<sip:1@host>", usual);
        check("sip:1@host USER_BUSY", 300, "\"unknown\" <sip:1@host>", HangupCause::UserBusy);
        let two = "\"unknown\" <sip:1@a>;q=0.129,<sip:2@b>;q=0.5";
        check("sip:1@a,<sip:2@b>;q=0.5", 300, two, usual);
        check("sip:1@a nonsense", 300, "\"unknown\" <sip:1@a>", HangupCause::NormalClearing);
    }

    #[test]
    fn redirections_have_an_end() {
        let many = Redirection::parse(&vec!["sip:1@a"; 10_000].join(","));
        assert_eq!(many.contacts.matches(";q=").count(), MAX_CONTACTS);
    }

    #[test]
    fn variables_become_headers() {
        let mut variables = Variables::default();
        for (name, value) in [("sip_h_X-Colour", "red"), ("SIP_H_shape", "round"), ("sip_h_", "x"), ("sip_h_a b", "x")]
        {
            variables.set(name, value);
        }
        let expected = [("X-Colour", "red"), ("shape", "round")].map(|(n, v)| (n.to_owned(), v.to_owned()));
        assert_eq!(own_headers(&variables, "sip_h_"), expected);
    }
}
