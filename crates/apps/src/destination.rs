//! `<number> [<dialplan> [<context>]]`: where a call is sent.

use strowger_core::session::Session;

/// A destination as it is written; what is left out is the call's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Destination {
    number: String,
    dialplan: Option<String>,
    context: Option<String>,
}

impl Destination {
    /// Reads a destination; a number with blanks stands in quotes. `None` when there is none.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (number, rest) = match text.strip_prefix('\'').and_then(|quoted| quoted.split_once('\'')) {
            Some((number, rest)) => (number, rest),
            None => text.split_once(char::is_whitespace).unwrap_or((text, "")),
        };
        let mut words = rest.split_whitespace().map(str::to_owned);
        let destination = Self { number: number.to_owned(), dialplan: words.next(), context: words.next() };
        (!destination.number.is_empty()).then_some(destination)
    }

    /// A destination whose parts are known.
    pub(crate) fn new(number: &str, dialplan: Option<&String>, context: Option<&String>) -> Self {
        Self { number: number.to_owned(), dialplan: dialplan.cloned(), context: context.cloned() }
    }

    /// Sends the call there.
    pub(crate) fn transfer(&self, session: &mut Session) {
        let (dialplan, context) = self.place(session);
        session.transfer(&self.number, &dialplan, &context);
    }

    /// How many bytes it holds.
    pub(crate) fn size(&self) -> usize {
        let length = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        self.number.len() + length(&self.dialplan) + length(&self.context)
    }

    /// The number.
    pub(crate) fn number(&self) -> &str {
        &self.number
    }

    /// Dialplan and context: those given, else the call's, else `XML` and `default`.
    pub(crate) fn place(&self, session: &Session) -> (String, String) {
        let profile = session.channel.profile.as_ref();
        let own = |field: fn(&strowger_core::channel::CallerProfile) -> &str, otherwise: &str| {
            let own = profile.map(field).filter(|own| !own.is_empty());
            own.unwrap_or(otherwise).to_owned()
        };
        let dialplan = self.dialplan.clone().unwrap_or_else(|| own(|profile| &profile.dialplan, "XML"));
        let context = self.context.clone().unwrap_or_else(|| own(|profile| &profile.context, "default"));
        (dialplan, context)
    }
}

/// Which legs of a call are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Legs {
    /// The call itself.
    Own,
    /// The leg it is joined with.
    Other,
    /// Both.
    Both,
}

impl Legs {
    /// Takes `-aleg`, `-bleg` or `-both` off the front.
    pub(crate) fn take(text: &str) -> (Self, &str) {
        let text = text.trim_start();
        let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        match word.to_ascii_lowercase().as_str() {
            "-aleg" => (Self::Own, rest),
            "-bleg" => (Self::Other, rest),
            "-both" => (Self::Both, rest),
            _ => (Self::Own, text),
        }
    }
}

/// Sends the legs meant to the destination; false when there is no other leg and one is meant.
pub(crate) fn transfer(session: &mut Session, legs: Legs, destination: &Destination) -> bool {
    let other = session.partner().cloned();
    if legs != Legs::Own {
        let Some(other) = other else { return false };
        let to = destination.clone();
        // The other leg goes first: with this one gone it would end. A leg that is over goes nowhere.
        let _ = other.tell(move |session| to.transfer(session));
    }
    if legs != Legs::Other {
        destination.transfer(session);
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_destination_is_read() {
        let check = |text: &str, number: &str, dialplan: Option<&str>, context: Option<&str>| {
            let expected = Destination {
                number: number.into(),
                dialplan: dialplan.map(str::to_owned),
                context: context.map(str::to_owned),
            };
            assert_eq!(Destination::parse(text), Some(expected), "{text}");
        };
        check("9901", "9901", None, None);
        check(" 9901 XML  features", "9901", Some("XML"), Some("features"));
        check("'playback:a b,park:' inline", "playback:a b,park:", Some("inline"), None);
        assert_eq!(Destination::parse("  "), None);
        assert_eq!(Legs::take("-BLEG 9901"), (Legs::Other, "9901"));
        assert_eq!(Legs::take("9901 XML"), (Legs::Own, "9901 XML"));
    }
}
