//! Louder, softer or nothing at all (`switch_change_sln_volume`, `switch_ivr_session_audio`).

/// What is done to the loudness of sound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Gain {
    /// Nothing.
    #[default]
    Same,
    /// It is silent.
    Mute,
    /// Louder by so many steps, at most 4, or softer by so many, at least -4.
    Level(i8),
}

/// Which sound of a stream is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// What is heard.
    Read,
    /// What is sent.
    Write,
}

impl Gain {
    /// Does it to samples.
    pub(super) fn apply(self, samples: &mut [i16]) {
        match self {
            Self::Mute => samples.fill(0),
            Self::Same | Self::Level(0) => {}
            Self::Level(level) => {
                let factor = factor(level);
                for sample in samples {
                    // `as` stays within what a sample can be.
                    *sample = (f32::from(*sample) * factor) as i16;
                }
            }
        }
    }
}

fn factor(level: i8) -> f32 {
    match level.clamp(-4, 4) {
        -4 => 0.2,
        -3 => 0.4,
        -2 => 0.6,
        -1 => 0.8,
        level => f32::from(level) + 0.3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(gain: Gain, expected: [i16; 3]) {
        let mut samples = [100, -20_000, 0];
        gain.apply(&mut samples);
        assert_eq!(samples, expected, "{gain:?}");
    }

    #[test]
    fn sound_is_changed() {
        check(Gain::Same, [100, -20_000, 0]);
        check(Gain::Level(0), [100, -20_000, 0]);
        check(Gain::Mute, [0, 0, 0]);
        check(Gain::Level(4), [430, i16::MIN, 0]);
        check(Gain::Level(1), [130, -26_000, 0]);
        check(Gain::Level(-1), [80, -16_000, 0]);
        check(Gain::Level(-9), [20, -4_000, 0]);
    }
}
