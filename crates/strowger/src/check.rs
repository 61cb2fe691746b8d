//! `strowger check`: reads a configuration without serving it.

use std::process::ExitCode;

use strowger_config::Config;

use crate::arguments::ConfiguredArguments;
use crate::configuration::Configuration;
use crate::host::Host;

/// Prints the configuration's warnings and what would listen where; 2 when it cannot be served.
pub fn check(arguments: &ConfiguredArguments) -> ExitCode {
    let configuration = Configuration::new(arguments, &Host::find());
    match configuration.load() {
        Ok(config) => {
            print!("{}", report(&configuration.describe(), &config));
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("strowger: {error}");
            ExitCode::from(2)
        }
    }
}

fn report(described: &str, config: &Config) -> String {
    let warnings = config.warnings.iter().map(|warning| format!("warning: {warning}\n"));
    let mut out: String = warnings.collect();
    let socket = &config.event_socket;
    out += &format!("{described}: good, with {} warnings\n", config.warnings.len());
    out += &format!("  event socket  {}/tcp\n", std::net::SocketAddr::new(socket.listen_ip, socket.listen_port));
    for profile in &config.sofia {
        let address = std::net::SocketAddr::new(profile.sip_ip, profile.sip_port);
        let transports = if profile.tcp { "udp and tcp" } else { "udp" };
        out += &format!("  SIP {:<9} {address}/{transports}, {} gateways\n", profile.name, profile.gateways.len());
    }
    let switch = &config.switch;
    out += &format!("  media         udp ports {} to {}\n", switch.rtp_start_port, switch.rtp_end_port);
    out
}

#[cfg(test)]
mod tests {
    use strowger_config::{BuiltinSource, LoadOptions, load};

    use super::*;

    #[test]
    fn the_report_names_every_listener() {
        let config = load(&BuiltinSource::new(), &LoadOptions::default()).unwrap();
        let report = report("it", &config);
        for part in ["it: good", "127.0.0.1:8021/tcp", "SIP internal", "127.0.0.1:5060/udp and tcp", "16384"] {
            assert!(report.contains(part), "{part} is not in {report}");
        }
    }
}
