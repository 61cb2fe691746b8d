//! Several sounds as one.

use std::collections::VecDeque;

use crate::source::AudioSource;

/// Plays sources one after the other; they have the same rate.
pub struct Sequence {
    sources: VecDeque<Box<dyn AudioSource>>,
    rate: u32,
}

impl Sequence {
    /// `sources` in their order, each at `rate` Hz.
    #[must_use]
    pub fn new(sources: Vec<Box<dyn AudioSource>>, rate: u32) -> Sequence {
        Sequence { sources: sources.into(), rate }
    }
}

impl AudioSource for Sequence {
    fn fill(&mut self, out: &mut [i16]) -> usize {
        let mut filled = 0;
        while let Some(source) = self.sources.front_mut() {
            filled += out.get_mut(filled..).map_or(0, |rest| source.fill(rest));
            if filled >= out.len() {
                break;
            }
            self.sources.pop_front();
        }
        filled
    }

    fn rate(&self) -> u32 {
        self.rate
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Constant(i16, usize);

    impl AudioSource for Constant {
        fn fill(&mut self, out: &mut [i16]) -> usize {
            let count = out.len().min(self.1);
            out.iter_mut().take(count).for_each(|slot| *slot = self.0);
            self.1 -= count;
            count
        }

        fn rate(&self) -> u32 {
            8000
        }
    }

    #[test]
    fn one_begins_where_the_other_ends() {
        let mut sequence =
            Sequence::new(vec![Box::new(Constant(1, 3)), Box::new(Constant(2, 0)), Box::new(Constant(3, 4))], 8000);
        let mut block = [0; 5];
        assert_eq!((sequence.fill(&mut block), block), (5, [1, 1, 1, 3, 3]));
        assert_eq!((sequence.fill(&mut block), block[..2].to_vec()), (2, vec![3, 3]));
        assert_eq!((sequence.fill(&mut block), sequence.rate()), (0, 8000));
    }
}
