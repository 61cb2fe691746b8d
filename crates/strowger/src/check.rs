//! `strowger check`: reads a configuration without serving it.

mod dialplan;

use std::error::Error;
use std::net::SocketAddr;
use std::process::ExitCode;

use strowger_config::{Condition, Config};
use strowger_core::registry::Registries;
use strowger_event_socket::{APPLICATION, check_tls};

use crate::arguments::{CheckArguments, CheckCommand};
use crate::configuration::Configuration;
use crate::host::Host;
use crate::modules;

/// Checks what was asked for: all of the configuration, or a call's way through its dialplan.
pub fn check(arguments: CheckArguments) -> ExitCode {
    let CheckArguments { command, mut configured } = arguments;
    if let Some(CheckCommand::Dialplan(route)) = &command {
        let inner = route.configured.clone();
        configured.conf = inner.conf.or(configured.conf);
        configured.data = inner.data.or(configured.data);
        configured.set.extend(inner.set);
    }
    let configuration = Configuration::new(&configured, &Host::find());
    let config = match configuration.load() {
        Ok(config) => config,
        Err(error) => return bad(&error),
    };
    match command {
        Some(CheckCommand::Dialplan(route)) => dialplan::check(&config, &route),
        None => check_all(&configuration, &config),
    }
}

/// Prints the configuration's warnings and what would listen where; 2 when it cannot be served.
fn check_all(configuration: &Configuration, config: &Config) -> ExitCode {
    // A certificate is no part of the configuration's text, but nothing is served without it.
    if let Some(Err(error)) = config.event_socket.tls.as_ref().map(check_tls) {
        return bad(&error);
    }
    if let Err(error) = strowger_xml_curl::check(config) {
        return bad(&error);
    }
    if let Err(error) = strowger_speech::check(config) {
        return bad(&error);
    }
    print!("{}", report(&configuration.describe(), config));
    ExitCode::SUCCESS
}

fn bad(error: &dyn Error) -> ExitCode {
    eprintln!("strowger: {error}");
    ExitCode::from(2)
}

fn report(described: &str, config: &Config) -> String {
    let mut warnings: Vec<String> = config.warnings.iter().map(ToString::to_string).collect();
    let registries = modules::built_in();
    warnings.extend(modules::unknown(config, &registries));
    warnings.extend(unknown_applications(config, &registries));
    let mut out: String = warnings.iter().map(|warning| format!("warning: {warning}\n")).collect();
    let socket = &config.event_socket;
    out += &format!("{described}: good, with {}\n", counted(warnings.len(), "warning"));
    out += &format!("  event socket  {}/tcp\n", SocketAddr::new(socket.listen_ip, socket.listen_port));
    if let Some(tls) = &socket.tls {
        out += &format!("  event socket  {}/tls\n", SocketAddr::new(tls.listen_ip, tls.listen_port));
    }
    for profile in &config.sofia {
        let address = SocketAddr::new(profile.sip_ip, profile.sip_port);
        let transports = if profile.tcp { "udp and tcp" } else { "udp" };
        let gateways = counted(profile.gateways.len(), "gateway");
        out += &format!("  SIP {:<9} {address}/{transports}, {gateways}\n", profile.name);
    }
    for service in &config.xml_curl {
        let sections = [("directory", service.sections.directory), ("dialplan", service.sections.dialplan)];
        let asked: Vec<_> = sections.into_iter().filter_map(|(name, is_asked)| is_asked.then_some(name)).collect();
        out += &format!("  service {:<5} is asked for: {}\n", service.name, asked.join(", "));
    }
    let switch = &config.switch;
    out += &format!("  media         udp ports {} to {}\n", switch.rtp_start_port, switch.rtp_end_port);
    out
}

/// `1 gateway`, `2 gateways`.
fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// A warning for each place of the dialplan that names an application there is none of: a call that gets there ends.
fn unknown_applications(config: &Config, registries: &Registries) -> Vec<String> {
    let mut unknown = Vec::new();
    for extension in config.dialplan.contexts.iter().flat_map(|context| &context.extensions) {
        let mut waiting: Vec<&Condition> = extension.conditions.iter().rev().collect();
        while let Some(condition) = waiting.pop() {
            for action in condition.actions.iter().chain(&condition.anti_actions) {
                let name = &action.application;
                if registries.applications.get(name).is_none() && !name.eq_ignore_ascii_case(APPLICATION) {
                    let place = format!("{}:{}", extension.file, action.line);
                    unknown.push(format!("{place}: there is no application \"{name}\": a call ends there"));
                }
            }
            waiting.extend(condition.conditions.iter().rev());
        }
    }
    // A file that several contexts include is named once.
    let mut seen = std::collections::HashSet::new();
    unknown.retain(|warning| seen.insert(warning.clone()));
    unknown
}

#[cfg(test)]
mod tests {
    use strowger_config::{BuiltinSource, LoadOptions, load};

    use super::*;

    #[test]
    fn the_report_names_every_listener() {
        let config = load(&BuiltinSource::new(), &LoadOptions::default()).unwrap();
        let report = report("it", &config);
        for part in
            ["it: good, with 0 warnings", "127.0.0.1:8021/tcp", "SIP internal", "127.0.0.1:5060/udp and tcp", "16384"]
        {
            assert!(report.contains(part), "{part} is not in {report}");
        }
    }

    #[test]
    fn services_are_named() {
        let config = strowger_test_support::config(
            r#"<d><section name="configuration"><configuration name="modules.conf"><modules><load module="mod_xml_curl"/>
            </modules></configuration><configuration name="xml_curl.conf"><bindings><binding name="users">
            <param name="gateway-url" value="http://me:secret@h/x" bindings="directory"/></binding></bindings></configuration>
            </section></d>"#,
        );
        let report = report("it", &config);
        assert!(report.contains("  service users is asked for: directory\n") && !report.contains("secret"), "{report}");
    }

    #[test]
    fn applications_that_are_not_there_are_named() {
        let xml = r#"<d><section name="dialplan"><context name="a"><extension name="e"><condition>
            <action application="ecco"/>
            <condition><action application="answer"/><anti-action application="nope"/></condition>
            </condition></extension></context></section></d>"#;
        let config = strowger_test_support::config(xml);
        let report = report("it", &config);
        for part in ["freeswitch.xml:2: there is no application \"ecco\"", "freeswitch.xml:3: ", "with 2 warnings"] {
            assert!(report.contains(part), "{part} is not in {report}");
        }
    }
}
