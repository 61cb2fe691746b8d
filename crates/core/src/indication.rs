//! What the far end of a call is told by its signalling, beyond ringing and answering (`switch_core_session_message_t`).

use crate::channel::{Direction, HangupCause, Variables};

/// Something a [`crate::endpoint::Leg`] is to tell the far end.
#[derive(Clone, Copy, Debug)]
pub enum Indication<'a> {
    /// Call there instead: one contact, several behind commas, and perhaps the cause to end with behind a blank. Only a
    /// call that is not answered yet can be redirected.
    Redirect(&'a str),
    /// Call there yourself: the far end of an answered call is transferred by its own means.
    Deflect(&'a str),
    /// A message within the call that changes nothing of it (SIP INFO).
    Info(Content<'a>),
    /// A text for the one who talks (SIP MESSAGE).
    Message(Content<'a>),
    /// What the phone is to do: `talk` or `hold`.
    PhoneEvent(&'a str),
    /// With whom the far end is, to be shown.
    Display {
        /// The name.
        name: &'a str,
        /// The number; the one called when it is empty.
        number: &'a str,
    },
    /// Talk to the far end of the other leg without us.
    Simplify(&'a OtherSide),
    /// Agree on codecs anew: those of the list, else the usual ones.
    Renegotiate(Option<&'a str>),
    /// How the transfer went that the far end asked for, and was told to wait.
    Transferred(bool),
    /// Of the codecs that the far end offered, only those of this list count.
    FilterCodecs(&'a str),
    /// Send media to where this description says, no longer here.
    Bypass(&'a str),
    /// Send media here again.
    Unbypass,
}

/// A body and what it is.
#[derive(Clone, Copy, Debug)]
pub struct Content<'a> {
    /// Type and subtype: `("text", "plain")`; the leg's own when `None`.
    pub media_type: Option<(&'a str, &'a str)>,
    /// The body; none when it is empty.
    pub body: &'a str,
}

/// The other leg of a bridge, as far as a far end must know it to call it.
#[derive(Clone, Debug)]
pub struct OtherSide {
    /// Who started it.
    pub direction: Direction,
    /// Its variables.
    pub variables: Variables,
}

/// What came of an [`Indication`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Indicated {
    /// There was nobody to tell, or nothing: legs without signalling do just this.
    Done,
    /// It cannot be told.
    Failed,
    /// It is on its way. To being sent elsewhere an answer follows ([`crate::session::Session::deflected`]).
    Told,
    /// It ends the call.
    Ends(HangupCause),
}
