//! Percent-encoding as FreeSWITCH does it in event headers (`switch_url_encode`).

use crate::run::ByteSet;

/// Appends `text` to `out`, with `%XX` (upper-case hex) for every byte below 0x20 or above 0x7E and for each of
/// ``space " # % & + : ; < = > ? @ [ \ ] ^ ` { | }``. What is encoded already stays as it is: a `%` with two upper-case
/// hex digits behind it is not encoded again.
pub fn encode(text: &str, out: &mut String) {
    // Values have an escape every few bytes, or none: a table that has each byte's form needs no search for the next one.
    let mut written = [0; BLOCK * 3 + 1];
    let mut rest = text.as_bytes();
    while !rest.is_empty() {
        let mut end = 0;
        for (at, byte) in rest.iter().take(BLOCK).enumerate() {
            let mut form = FORMS[usize::from(*byte)];
            if *byte == b'%' && is_escape(rest.get(at + 1..at + 3)) {
                form = Form { text: [b'%', 0, 0, 0], length: 1 };
            }
            let Form { text, length } = form;
            if let Some(place) = written.get_mut(end..end + text.len()) {
                place.copy_from_slice(&text);
            }
            end += length;
        }
        // It is ASCII throughout.
        out.push_str(std::str::from_utf8(written.get(..end).unwrap_or_default()).unwrap_or_default());
        rest = rest.get(BLOCK..).unwrap_or_default();
    }
}

fn is_escape(behind: Option<&[u8]>) -> bool {
    behind.is_some_and(|digits| digits.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'A'..=b'F')))
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

/// Bytes encoded at a time.
const BLOCK: usize = 64;

/// What [`encode`] makes of a byte: the first `length` of `text`, which has one more, as four bytes are moved at once.
#[derive(Copy, Clone)]
struct Form {
    text: [u8; 4],
    length: usize,
}

/// The form of each byte.
static FORMS: [Form; 256] = {
    let escapes = escapes();
    let mut forms = [Form { text: [0; 4], length: 1 }; 256];
    let mut byte = 0;
    while byte < 256 {
        forms[byte] = if ENCODED.contains(byte as u8) {
            Form { text: [b'%', escapes[byte * 3 + 1], escapes[byte * 3 + 2], 0], length: 3 }
        } else {
            Form { text: [byte as u8, 0, 0, 0], length: 1 }
        };
        byte += 1;
    }
    forms
};

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
    fn long_values_are_encoded_throughout() {
        for length in BLOCK - 4..BLOCK + 4 {
            let (plain, more) = ("x".repeat(length), "呼 ".repeat(BLOCK));
            check(&format!("{plain}{more}"), &format!("{plain}{}", "%E5%91%BC%20".repeat(BLOCK)));
            check(&plain, &plain);
        }
    }

    #[test]
    fn what_is_encoded_is_not_encoded_again() {
        let encoded = |text: &str| {
            let mut out = String::new();
            encode(text, &mut out);
            out
        };
        assert_eq!(encoded("x=a%20b%2f%2"), "x%3Da%20b%252f%252");
        for length in BLOCK - 4..BLOCK + 4 {
            let text = format!("{}%20", "x".repeat(length));
            assert_eq!(encoded(&text), text);
        }
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
            let escape = |at: usize| is_escape(text.as_bytes().get(at + 1..at + 3));
            if !text.match_indices('%').any(|(at, _)| escape(at)) {
                prop_assert_eq!(decode(&encoded), text);
            }
            let mut again = String::new();
            encode(&encoded, &mut again);
            prop_assert_eq!(again, encoded);
        }
    }
}
