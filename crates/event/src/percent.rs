//! Percent-encoding as FreeSWITCH does it in event headers (`switch_url_encode`).

use crate::run::{ByteSet, push_escaped};

/// Appends `text` to `out`, with `%XX` (upper-case hex) for every byte below 0x20 or above 0x7E and for each of
/// ``space " # % & + : ; < = > ? @ [ \ ] ^ ` { | }``.
pub fn encode(text: &str, out: &mut String) {
    push_escaped(text, &ENCODED, out, push_byte);
}

/// What [`encode`] made of a text. A `%` without two hex digits behind it stands for itself, and bytes that are not UTF-8
/// become U+FFFD.
#[must_use]
pub fn decode(text: &str) -> String {
    if !text.contains('%') {
        return text.to_string();
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, behind)) = rest.split_first() {
        let escaped = if byte == b'%' { escaped_byte(behind) } else { None };
        bytes.push(escaped.unwrap_or(byte));
        rest = if escaped.is_some() { behind.get(2..).unwrap_or_default() } else { behind };
    }
    String::from_utf8(bytes).unwrap_or_else(|bad| String::from_utf8_lossy(bad.as_bytes()).into_owned())
}

/// Appends `%XX`.
#[inline]
pub(crate) fn push_byte(byte: u8, out: &mut String) {
    let at = usize::from(byte) * 3;
    out.push_str(ESCAPES.get(at..at + 3).unwrap_or_default());
}

fn escaped_byte(behind: &[u8]) -> Option<u8> {
    let digit = |at: usize| behind.get(at).and_then(|byte| char::from(*byte).to_digit(16));
    Some((digit(0)? * 16 + digit(1)?) as u8)
}

/// `%00%01%02` … `%FF`: one push an escape.
const ESCAPES: &str = match std::str::from_utf8(&escapes()) {
    Ok(text) => text,
    Err(_) => "",
};

const fn escapes() -> [u8; 768] {
    let digits = b"0123456789ABCDEF";
    let mut all = [b'%'; 768];
    let mut byte = 0;
    while byte < 256 {
        all[byte * 3 + 1] = digits[byte >> 4];
        all[byte * 3 + 2] = digits[byte & 15];
        byte += 1;
    }
    all
}

/// The bytes [`encode`] writes as `%XX`.
const ENCODED: ByteSet = ByteSet::of(b"\r\n \"#%&+:;<=>?@[\\]^`{|}").with_range(0, 0x1F).with_range(0x7F, 0xFF);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(plain: &str, encoded: &str) {
        let mut out = String::new();
        encode(plain, &mut out);
        assert_eq!(out, encoded);
        assert_eq!(decode(encoded), plain);
    }

    #[test]
    fn values_are_encoded_as_freeswitch_does() {
        check("a b&c/d", "a%20b%26c/d");
        check("100%", "100%25");
        check("a+b:c=d", "a%2Bb%3Ac%3Dd");
        check("呼", "%E5%91%BC");
        check("say \"hi\"\r\n\0\u{7f}", "say%20%22hi%22%0D%0A%00%7F");
        check("!$'()*,-./~_AZaz09", "!$'()*,-./~_AZaz09");
        check("", "");
    }

    #[test]
    fn what_is_no_escape_stands_for_itself() {
        assert_eq!(decode("100% %4 %zz %e5%91%bc+%C3"), "100% %4 %zz 呼+\u{fffd}");
    }

    proptest! {
        #[test]
        fn decode_undoes_encode(text in any::<String>()) {
            let mut encoded = String::new();
            encode(&text, &mut encoded);
            prop_assert!(encoded.bytes().all(|byte| byte.is_ascii_graphic()));
            prop_assert_eq!(decode(&encoded), text);
        }
    }
}
