//! How loud sound is.

/// The mean magnitude of the samples of mono PCM, 0 to 32,768: what FreeSWITCH holds against a threshold of silence
/// (`switch_ivr_wait_for_silence`). Nothing is silent.
pub fn mean_magnitude(frame: &[i16]) -> u32 {
    let sum: u64 = frame.iter().map(|sample| u64::from(sample.unsigned_abs())).sum();
    // A mean of numbers of 16 bits has no more.
    u32::try_from(sum.checked_div(frame.len() as u64).unwrap_or(0)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_mean() {
        assert_eq!(mean_magnitude(&[]), 0);
        assert_eq!(mean_magnitude(&[3, -5, 1]), 3);
        assert_eq!(mean_magnitude(&[i16::MIN; 160]), 32_768);
    }
}
