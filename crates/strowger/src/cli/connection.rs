use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::time::Duration;

use rustls::{AlertDescription, CertificateError, ClientConnection, Error, InvalidMessage};
use strowger_esl::FrameError;
use strowger_esl::client::{self, Decoder, ServerPacket};

use super::stream::{Stream, TlsStream};
use super::tls::TlsSetupError;

/// A connection to an event socket, logged in.
pub struct Connection {
    stream: Stream,
    decoder: Decoder,
}

/// Why there is no (more) connection. The texts say what to do where that is known.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// The host has no address.
    #[error("{host}: {error}")]
    Resolve {
        /// The host as given.
        host: String,
        /// What the resolver says.
        error: io::Error,
    },
    /// Nobody answers there.
    #[error("cannot connect to {address}: {}", reason(.error))]
    Connect {
        /// The address tried last.
        address: SocketAddr,
        /// What the system says.
        error: io::Error,
    },
    /// The peer's access list does not let us in.
    #[error("{address} refuses connections from here (param apply-inbound-acl of its event_socket.conf.xml)")]
    Rejected {
        /// The peer.
        address: SocketAddr,
    },
    /// The password is wrong.
    #[error("{address} refuses the password ({reply}); -p PASSWORD gives another one")]
    Password {
        /// The peer.
        address: SocketAddr,
        /// Its reply.
        reply: String,
    },
    /// Something answers, but not as an event socket does.
    #[error("{address} does not answer as an event socket does (is {port} its port?)", port = .address.port())]
    NotAnEventSocket {
        /// The peer.
        address: SocketAddr,
    },
    /// TLS cannot be set up.
    #[error(transparent)]
    TlsSetup(#[from] TlsSetupError),
    /// There was no TLS handshake.
    #[error("no TLS with {address}: {}", tls_reason(.error))]
    Handshake {
        /// The peer.
        address: SocketAddr,
        /// rustls's reason is in it, if it has one.
        error: io::Error,
    },
    /// The connection broke.
    #[error("the connection broke: {0}")]
    Io(#[from] io::Error),
    /// The peer sent what cannot be read.
    #[error("the switch sent what cannot be read: {0}")]
    Frame(#[from] FrameError),
    /// The peer closed the connection.
    #[error("the switch closed the connection")]
    Closed,
    /// The terminal cannot be used.
    #[error("the terminal cannot be used: {0}")]
    Terminal(#[from] rustyline::error::ReadlineError),
}

/// How long an address may take to answer, and a greeting or a reply to the password to come.
const PATIENCE: Duration = Duration::from_secs(10);

impl Connection {
    /// Connects, with a session by TLS, and logs in. A host's addresses are tried one after the other.
    ///
    /// # Errors
    /// Why there is no connection.
    pub fn open(
        host: &str,
        port: u16,
        password: &str,
        session: Option<ClientConnection>,
    ) -> Result<Connection, CliError> {
        let (stream, address) = connect(host, port)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let stream = match session {
            None => Stream::Plain(stream),
            Some(session) => Stream::Tls(
                TlsStream::shake_hands(session, stream).map_err(|error| CliError::Handshake { address, error })?,
            ),
        };
        let mut connection = Connection { stream, decoder: Decoder::default() };
        let greeting = connection.packet().map_err(|error| not_an_event_socket(error, address))?;
        match greeting.content_type.as_str() {
            "auth/request" => {}
            "text/rude-rejection" => return Err(CliError::Rejected { address }),
            _ => return Err(CliError::NotAnEventSocket { address }),
        }
        let reply = connection.ask(&client::auth(password))?;
        let reply = reply.reply_text().unwrap_or_default();
        if !reply.starts_with("+OK") {
            return Err(CliError::Password { address, reply: reply.to_owned() });
        }
        connection.stream.set_read_timeout(None)?;
        Ok(connection)
    }

    /// Sends a command and waits for its reply; events and log lines before it are dropped.
    ///
    /// # Errors
    /// The connection broke.
    pub fn ask(&mut self, command: &[u8]) -> Result<ServerPacket, CliError> {
        self.stream.write_all(command)?;
        loop {
            let packet = self.packet()?;
            if is_reply(&packet) {
                return Ok(packet);
            }
        }
    }

    /// The next packet.
    ///
    /// # Errors
    /// The connection broke, or ended ([`CliError::Closed`]).
    pub fn packet(&mut self) -> Result<ServerPacket, CliError> {
        let mut buffer = [0; 16 << 10];
        loop {
            if let Some(packet) = self.decoder.next()? {
                return Ok(packet);
            }
            let length = match self.stream.read(&mut buffer) {
                Ok(0) => return Err(CliError::Closed),
                Ok(length) => length,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error.into()),
            };
            self.decoder.feed(buffer.get(..length).unwrap_or_default());
        }
    }

    /// Another handle to write with, while this one reads.
    ///
    /// # Errors
    /// The system has no more.
    pub fn writer(&self) -> Result<Stream, CliError> {
        Ok(self.stream.try_clone()?)
    }
}

/// Whether a packet answers a command.
pub fn is_reply(packet: &ServerPacket) -> bool {
    matches!(packet.content_type.as_str(), "command/reply" | "api/response")
}

fn connect(host: &str, port: u16) -> Result<(TcpStream, SocketAddr), CliError> {
    let resolve = |error| CliError::Resolve { host: host.to_owned(), error };
    let mut failed = resolve(io::Error::new(ErrorKind::NotFound, "the host has no address"));
    for address in (host, port).to_socket_addrs().map_err(resolve)? {
        match TcpStream::connect_timeout(&address, PATIENCE) {
            Ok(stream) => return Ok((stream, address)),
            Err(error) => failed = CliError::Connect { address, error },
        }
    }
    Err(failed)
}

fn rustls_error(error: &io::Error) -> Option<&Error> {
    error.get_ref().and_then(|inner| inner.downcast_ref::<Error>())
}

fn tls_reason(error: &io::Error) -> String {
    match rustls_error(error) {
        Some(Error::InvalidCertificate(CertificateError::UnknownIssuer | CertificateError::Other(_))) => {
            "nobody that is trusted here has signed its certificate (--tls-ca FILE trusts one)".to_owned()
        }
        Some(Error::InvalidMessage(InvalidMessage::InvalidContentType)) => {
            "it speaks plain text there (is it the TLS port?)".to_owned()
        }
        Some(Error::AlertReceived(AlertDescription::CertificateRequired)) => CERTIFICATE_REQUIRED.to_owned(),
        Some(Error::AlertReceived(
            alert @ (AlertDescription::UnknownCA
            | AlertDescription::BadCertificate
            | AlertDescription::CertificateExpired
            | AlertDescription::CertificateUnknown),
        )) => format!("it refuses the certificate of --tls-cert ({alert:?})"),
        Some(error) => error.to_string(),
        None if matches!(error.kind(), ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset) => {
            "it hung up (does its apply-inbound-acl let this address in?)".to_owned()
        }
        None => reason(error),
    }
}

const CERTIFICATE_REQUIRED: &str = "it asks for a client certificate (--tls-cert FILE shows one)";

/// A peer that says nothing, hangs up or talks otherwise speaks another protocol.
fn not_an_event_socket(error: CliError, address: SocketAddr) -> CliError {
    match error {
        // With TLS 1.3 a client hears only after its handshake that its certificate is refused.
        CliError::Io(error) if rustls_error(&error).is_some() => CliError::Handshake { address, error },
        CliError::Io(_) | CliError::Frame(_) | CliError::Closed => CliError::NotAnEventSocket { address },
        other => other,
    }
}

fn reason(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::ConnectionRefused => "connection refused (is the switch running?)".to_owned(),
        ErrorKind::TimedOut => "no answer".to_owned(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    /// What comes of connecting to a peer that greets with `greeting` and then answers what it is asked in turn.
    fn check(greeting: &str, replies: &[&str]) -> Result<ServerPacket, CliError> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        thread::scope(|scope| {
            scope.spawn(|| {
                let (mut stream, _) = listener.accept().unwrap();
                stream.write_all(greeting.as_bytes()).unwrap();
                for reply in replies {
                    let mut asked = Vec::new();
                    while !asked.ends_with(b"\n\n") {
                        let mut byte = [0];
                        stream.read_exact(&mut byte).unwrap();
                        asked.push(byte[0]);
                    }
                    stream.write_all(reply.as_bytes()).unwrap();
                }
            });
            Connection::open("127.0.0.1", port, "secret", None).and_then(|mut connection| connection.ask(b"api x\n\n"))
        })
    }

    const AUTH: &str = "Content-Type: auth/request\n\n";
    const ACCEPTED: &str = "Content-Type: command/reply\nReply-Text: +OK accepted\n\n";

    #[test]
    fn a_reply_is_found_behind_log_lines() {
        let answer =
            "Content-Type: log/data\nContent-Length: 1\n\nxContent-Type: api/response\nContent-Length: 2\n\nup";
        assert_eq!(check(AUTH, &[ACCEPTED, answer]).unwrap().text(), "up");
    }

    #[test]
    fn failures_say_what_is_wrong() {
        let wrong = "Content-Type: command/reply\nReply-Text: -ERR invalid\n\n";
        assert!(matches!(check(AUTH, &[wrong]), Err(CliError::Password { reply, .. }) if reply == "-ERR invalid"));
        let rude = "Content-Type: text/rude-rejection\nContent-Length: 24\n\nAccess Denied, go away.\n";
        assert!(matches!(check(rude, &[]), Err(CliError::Rejected { .. })));
        assert!(matches!(check("SSH-2.0-x\r\n\r\n", &[]), Err(CliError::NotAnEventSocket { .. })));
        assert!(matches!(check("", &[]), Err(CliError::NotAnEventSocket { .. })));
        assert!(matches!(check(AUTH, &[ACCEPTED]), Err(CliError::Closed | CliError::Io(_))));
    }

    #[test]
    fn a_port_nobody_listens_on_is_named() {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let Err(error) = Connection::open("127.0.0.1", port, "", None) else { panic!("connected") };
        assert_eq!(
            error.to_string(),
            format!("cannot connect to 127.0.0.1:{port}: connection refused (is the switch running?)")
        );
    }
}
