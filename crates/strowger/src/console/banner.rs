use std::net::SocketAddr;

use strowger_config::Config;

use crate::configuration::Configuration;
use crate::start::Running;

/// What listens where, and what to do next.
pub fn banner(running: &Running, configuration: &Configuration) -> String {
    let config = running.switch().config();
    let mut rows = vec![event_socket(running.event_socket(), &config)];
    rows.extend(running.event_socket_tls().map(|address| tls(address, &config)));
    for (name, address) in running.profiles() {
        rows.push(sip(&name, address, &config, configuration.is_builtin()));
    }
    let range = format!("udp {}-{}", config.switch.rtp_start_port, config.switch.rtp_end_port);
    rows.push(("media".to_owned(), range, "RTP, two ports a call".to_owned()));
    let hint = if configuration.is_builtin() { "strowger init DIR writes it out, to be edited" } else { "" };
    rows.push(("configuration".to_owned(), configuration.describe(), hint.to_owned()));
    let title =
        format!("\nStrowger {} on {}\n\n", env!("CARGO_PKG_VERSION"), running.switch().bus().identity().hostname);
    title + &table(&rows) + NEXT
}

type Row = (String, String, String);

fn event_socket(address: SocketAddr, config: &Config) -> Row {
    let hint = match (config.event_socket.password.as_str(), address.ip().is_loopback()) {
        ("ClueCon", true) => "password ClueCon",
        ("ClueCon", false) => "password ClueCon, which everybody knows: change it in event_socket.conf.xml",
        _ => "",
    };
    ("event socket".to_owned(), format!("{address} tcp"), hint.to_owned())
}

fn tls(address: SocketAddr, config: &Config) -> Row {
    let certificate = config.event_socket.tls.as_ref().map(|tls| tls.certificate.path.display().to_string());
    ("event socket".to_owned(), format!("{address} tls"), certificate.unwrap_or_default())
}

fn sip(name: &str, address: SocketAddr, config: &Config, is_builtin: bool) -> Row {
    let has_tcp = config.profile(name).is_some_and(|profile| profile.tcp);
    let transports = if has_tcp { "udp, tcp" } else { "udp" };
    // Another configuration's 9196 may be anything.
    let hint = if is_builtin { format!("call sip:9196@{address} to hear an echo") } else { String::new() };
    (format!("SIP {name}"), format!("{address} {transports}"), hint)
}

fn table(rows: &[Row]) -> String {
    let width = |column: fn(&Row) -> &String| rows.iter().map(|row| column(row).chars().count()).max().unwrap_or(0);
    let (first, second) = (width(|row| &row.0), width(|row| &row.1));
    let line = |row: &Row| format!("  {:<first$}  {:<second$}  {}", row.0, row.1, row.2).trim_end().to_owned() + "\n";
    rows.iter().map(line).collect()
}

const NEXT: &str = "\n  `help` lists the commands, Tab completes them. Ctrl-C stops the switch.\n\n";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_below_each_other() {
        let row = |a: &str, b: &str, c: &str| (a.to_owned(), b.to_owned(), c.to_owned());
        let table = table(&[row("a", "long", "x"), row("bb", "b", "")]);
        assert_eq!(table, "  a   long  x\n  bb  b\n");
    }
}
