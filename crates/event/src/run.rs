//! Copying text while escaping some of its bytes: what the writers share.

/// A set of bytes as a lookup table.
pub(crate) struct ByteSet([bool; 256]);

impl ByteSet {
    /// The bytes of `list`.
    pub(crate) const fn of(list: &[u8]) -> Self {
        let mut table = [false; 256];
        let mut rest = list;
        while let [byte, behind @ ..] = rest {
            table[*byte as usize] = true;
            rest = behind;
        }
        Self(table)
    }

    /// The set with `first..=last` added.
    pub(crate) const fn with_range(self, first: u8, last: u8) -> Self {
        let mut table = self.0;
        let mut byte = first as usize;
        while byte <= last as usize {
            table[byte] = true;
            byte += 1;
        }
        Self(table)
    }

    pub(crate) const fn contains(&self, byte: u8) -> bool {
        self.0[byte as usize]
    }
}

/// Appends `text` to `out`: the bytes of `set` through `escape`, all others in whole runs.
///
/// The set has ASCII only, so that runs end between characters.
#[inline]
pub(crate) fn push_escaped(text: &str, set: &ByteSet, out: &mut String, escape: impl Fn(u8, &mut String)) {
    let mut rest = text;
    while let Some(run) = position(rest.as_bytes(), set) {
        let (Some(plain), Some(byte)) = (rest.get(..run), rest.as_bytes().get(run)) else { return };
        out.push_str(plain);
        escape(*byte, out);
        rest = rest.get(run + 1..).unwrap_or_default();
    }
    out.push_str(rest);
}

/// Where the first byte of `set` is. Most text has none, so eight bytes are looked at before a branch is taken.
#[inline]
fn position(bytes: &[u8], set: &ByteSet) -> Option<usize> {
    let (blocks, tail) = bytes.as_chunks::<8>();
    let mut at = 0;
    for block in blocks {
        if block.iter().fold(false, |any, byte| any | set.contains(*byte)) {
            return block.iter().position(|byte| set.contains(*byte)).map(|found| at + found);
        }
        at += block.len();
    }
    tail.iter().position(|byte| set.contains(*byte)).map(|found| at + found)
}
