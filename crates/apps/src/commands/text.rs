//! Commands that make one text of another.

use md5::{Digest, Md5};
use strowger_core::registry::About;
use strowger_event::percent;

use super::about;
use super::plain::Plain;
use crate::words::{fields, separator};
use crate::{cond, expr, regex};

pub(super) const COMMANDS: [Plain; 13] = [
    Plain {
        about: About {
            name: "expr",
            syntax: "<expr>",
            // Recorded of FreeSWITCH: MODULE_LOAD tells it.
            help: "Eval an expression",
            module: "mod_expr",
        },
        answer: |_, text| {
            expr::evaluate(text).unwrap_or_else(|error| {
                tracing::error!("expr {text}: {error}");
                "!err!".to_owned()
            })
        },
    },
    Plain {
        about: about(
            "cond",
            "<expr> ? <true val> : <false val>",
            "One value or the other, as `5 > 3` or `'a b' == '${c}'` is so or not.",
        ),
        answer: |_, text| cond::choose(text).unwrap_or_else(|| ERR.to_owned()),
    },
    Plain {
        about: about(
            "regex",
            "<data>|<pattern>[|<subst string>][n|b]",
            "Whether an expression matches, or what it makes of `%1` …; `m:~` in front makes `~` the separator.",
        ),
        answer: |_, text| regex::answer(text).unwrap_or_else(|| ERR.to_owned()),
    },
    Plain {
        about: about("replace", "<data>|<string1>|<string2>", "The data with the second text for each of the first."),
        answer: |_, text| regex::replace(text).unwrap_or_else(|| ERR.to_owned()),
    },
    Plain {
        about: about("url_encode", "<string>", "The text as it stands in a URL: `a b` is `a%20b`."),
        answer: |_, text| {
            let mut out = String::with_capacity(text.len());
            percent::encode(text, &mut out);
            out
        },
    },
    Plain {
        about: about("url_decode", "<string>", "The text that stands in a URL: `a%20b` is `a b`."),
        answer: |_, text| percent::decode(text),
    },
    Plain {
        about: about("toupper", "<string>", "The text with A to Z for a to z."),
        answer: |_, text| text.to_ascii_uppercase(),
    },
    Plain {
        about: about("tolower", "<string>", "The text with a to z for A to Z."),
        answer: |_, text| text.to_ascii_lowercase(),
    },
    Plain {
        about: about("md5", "<data>", "The MD5 sum, as 32 hexadecimal digits."),
        answer: |_, text| match text {
            "" => "!err!".to_owned(),
            text => Md5::digest(text).iter().map(|byte| format!("{byte:02x}")).collect(),
        },
    },
    Plain {
        about: about("escape", "<data>", "The text with `\\n`, `\\r`, `\\t`, `\\$` for those."),
        answer: |_, text| escape(text),
    },
    Plain {
        about: about("quote_shell_arg", "<data>", "The text in quotes, as one word of a shell command."),
        answer: |_, text| match text {
            "" => String::new(),
            text => format!("'{}'", text.replace('\'', r"'\''")),
        },
    },
    Plain {
        about: about("sql_escape", "<string>", "The text with its single quotes doubled."),
        answer: |_, text| match text {
            "" => "-USAGE: <string>\n".to_owned(),
            text => text.replace('\'', "''"),
        },
    },
    Plain {
        about: about("coalesce", "[^^<delim>]<value1>,<value2>,...", "The first value that is not empty."),
        answer: |_, text| {
            if text.is_empty() {
                return "-USAGE: [^^<delim>]<value1>,<value2>,...\n".to_owned();
            }
            let (separator, list) = separator(text, ',');
            fields(list, separator, 64).into_iter().find(|value| !value.is_empty()).unwrap_or_default()
        },
    },
];

/// No line end: so mod_commands has it.
const ERR: &str = "-ERR";

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '$' => out.push_str("\\$"),
            other => out.push(other),
        }
    }
    out
}
