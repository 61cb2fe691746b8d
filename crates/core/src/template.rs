//! Texts with `${variable}` and `${command(arguments)}`, from the dialplan and the event socket, expanded
//! (`switch_channel_expand_variables`). How a text falls into pieces is [`strowger_config::template`]'s.
//!
//! What a reference stands for is not expanded again: a caller's own words must not run commands.

use std::borrow::Cow;
use std::future::Future;
use std::pin::Pin;

use async_trait::async_trait;
use strowger_config::template::{Piece, Reference, is_template, parse};
use strowger_event::array_items;

/// How deep references within references are followed; deeper ones stay as they are written.
const DEPTH: u8 = 100;

/// How long an expanded text may be: `${x}${x}…` with a long `x` must not fill the memory.
const MAX_EXPANDED: usize = 4 << 20;

/// Where a template's references are looked up.
#[async_trait]
pub trait Scope: Send {
    /// A global variable's value, empty when there is none.
    fn global(&self, name: &str) -> String;

    /// A variable's value, a global one's where there is no other, empty when there is none.
    async fn variable(&mut self, name: &str) -> String;

    /// The answer of an API command, empty when there is none.
    async fn command(&mut self, name: &str, arguments: &str) -> String;
}

/// `text` with its references replaced by what they stand for in `scope`, and its escapes by what they mean.
pub async fn expand<'a>(scope: &mut impl Scope, text: &'a str) -> Cow<'a, str> {
    if !is_template(text) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(expand_pieces(scope, text, DEPTH).await)
}

fn expand_pieces<'a, S: Scope>(
    scope: &'a mut S,
    text: &'a str,
    depth: u8,
) -> Pin<Box<dyn Future<Output = String> + Send + 'a>> {
    Box::pin(async move {
        let mut out = String::with_capacity(text.len());
        for piece in parse(text) {
            let fits = match piece {
                Piece::Text(text) => push(&mut out, &text),
                Piece::Variable(inside) => {
                    let inside = inner(scope, inside, depth).await;
                    let reference = Reference::parse(&inside);
                    let value = scope.variable(reference.name).await;
                    push(&mut out, &reference.cut(item(&value, reference.index)))
                }
                Piece::Command { name, arguments } => {
                    let name = inner(scope, name, depth).await;
                    let arguments = inner(scope, arguments, depth).await;
                    push(&mut out, &scope.command(&name, &arguments).await)
                }
            };
            if !fits {
                break;
            }
        }
        out
    })
}

async fn inner<'a, S: Scope>(scope: &mut S, text: &'a str, depth: u8) -> Cow<'a, str> {
    if depth == 0 || !is_template(text) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(expand_pieces(scope, text, depth - 1).await)
}

/// The item of an array; of what is none only the whole.
fn item(value: &str, index: i32) -> &str {
    match usize::try_from(index) {
        Ok(index) => array_items(value).and_then(|mut items| items.nth(index)).unwrap_or_default(),
        Err(_) => value,
    }
}

/// Adds the text of a piece; `false` when it does not fit: it is cut off then, and nothing more is to be added.
fn push(out: &mut String, text: &str) -> bool {
    let room = MAX_EXPANDED.saturating_sub(out.len());
    // A character has at most four bytes, so one of these is a boundary.
    let end = room.min(text.len());
    out.push_str((end.saturating_sub(3)..=end).rev().find_map(|end| text.get(..end)).unwrap_or_default());
    let fits = text.len() <= room;
    if !fits {
        tracing::warn!("an expanded text is longer than {MAX_EXPANDED} bytes and cut off");
    }
    fits
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// `list` is an array, `word` is `strowger`, `name` is `word`; a command answers its name and arguments.
    struct Few;

    #[async_trait]
    impl Scope for Few {
        fn global(&self, name: &str) -> String {
            if name == "domain" { "example.org".to_owned() } else { String::new() }
        }

        async fn variable(&mut self, name: &str) -> String {
            match name {
                "list" => "ARRAY::a|:b".to_owned(),
                "word" => "strowger".to_owned(),
                "name" => "word".to_owned(),
                "sly" => "${system(reboot)}".to_owned(),
                _ => self.global(name),
            }
        }

        async fn command(&mut self, name: &str, arguments: &str) -> String {
            format!("<{name}|{arguments}>")
        }
    }

    async fn check(text: &str, expected: &str) {
        assert_eq!(expand(&mut Few, text).await, expected, "{text}");
    }

    #[tokio::test]
    async fn references_are_looked_up() {
        check("plain $1 \\$", "plain $1 \\$").await;
        check("${word:0:3}|${word:3}|${word:-3}|${word:-5:2}|${word:1:-2}", "str|owger|ger|ow|trowger").await;
        check("${${name}}-${nothing}-$${domain}", "strowger--example.org").await;
        check("${list[1]}${list[9]}${word[0]}|${list[-1]}", "b|ARRAY::a|:b").await;
        check("${list[${nothing}1]}", "b").await;
        check("${expr(${expr(2+3)}*2)} ${${name} x}", "<expr|<expr|2+3>*2> <word|x>").await;
        check("\\${word} $word \\20", "${word} $word \\20").await;
        check("${word", "strowger").await;
    }

    #[tokio::test]
    async fn a_value_is_no_template() {
        check("${sly}", "${system(reboot)}").await;
        check("${${sly}}", "").await;
    }

    #[tokio::test]
    async fn depth_is_bounded() {
        let deep = |levels: usize| format!("{}name{}", "${".repeat(levels), "}".repeat(levels));
        check(&deep(2), "strowger").await;
        check(&deep(150), "").await;
        check(&"${".repeat(5000), "").await;
    }

    #[test]
    fn an_expanded_text_is_bounded() {
        let mut text = "x".repeat(MAX_EXPANDED - 1);
        assert!(!push(&mut text, "\u{e9}") && push(&mut text, "y") && !push(&mut text, "z"));
        assert!(text.len() == MAX_EXPANDED && text.ends_with("xy"));
    }

    proptest! {
        #[test]
        fn any_text_expands(text in "(\\$\\{|[${}()\\[\\]\\\\': ]|[0-2]|word|name|list){0,40}") {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let expanded = runtime.block_on(expand(&mut Few, &text)).into_owned();
            if !text.contains("${") && !text.contains(['\\', '$']) {
                prop_assert_eq!(expanded, text);
            }
        }
    }
}
