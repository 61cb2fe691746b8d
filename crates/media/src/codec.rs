//! The audio codecs: G.711 in both laws and linear PCM, all at 8 kHz mono.

use crate::g711;

/// A codec Strowger can encode and decode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Codec {
    /// G.711 µ-law (RFC 3551 §4.5.14).
    Pcmu,
    /// G.711 A-law (RFC 3551 §4.5.14).
    Pcma,
    /// 16-bit linear PCM in network byte order (RFC 3551 §4.5.11).
    L16,
}

impl Codec {
    /// Every codec, in the order an offer prefers them.
    pub const ALL: [Codec; 3] = [Codec::Pcmu, Codec::Pcma, Codec::L16];

    /// The encoding name as SDP and FreeSWITCH write it.
    pub fn name(self) -> &'static str {
        match self {
            Codec::Pcmu => "PCMU",
            Codec::Pcma => "PCMA",
            Codec::L16 => "L16",
        }
    }

    /// The codec of an encoding name; case does not matter.
    pub fn from_name(name: &str) -> Option<Codec> {
        Codec::ALL.into_iter().find(|codec| codec.name().eq_ignore_ascii_case(name))
    }

    /// The payload type we offer it under: static for G.711, FreeSWITCH's 70 for L16 at 8 kHz, which has no static one.
    pub fn payload_type(self) -> u8 {
        match self {
            Codec::Pcmu => 0,
            Codec::Pcma => 8,
            Codec::L16 => 70,
        }
    }

    /// The RTP clock, which is also the sample rate, in Hz.
    pub fn rate(self) -> u32 {
        8000
    }

    /// Bits a second on the wire, without headers.
    pub fn bit_rate(self) -> u32 {
        self.rate() * self.bytes_per_sample() as u32 * 8
    }

    /// Bytes that carry one sample.
    pub fn bytes_per_sample(self) -> usize {
        match self {
            Codec::Pcmu | Codec::Pcma => 1,
            Codec::L16 => 2,
        }
    }

    /// Appends the encoding of `pcm` (mono, 8 kHz) to `out`.
    pub fn encode(self, pcm: &[i16], out: &mut Vec<u8>) {
        match self {
            Codec::Pcmu => out.extend(pcm.iter().map(|sample| g711::ulaw(*sample))),
            Codec::Pcma => out.extend(pcm.iter().map(|sample| g711::alaw(*sample))),
            Codec::L16 => out.extend(pcm.iter().flat_map(|sample| sample.to_be_bytes())),
        }
    }

    /// Appends the samples (mono, 8 kHz) that `payload` encodes to `out`; half a sample at the end is left out.
    pub fn decode(self, payload: &[u8], out: &mut Vec<i16>) {
        match self {
            Codec::Pcmu => out.extend(payload.iter().map(|code| g711::from_ulaw(*code))),
            Codec::Pcma => out.extend(payload.iter().map(|code| g711::from_alaw(*code))),
            Codec::L16 => out.extend(payload.as_chunks().0.iter().map(|pair: &[u8; 2]| i16::from_be_bytes(*pair))),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn encoded(codec: Codec, pcm: &[i16]) -> Vec<u8> {
        let mut out = Vec::new();
        codec.encode(pcm, &mut out);
        out
    }

    fn decoded(codec: Codec, payload: &[u8]) -> Vec<i16> {
        let mut out = Vec::new();
        codec.decode(payload, &mut out);
        out
    }

    #[test]
    fn names_and_rates() {
        assert_eq!(Codec::from_name("pcma"), Some(Codec::Pcma));
        assert_eq!(Codec::from_name("opus"), None);
        assert_eq!(Codec::Pcmu.bit_rate(), 64_000);
        assert_eq!(Codec::L16.bit_rate(), 128_000);
    }

    /// Values of ITU-T G.711's tables: silence, the extremes, and one in mid-range.
    #[test]
    fn g711_reference_values() {
        assert_eq!(encoded(Codec::Pcmu, &[0, i16::MAX, i16::MIN, 1000]), [0xFF, 0x80, 0x00, 0xCE]);
        assert_eq!(encoded(Codec::Pcma, &[0, i16::MAX, i16::MIN, 1000]), [0xD5, 0xAA, 0x2A, 0xFA]);
        assert_eq!(decoded(Codec::Pcmu, &[0xFF, 0x80, 0x00]), [0, 32124, -32124]);
        assert_eq!(decoded(Codec::Pcma, &[0xD5, 0xAA, 0x2A]), [8, 32256, -32256]);
    }

    #[test]
    fn every_code_survives_a_round_trip() {
        let codes: Vec<u8> = (0..=255).collect();
        assert_eq!(encoded(Codec::Pcma, &decoded(Codec::Pcma, &codes)), codes);
        // µ-law has two zeros; the negative one comes back as the positive one.
        let expected: Vec<u8> = codes.iter().map(|&code| if code == 0x7F { 0xFF } else { code }).collect();
        assert_eq!(encoded(Codec::Pcmu, &decoded(Codec::Pcmu, &codes)), expected);
    }

    proptest! {
        #[test]
        fn l16_is_lossless(pcm in proptest::collection::vec(any::<i16>(), 0..400)) {
            prop_assert_eq!(decoded(Codec::L16, &encoded(Codec::L16, &pcm)), pcm);
        }

        #[test]
        fn g711_stays_within_its_step(sample in any::<i16>()) {
            for codec in [Codec::Pcmu, Codec::Pcma] {
                let back = decoded(codec, &encoded(codec, &[sample]));
                let error = (i32::from(back[0]) - i32::from(sample)).abs();
                prop_assert!(error <= i32::from(sample).abs() / 16 + 16, "{codec:?} {sample} -> {}", back[0]);
            }
        }
    }
}
