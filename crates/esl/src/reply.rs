//! What a server sends besides events, to the byte.

use std::io::Write as _;

/// The greeting of an inbound connection.
pub const AUTH_REQUEST: &[u8] = b"Content-Type: auth/request\n\n";

/// What a peer that no ACL allows gets before it is closed.
pub const RUDE_REJECTION: &[u8] = b"Content-Type: text/rude-rejection\nContent-Length: 24\n\nAccess Denied, go away.\n";

/// One line of the log as a listener gets it.
#[derive(Copy, Clone, Debug)]
pub struct LogLine<'a> {
    /// 0 (console) to 7 (debug).
    pub level: u8,
    /// FreeSWITCH's channel number: 0 a plain line, 3 one of a file and function.
    pub text_channel: u8,
    /// The source file.
    pub file: &'a str,
    /// The function.
    pub function: &'a str,
    /// The line in the file.
    pub line: u32,
    /// The call's UUID, or nothing.
    pub user_data: &'a str,
    /// The line with date and level, and its line end.
    pub text: &'a str,
}

/// Appends a `command/reply` with its text and further headers. A line end in a value becomes a space: a reply is never
/// longer than its own packet.
pub fn command(text: &str, headers: &[(&str, &str)], out: &mut Vec<u8>) {
    out.reserve(48 + text.len());
    out.extend_from_slice(b"Content-Type: command/reply\n");
    push_header("Reply-Text", text, out);
    headers.iter().for_each(|(name, value)| push_header(name, value, out));
    out.push(b'\n');
}

/// Appends an `api/response`.
pub fn api(body: &str, out: &mut Vec<u8>) {
    out.reserve(64 + body.len());
    out.extend_from_slice(b"Content-Type: api/response\n");
    push_length_and_body(body, out);
}

/// Appends the reply to `bgapi`: the job's UUID in the text and as a header.
pub fn job(uuid: &str, out: &mut Vec<u8>) {
    command(&format!("+OK Job-UUID: {uuid}"), &[("Job-UUID", uuid)], out);
}

/// Appends the last notice of a connection, naming the call it controlled.
pub fn disconnect_notice(session: Option<&str>, out: &mut Vec<u8>) {
    out.extend_from_slice(NOTICE);
    if let Some(uuid) = session {
        push_header("Controlled-Session-UUID", uuid, out);
        push_header("Content-Disposition", "disconnect", out);
    }
    push_length_and_body(GOODBYE, out);
}

/// Appends the notice that the call has ended and the connection lingers, for so many seconds or without end.
pub fn linger_notice(session: &str, channel_name: &str, seconds: Option<u32>, out: &mut Vec<u8>) {
    out.extend_from_slice(NOTICE);
    push_header("Controlled-Session-UUID", session, out);
    push_header("Content-Disposition", "linger", out);
    push_header("Channel-Name", channel_name, out);
    push_header("Linger-Time", &seconds.map_or_else(|| "-1".to_string(), |seconds| seconds.to_string()), out);
    push_length_and_body("", out);
}

/// Appends a line of the log.
pub fn log(line: &LogLine<'_>, out: &mut Vec<u8>) {
    // Writing to a Vec cannot fail.
    let _ = writeln!(out, "Content-Type: log/data\nContent-Length: {}\nLog-Level: {}", line.text.len(), line.level);
    let _ = writeln!(out, "Text-Channel: {}", line.text_channel);
    push_header("Log-File", line.file, out);
    push_header("Log-Func", line.function, out);
    let _ = writeln!(out, "Log-Line: {}", line.line);
    push_header("User-Data", line.user_data, out);
    out.push(b'\n');
    out.extend_from_slice(line.text.as_bytes());
}

fn push_length_and_body(body: &str, out: &mut Vec<u8>) {
    let _ = write!(out, "Content-Length: {}\n\n", body.len());
    out.extend_from_slice(body.as_bytes());
}

fn push_header(name: &str, value: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b": ");
    push_line(value, out);
    out.push(b'\n');
}

/// Appends `text` with its line ends made spaces.
pub(crate) fn push_line(text: &str, out: &mut Vec<u8>) {
    out.extend(text.bytes().map(|byte| if matches!(byte, b'\r' | b'\n') { b' ' } else { byte }));
}

const NOTICE: &[u8] = b"Content-Type: text/disconnect-notice\n";
const GOODBYE: &str = "Disconnected, goodbye.\nSee you at ClueCon! http://www.cluecon.com/\n";

#[cfg(test)]
mod tests {
    use super::*;

    fn check(write: impl FnOnce(&mut Vec<u8>), expected: &str) {
        let mut out = Vec::new();
        write(&mut out);
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn replies_are_headers_and_an_empty_line() {
        check(|out| command("+OK bye", &[], out), "Content-Type: command/reply\nReply-Text: +OK bye\n\n");
        check(|out| job("u-1", out), "Content-Type: command/reply\nReply-Text: +OK Job-UUID: u-1\nJob-UUID: u-1\n\n");
        check(|out| api("é\n", out), "Content-Type: api/response\nContent-Length: 3\n\né\n");
    }

    #[test]
    fn a_line_end_cannot_split_a_reply() {
        check(|out| command("a\r\nb\n\n", &[], out), "Content-Type: command/reply\nReply-Text: a  b  \n\n");
    }

    #[test]
    fn notices_are_those_of_freeswitch() {
        check(
            |out| disconnect_notice(None, out),
            "Content-Type: text/disconnect-notice\nContent-Length: 67\n\n\
             Disconnected, goodbye.\nSee you at ClueCon! http://www.cluecon.com/\n",
        );
        check(
            |out| disconnect_notice(Some("u"), out),
            "Content-Type: text/disconnect-notice\nControlled-Session-UUID: u\nContent-Disposition: disconnect\n\
             Content-Length: 67\n\nDisconnected, goodbye.\nSee you at ClueCon! http://www.cluecon.com/\n",
        );
        check(
            |out| linger_notice("u", "null/one", None, out),
            "Content-Type: text/disconnect-notice\nControlled-Session-UUID: u\nContent-Disposition: linger\n\
             Channel-Name: null/one\nLinger-Time: -1\nContent-Length: 0\n\n",
        );
    }

    #[test]
    fn a_log_line_travels_with_its_origin() {
        let line = LogLine {
            level: 6,
            text_channel: 3,
            file: "mod_commands.c",
            function: "log_function",
            line: 7247,
            user_data: "",
            text: "x\n",
        };
        check(
            |out| log(&line, out),
            "Content-Type: log/data\nContent-Length: 2\nLog-Level: 6\nText-Channel: 3\nLog-File: mod_commands.c\n\
             Log-Func: log_function\nLog-Line: 7247\nUser-Data: \n\nx\n",
        );
    }
}
