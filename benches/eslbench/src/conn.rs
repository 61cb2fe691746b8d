//! One blocking event-socket connection.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

/// How long a read waits before it gives up, unless told otherwise.
const PATIENCE: Duration = Duration::from_secs(20);
/// A packet's body is at most this long, bytes: nothing measured here comes near it.
const LONGEST_BODY: usize = 64 << 20;

/// A connection to an event socket, blocking, with a bound on every read.
#[derive(Debug)]
pub struct Conn {
    reader: BufReader<TcpStream>,
    writer: TcpStream,
}

/// One packet as it came off the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packet {
    /// Its `Content-Type`: `auth/request`, `command/reply`, `text/event-plain`, …
    pub kind: String,
    /// Its `Reply-Text`, empty where there is none.
    pub reply: String,
    /// Its body: of an event the event itself, in the format asked for.
    pub body: Vec<u8>,
}

/// Why a connection is of no more use.
#[derive(Debug, thiserror::Error)]
pub enum ConnError {
    /// The socket failed, the server closed it, or nothing came in time.
    #[error("event socket: {0}")]
    Io(#[from] io::Error),
    /// `auth` was answered with something else than `+OK`.
    #[error("the password was refused: {0}")]
    Refused(String),
    /// A command was answered with something else than `+OK`.
    #[error("`{command}` was answered with `{reply}`")]
    Reply {
        /// The command's first line.
        command: String,
        /// The reply's text.
        reply: String,
    },
    /// A body is announced that is longer than any packet has a reason to be.
    #[error("a body of {0} bytes is announced")]
    TooLong(usize),
}

impl Conn {
    /// Connects and takes the greeting; nothing is authenticated.
    ///
    /// # Errors
    /// [`ConnError::Io`] when the server cannot be reached or does not greet.
    pub fn connect(addr: impl ToSocketAddrs) -> Result<Conn, ConnError> {
        let mut conn = Conn::over(TcpStream::connect(addr)?)?;
        conn.packet()?;
        Ok(conn)
    }

    /// Connects and authenticates.
    ///
    /// # Errors
    /// [`ConnError::Refused`] when the password is wrong, else as [`Conn::connect`].
    pub fn login(addr: impl ToSocketAddrs, password: &str) -> Result<Conn, ConnError> {
        let mut conn = Conn::connect(addr)?;
        conn.send(&format!("auth {password}\n\n"))?;
        let answer = conn.packet()?.reply;
        if answer.starts_with("+OK") { Ok(conn) } else { Err(ConnError::Refused(answer)) }
    }

    /// Packets over a stream that is already connected; takes no greeting.
    ///
    /// # Errors
    /// [`ConnError::Io`] when the stream's options cannot be set.
    pub fn over(stream: TcpStream) -> Result<Conn, ConnError> {
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Conn { reader: BufReader::with_capacity(1 << 18, stream.try_clone()?), writer: stream })
    }

    /// The stream alone, for a connection that only stands or is closed in a way of its own; what was read ahead is lost.
    pub fn into_stream(self) -> TcpStream {
        self.writer
    }

    /// Sets how long a read waits.
    ///
    /// # Errors
    /// [`ConnError::Io`] when the socket refuses; zero is refused.
    pub fn set_patience(&mut self, limit: Duration) -> Result<(), ConnError> {
        Ok(self.writer.set_read_timeout(Some(limit))?)
    }

    /// Writes bytes as they are.
    ///
    /// # Errors
    /// [`ConnError::Io`] when the server is gone.
    pub fn send(&mut self, text: &str) -> Result<(), ConnError> {
        Ok(self.writer.write_all(text.as_bytes())?)
    }

    /// Sends a command (its final empty line is added) and gives the reply's text, which must be `+OK…`.
    ///
    /// # Errors
    /// [`ConnError::Reply`] when it is not.
    pub fn command(&mut self, command: &str) -> Result<String, ConnError> {
        self.send(&format!("{command}\n\n"))?;
        let reply = self.answer()?.reply;
        if reply.starts_with("+OK") {
            return Ok(reply);
        }
        Err(ConnError::Reply { command: command.lines().next().unwrap_or_default().to_owned(), reply })
    }

    /// Runs an API command and gives the text it printed.
    ///
    /// # Errors
    /// [`ConnError::Io`] when no answer came.
    pub fn api(&mut self, command: &str) -> Result<String, ConnError> {
        self.send(&format!("api {command}\n\n"))?;
        Ok(self.answer()?.text().into_owned())
    }

    /// The next packet.
    ///
    /// # Errors
    /// [`ConnError::Io`] at the end of the stream or when nothing came in time.
    pub fn packet(&mut self) -> Result<Packet, ConnError> {
        let (mut packet, mut length, mut line, mut any) = (Packet::empty(), 0, String::new(), false);
        loop {
            line.clear();
            if self.reader.read_line(&mut line)? == 0 {
                return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
            }
            let text = line.trim_end();
            if text.is_empty() {
                if any {
                    break;
                }
                continue;
            }
            any = true;
            if let Some(value) = text.strip_prefix("Content-Type: ") {
                value.clone_into(&mut packet.kind);
            } else if let Some(value) = text.strip_prefix("Content-Length: ") {
                length = value.parse().unwrap_or(0);
            } else if let Some(value) = text.strip_prefix("Reply-Text: ") {
                value.clone_into(&mut packet.reply);
            }
        }
        if length > LONGEST_BODY {
            return Err(ConnError::TooLong(length));
        }
        packet.body.resize(length, 0);
        self.reader.read_exact(&mut packet.body)?;
        Ok(packet)
    }

    /// The next event; what else comes before it is dropped.
    ///
    /// # Errors
    /// As [`Conn::packet`].
    pub fn event(&mut self) -> Result<Packet, ConnError> {
        self.until(Packet::is_event)
    }

    /// The next reply; what else comes before it is dropped.
    ///
    /// # Errors
    /// As [`Conn::packet`].
    pub fn answer(&mut self) -> Result<Packet, ConnError> {
        self.until(|packet| matches!(packet.kind.as_str(), "command/reply" | "api/response"))
    }

    /// The next packet that is wanted; those before it are dropped.
    ///
    /// # Errors
    /// As [`Conn::packet`].
    pub fn until(&mut self, wanted: impl Fn(&Packet) -> bool) -> Result<Packet, ConnError> {
        loop {
            let packet = self.packet()?;
            if wanted(&packet) {
                return Ok(packet);
            }
        }
    }
}

impl Packet {
    fn empty() -> Packet {
        Packet { kind: String::new(), reply: String::new(), body: Vec::new() }
    }

    /// Whether it carries an event.
    pub fn is_event(&self) -> bool {
        self.kind.starts_with("text/event-")
    }

    /// Whether the body holds this text.
    pub fn has(&self, text: &str) -> bool {
        self.body.windows(text.len()).any(|window| window == text.as_bytes())
    }

    /// The body as text.
    pub fn text(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.body)
    }
}
