//! G.711's two laws, computed.
//!
//! Our own, for they are forty lines: `audio-codec` 0.4.13 encodes -8 to -1 in A-law as +8, so that code 0x55 does not
//! survive a round trip.

/// The µ-law code of a sample (ITU-T G.711 table 2a).
pub(crate) fn ulaw(sample: i16) -> u8 {
    let sign = if sample < 0 { 0x80 } else { 0 };
    let magnitude = u32::from(sample.unsigned_abs().min(ULAW_CLIP)) + ULAW_BIAS;
    let segment = magnitude.ilog2().saturating_sub(7);
    let step = (magnitude >> (segment + 3)) & 0x0F;
    !(sign | (segment << 4) as u8 | step as u8)
}

/// The sample of a µ-law code.
pub(crate) fn from_ulaw(code: u8) -> i16 {
    let code = !code;
    let magnitude = (((i16::from(code & 0x0F) << 3) + ULAW_BIAS as i16) << ((code >> 4) & 7)) - ULAW_BIAS as i16;
    if code & 0x80 == 0 { magnitude } else { -magnitude }
}

/// The A-law code of a sample (ITU-T G.711 table 1a).
pub(crate) fn alaw(sample: i16) -> u8 {
    let mask = if sample < 0 { 0x55 } else { 0xD5 };
    // 12 bits of magnitude; a negative sample's counts from -1.
    let magnitude = (if sample < 0 { !sample } else { sample } as u32) >> 3;
    let segment = (magnitude | 0x1F).ilog2() - 4;
    let step = (magnitude >> segment.max(1)) & 0x0F;
    ((segment << 4) | step) as u8 ^ mask
}

/// The sample of an A-law code.
pub(crate) fn from_alaw(code: u8) -> i16 {
    let code = code ^ 0x55;
    let step = i16::from(code & 0x0F) << 4;
    let magnitude = match (code >> 4) & 7 {
        0 => step + 8,
        segment => (step + 0x108) << (segment - 1),
    };
    if code & 0x80 == 0 { -magnitude } else { magnitude }
}

const ULAW_BIAS: u32 = 132;
const ULAW_CLIP: u16 = 32_635;
