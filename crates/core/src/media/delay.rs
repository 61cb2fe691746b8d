//! What the far end says, later.

use parking_lot::Mutex;

use super::tap::{Passing, Side, Tap};

/// A tap that holds back what is heard for a time.
pub struct DelayLine(Mutex<Ring>);

struct Ring {
    samples: Vec<i16>,
    next: usize,
}

impl DelayLine {
    /// Holds it back for so many milliseconds; silence comes first.
    pub fn new(milliseconds: u16) -> DelayLine {
        DelayLine(Mutex::new(Ring { samples: vec![0; usize::from(milliseconds.max(1)) * SAMPLES_PER_MS], next: 0 }))
    }
}

impl Tap for DelayLine {
    fn pass(&self, frame: &mut [i16], passing: Passing) -> bool {
        if passing.side != Side::Heard {
            return false;
        }
        let Ring { samples, next } = &mut *self.0.lock();
        for sample in frame {
            if let Some(slot) = samples.get_mut(*next) {
                std::mem::swap(sample, slot);
            }
            *next = (*next + 1) % samples.len().max(1);
        }
        true
    }
}

const SAMPLES_PER_MS: usize = 8;

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    #[test]
    fn it_comes_later_by_that_much() {
        let line = DelayLine::new(50);
        let mut heard = Vec::new();
        for start in (0..1600).step_by(160) {
            let mut frame: Vec<i16> = (start + 1..=start + 160).collect();
            assert!(line.pass(&mut frame, Passing { side: Side::Heard, at: Instant::now(), timestamp: None }));
            heard.extend(frame);
        }
        assert!(heard.iter().take(400).all(|sample| *sample == 0));
        assert_eq!(heard.split_off(400), (1..=1200).collect::<Vec<i16>>());
        assert!(!line.pass(&mut [1], Passing { side: Side::Said, at: Instant::now(), timestamp: None }));
    }
}
