//! A line of commands as the console reads it (`console_execute: true`, which fs_cli sends).

/// Commands in one line at the most; what is behind belongs to the last one.
const MAX_COMMANDS: usize = 128;

/// The commands of a line, separated by `;;`, each with its arguments (switch_console.c). `expand` says what a
/// command stands for, which may be a line of commands; what it says `None` of is left out.
pub(crate) fn commands(line: &str, expand: impl Fn(&str) -> Option<String>) -> Vec<(String, Option<String>)> {
    let expanded: Vec<_> = parts(line).filter_map(expand).collect();
    expanded.iter().flat_map(|line| parts(line)).take(MAX_COMMANDS).map(split).collect()
}

fn parts(line: &str) -> impl Iterator<Item = &str> {
    line.splitn(MAX_COMMANDS, ";;").map(str::trim).filter(|part| !part.is_empty())
}

/// The first word and the rest.
fn split(line: &str) -> (String, Option<String>) {
    match line.split_once(char::is_whitespace) {
        Some((command, args)) => (command.to_owned(), Some(args.trim_start().to_owned())),
        None => (line.to_owned(), None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, expected: &[(&str, Option<&str>)]) {
        let found = commands(line, |line| (line != "loop").then(|| line.replace("both", "a x;;b")));
        let found: Vec<_> = found.iter().map(|(command, args)| (command.as_str(), args.as_deref())).collect();
        assert_eq!(found, expected, "{line}");
    }

    #[test]
    fn commands_are_separated_by_two_semicolons() {
        check("status", &[("status", None)]);
        check(" echo  a b;;version ;; ", &[("echo", Some("a b")), ("version", None)]);
        check("echo a;b && c", &[("echo", Some("a;b && c"))]);
        check(" ;; ", &[]);
        check("echo;;both;;loop", &[("echo", None), ("a", Some("x")), ("b", None)]);
        assert_eq!(commands(&"x;;".repeat(1000), |line| Some(line.to_owned())).len(), 128);
    }
}
