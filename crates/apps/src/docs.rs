//! docs/applications.md and docs/api.md, rendered from the registries; docs/hangup-causes.md, from the causes.

use std::fmt::Write;

use strowger_core::channel::HangupCause;
use strowger_core::registry::{AboutOf, Registries};

/// docs/applications.md: every application, by name.
#[must_use]
pub fn applications_page(registries: &Registries) -> String {
    let all = registries.applications.all();
    page(APPLICATIONS, all.iter().map(|one| one.about()).collect())
}

/// docs/api.md: every API command, by name.
#[must_use]
pub fn commands_page(registries: &Registries) -> String {
    let all = registries.commands.all();
    page(COMMANDS, all.iter().map(|one| one.about()).collect())
}

/// docs/hangup-causes.md: every cause, with its numbers.
#[must_use]
pub fn causes_page() -> String {
    let mut out = CAUSES.to_owned();
    for cause in HangupCause::ALL {
        let meant: Vec<_> = SIP_FAILURES
            .filter(|status| HangupCause::from_sip(*status) == *cause && *cause != HangupCause::NormalUnspecified)
            .map(|status| status.to_string())
            .collect();
        let (meant, number, q850, status) = (meant.join(", "), *cause as u16, cause.q850(), cause.sip_status());
        let _ = writeln!(out, "| {cause} | {number} | {q850} | {status} | {meant} |");
    }
    out
}

/// The statuses that refuse a call.
const SIP_FAILURES: std::ops::RangeInclusive<u16> = 400..=699;

fn page(head: &str, mut abouts: Vec<AboutOf<'_>>) -> String {
    abouts.sort_by_key(|about| about.name);
    let mut out = head.to_owned();
    for about in abouts {
        let syntax =
            if about.syntax.is_empty() { String::new() } else { format!("`{}`", about.syntax.replace('|', "\\|")) };
        // Writing to a String cannot fail.
        let _ = writeln!(out, "| `{}` | {syntax} | {} |", about.name, about.help.replace('|', "\\|"));
    }
    out
}

const APPLICATIONS: &str = "\
# Dialplan applications

What an `<action application=\"…\" data=\"…\"/>` of the dialplan runs, and `execute` of the event socket. Arguments in `<>`
are required, those in `[]` may be left out. `socket`, which hands a call to a program, is told of in event-socket.md, `lua` in
lua.md, `python` in python.md.
Generated: see crates/apps/src/docs.rs.

| application | argument | what it does |
|---|---|---|
";

const COMMANDS: &str = "\
# API commands

What `api` and `bgapi` of the event socket, the console, and `${command(arguments)}` run. Arguments in `<>` are required,
those in `[]` may be left out. Called wrongly, a command answers `-USAGE: …`. `lua` and `luarun` are told of in
lua.md, `python` and `pyrun` in python.md. Generated: see crates/apps/src/docs.rs.

| command | arguments | what it does |
|---|---|---|
";

const CAUSES: &str = "\
# Hangup causes

Why calls end: `Hangup-Cause` in events, `hangup_cause` and `hangup_cause_q850` in variables, and what `uuid_kill`, `hangup`,
`error/CAUSE` and lists of causes take, by name or by number. Q.850 is the number in a SIP `Reason` header; the status is
what refuses a SIP call that came in. Of a SIP call that was placed a `Reason: Q.850;cause=…` counts; without one the status,
as the last column has it; others are NORMAL_UNSPECIFIED. Generated: see crates/apps/src/docs.rs.

| cause | number | Q.850 | refuses with | understood from |
|---|---|---|---|---|
";

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    /// With STROWGER_WRITE_DOCS set the page is written instead.
    fn check(name: &str, rendered: &str) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(name);
        if std::env::var_os("STROWGER_WRITE_DOCS").is_some() {
            std::fs::write(&path, rendered).unwrap();
        }
        let written = std::fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(written, rendered, "docs/{name} is old: `cargo xtask pages` writes it anew");
    }

    #[test]
    fn the_causes_are_what_the_code_says() {
        check("hangup-causes.md", &causes_page());
    }

    #[test]
    fn the_pages_are_what_the_registries_say() {
        let registries = Registries::default();
        crate::register(&registries);
        check("applications.md", &applications_page(&registries));
        check("api.md", &commands_page(&registries));
    }
}
