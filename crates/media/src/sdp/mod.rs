//! Session descriptions (RFC 8866) and the offer/answer model (RFC 3264), for one audio stream.
//!
//! Our own reader and not `ezk-sdp-types`: 0.6 refuses a whole description for one media type it does not know
//! (`m=image … udptl t38`, which every fax gateway offers) or one attribute it cannot read (an ICE candidate, a
//! `rtcp-fb`), and bounds nothing. RFC 8866 §5.13 wants what is not understood ignored.

mod description;
mod negotiate;
mod parser;
#[cfg(test)]
mod tests;
mod write;

pub use description::{CodecEntry, Direction, EntryKind, Media, Origin, RemoteMedia, SessionDescription};
pub use negotiate::{Answer, Negotiated, Rule, accept_answer, answer};
pub use parser::parse;
pub use write::{Local, offer};

/// Bytes a description may have.
pub const MAX_LENGTH: usize = 64 * 1024;
/// Media lines it may have.
pub const MAX_MEDIA: usize = 64;

/// Why a description cannot be used. A call that is offered it is refused with 488 (Not Acceptable Here), hangup cause
/// `INCOMPATIBLE_DESTINATION`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SdpError {
    /// Longer than [`MAX_LENGTH`].
    #[error("SDP of {0} bytes, more than {MAX_LENGTH}")]
    TooLong(usize),
    /// More than [`MAX_MEDIA`] media lines.
    #[error("SDP with more than {MAX_MEDIA} media lines")]
    TooManyMedia,
    /// It does not begin with `v=0`.
    #[error("no SDP: want v=0 on the first line")]
    NoVersion,
    /// A line that cannot be done without is malformed.
    #[error("SDP line {line}: malformed {what}")]
    Line {
        /// Counted from 1.
        line: usize,
        /// What it should hold.
        what: &'static str,
    },
    /// No audio over plain RTP is described.
    #[error("SDP without audio over RTP/AVP")]
    NoAudio,
    /// The other side refused the audio we offered (port 0).
    #[error("SDP refuses the audio offered")]
    Rejected,
    /// The audio has no address, or a host name, which we do not resolve.
    #[error("SDP without an IP address for its audio")]
    NoAddress,
    /// No codec in common.
    #[error("SDP with no codec in common: it has {theirs}")]
    NoCodec {
        /// The names of the other side's codecs.
        theirs: String,
    },
}
