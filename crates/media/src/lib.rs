//! SDP offer and answer, RTP, codecs, tones and WAV, without sockets or clocks.
//!
//! Everything here is a pure function of its input: time comes in as an [`std::time::Instant`], packets as bytes. The
//! threads and sockets that move the packets are `strowger-core`'s media engine.

pub mod codec;
mod g711;
pub mod pcm;
pub mod resample;
pub mod rtp;
pub mod sdp;
pub mod sequence;
pub mod silence;
pub mod source;
pub mod steer;
pub mod stun;
pub mod telephone_event;
pub mod tone;
pub mod utterance;
pub mod wav;
pub mod wav_file;

pub use codec::Codec;
pub use source::{AudioSource, SourceError};
