use proptest::prelude::*;

use super::*;

/// Pieces as text: `'text'`, `{variable}`, `name(arguments)`.
fn written(text: &str) -> String {
    let one = |piece: Piece<'_>| match piece {
        Piece::Text(text) => format!("'{text}'"),
        Piece::Variable(inside) => format!("{{{inside}}}"),
        Piece::Command { name, arguments } => format!("{name}({arguments})"),
    };
    parse(text).into_iter().map(one).collect::<Vec<_>>().join(" ")
}

fn check(text: &str, expected: &str) {
    assert_eq!(written(text), expected, "{text}");
}

#[test]
fn references_come_apart() {
    check("", "");
    check("plain", "'plain'");
    check("a ${b} c", "'a ' {b} ' c'");
    check("$${domain}", "{domain}");
    check("$$${domain}", "'$' {domain}");
    check("${a_${b}}", "{a_${b}}");
    check("${a}${b}", "{a} {b}");
    check("cost $5", "'cost $5'");
}

#[test]
fn commands_have_arguments() {
    check("${md5(a b)}", "md5(a b)");
    check("${md5 a}", "md5(a)");
    check("${cond(${x} > (1) ? a : b)}", "cond(${x} > (1) ? a : b)");
    check("${expr(1+1)+1}", "expr(1+1)");
    check("${expr(1+1}", "expr(1+1)");
    check("${expr 2*(1+1) more}", "expr(2*(1+1)");
    check("${ x}", "(x)");
}

#[test]
fn what_is_not_closed_goes_to_the_end() {
    check("${open", "{open}");
    check("${a} ${open{ ${b}", "{a} ' ' open{(${b})");
}

#[test]
fn escapes_count_where_there_is_something_to_expand() {
    check("\\$5", "'\\$5'");
    check("\\$5 ${x}", "'$5 ' {x}");
    check("\\${x} $word \\20", "'${x} $word \\20'");
    check("\\$${x}", "'${x}'");
    check("it\\'s", "'its'");
    check("a\\\\b", "'a\\b'");
    check("a\\nb\\sc", "'a\\nb\\sc'");
    check("$$ a\\\\", "'$ a\\'");
    check("${a}\\${b}", "{a} '\\' {b}");
}

#[test]
fn a_text_without_references_is_unescaped() {
    assert_eq!(unescape("^\\\\+\\s$").as_deref(), Some("^\\+\\s$"));
    assert_eq!(unescape("\\'").as_deref(), Some(""));
    assert_eq!(unescape("a${b}"), None);
}

#[test]
fn a_part_of_a_value() {
    let check = |inside: &str, value: &str, expected: &str| {
        assert_eq!(Reference::parse(inside).cut(value), expected, "{inside} of {value}");
    };
    check("n:3", "0049301234", "9301234");
    check("n:-4", "0049301234", "1234");
    check("n:0:2", "0049301234", "00");
    check("n:-4:2", "0049301234", "12");
    check("n:1:-2", "strowger", "trowger");
    check("n:50", "short", "");
    check("n:-50", "short", "short");
    check("n:1:1", "äb", "\u{fffd}");
    check("n:x", "short", "short");
    let whole = Reference { name: "n", index: 1, offset: 2, length: 3 };
    assert_eq!(Reference::parse("n[1]:2:3"), whole);
    assert_eq!(Reference::parse("n[").name, "n[");
}

proptest! {
    #[test]
    fn text_that_is_no_template_stays(text in "[^\\\\$]{0,40}") {
        let unescaped = unescape(&text);
        prop_assert_eq!(unescaped.as_deref(), Some(text.as_str()));
    }

    #[test]
    fn what_is_escaped_comes_back(text in "[a-z$\\\\ ]{0,20}") {
        let escaped = text.replace('\\', "\\\\").replace('$', "\\$");
        let written = format!("{escaped} ${{x}}");
        let expected = [Piece::Text(format!("{text} ").into()), Piece::Variable("x")];
        prop_assert_eq!(parse(&written), expected);
    }

    #[test]
    fn any_text_falls_into_pieces_of_it(text in "([${}()\\\\': ]|[a-c]|\\[|\\]){0,60}", value in "\\PC{0,10}") {
        let mut was_text = false;
        for piece in parse(&text) {
            let is_text = matches!(piece, Piece::Text(_));
            prop_assert!(!(was_text && is_text));
            was_text = is_text;
            if let Piece::Variable(inside) = piece {
                prop_assert!(Reference::parse(inside).cut(&value).len() <= value.len() * 3);
            }
        }
    }
}
