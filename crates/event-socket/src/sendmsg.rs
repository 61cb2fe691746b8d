//! `sendmsg`: what a client has a call do.

use std::net::{IpAddr, SocketAddr};

use strowger_config::is_true;
use strowger_core::channel::HangupCause;
use strowger_core::media::Unicast;
use strowger_core::session::{Action, Execute, Next, Session, SessionHandle};
use strowger_esl::Packet;
use strowger_event::Headers;
use tokio::sync::oneshot;

/// A message to a call, read.
pub(crate) struct Message {
    request: Request,
    /// `async`: a synchronous socket does not wait for it.
    pub(crate) is_async: bool,
    /// The message as the client sent it, for the PRIVATE_COMMAND that says it was carried out.
    headers: Headers,
}

enum Request {
    /// `call-command: execute`.
    Execute(Execute),
    /// `call-command: hangup`.
    Hangup(HangupCause),
    /// `call-command: xferext`: the rest of the call is these applications.
    Transfer(Vec<Action>),
    /// `call-command: unicast`: a program hears the call and speaks on it.
    Unicast { local: SocketAddr, remote: SocketAddr, native: bool },
    /// One that cannot be carried out; why.
    Invalid(String),
    /// One that there is nothing to do for: FreeSWITCH takes any.
    Nothing,
}

impl Message {
    /// Reads a `sendmsg`; headers match in any case.
    pub(crate) fn read(packet: &Packet) -> Self {
        let is_async = header(packet, "async").is_some_and(is_true);
        let mut headers = Headers::with_capacity(packet.headers.len() + 1, packet.headers.byte_len() + 64);
        headers.push("Command", packet.command.split('\r').next().unwrap_or_default());
        headers.extend(&packet.headers);
        Self { request: Request::read(packet), is_async, headers }
    }

    /// Hands it to the call; `until_done` waits for the application's end, as a synchronous socket does.
    ///
    /// # Errors
    /// The reply: the call took no more (`-ERR memory error`), as FreeSWITCH says when its queue is full.
    pub(crate) async fn deliver(self, handle: &SessionHandle, until_done: bool) -> Result<(), &'static str> {
        let Self { request, headers, .. } = self;
        let (sender, done) = oneshot::channel();
        let taken = match request {
            Request::Execute(mut execute) => {
                execute.message = Some(headers);
                execute.done = until_done.then_some(sender);
                let queued = handle.ask(move |session| session.queue(execute).is_ok()).await;
                if until_done && queued == Ok(true) {
                    // Ended or dropped with its call: either way it is done.
                    let _ = done.await;
                }
                queued == Ok(true)
            }
            request => handle.post(move |session| request.act(session, headers)).await.is_ok(),
        };
        if taken { Ok(()) } else { Err("-ERR memory error") }
    }
}

impl Request {
    fn read(packet: &Packet) -> Self {
        match header(packet, "call-command").unwrap_or_default().to_ascii_lowercase().as_str() {
            "execute" => read_execute(packet).map_or(Self::Nothing, Self::Execute),
            "hangup" => {
                let cause = header(packet, "hangup-cause").and_then(HangupCause::parse);
                Self::Hangup(cause.unwrap_or(HangupCause::NormalClearing))
            }
            "unicast" => read_unicast(packet).unwrap_or_else(Self::Invalid),
            "xferext" => Self::Transfer(read_applications(packet)),
            _ => Self::Nothing,
        }
    }

    /// What needs no queue: the session does it between two steps.
    fn act(self, session: &mut Session, message: Headers) {
        match self {
            Self::Hangup(cause) => session.hangup(cause),
            Self::Transfer(actions) if !actions.is_empty() => session.go(Next::Execute(actions)),
            Self::Unicast { local, remote, native } => match Unicast::bind(local, remote, native) {
                // An interruption is seen by whoever runs the session.
                Ok(unicast) => drop(session.start_unicast(unicast)),
                Err(error) => {
                    tracing::error!(uuid = %session.channel.uuid, "unicast: cannot listen on {local}: {error}");
                }
            },
            Self::Invalid(why) => tracing::error!(uuid = %session.channel.uuid, "sendmsg: {why}"),
            Self::Transfer(_) | Self::Nothing | Self::Execute(_) => {}
        }
        session.fire_private_command(message);
    }
}

fn read_execute(packet: &Packet) -> Option<Execute> {
    let application = header(packet, "execute-app-name")?.to_owned();
    // A text is the argument when there is no header for it.
    let is_text = header(packet, "content-type").is_some_and(|kind| kind.eq_ignore_ascii_case("text/plain"));
    let body = packet.body.as_deref().filter(|_| is_text);
    let action =
        Action { application, data: header(packet, "execute-app-arg").or(body).unwrap_or_default().to_owned() };
    Some(Execute {
        loops: header(packet, "loops").and_then(|loops| loops.trim().parse().ok()).unwrap_or(1),
        uuid: header(packet, "event-uuid").map(str::to_owned),
        uuid_name: header(packet, "event-uuid-name").map(str::to_owned),
        lock: header(packet, "event-lock").is_some_and(is_true),
        priority: header(packet, "event-lock-pri").is_some_and(is_true),
        holds_partner: header(packet, "hold-bleg").is_some_and(is_true),
        ..Execute::once(action)
    })
}

/// # Errors
/// Which header is wrong.
fn read_unicast(packet: &Packet) -> Result<Request, String> {
    if let Some(other) = header(packet, "transport").filter(|transport| !transport.eq_ignore_ascii_case("udp")) {
        return Err(format!("transport: {other} is not there, only udp"));
    }
    Ok(Request::Unicast {
        local: read_address(packet, "local", 8025)?,
        remote: read_address(packet, "remote", 8026)?,
        native: header(packet, "flags").is_some_and(|flags| flags.contains("native")),
    })
}

/// `SIDE-ip` and `SIDE-port`.
fn read_address(packet: &Packet, side: &str, default_port: u16) -> Result<SocketAddr, String> {
    let (ip_header, port_header) = (format!("{side}-ip"), format!("{side}-port"));
    let ip = header(packet, &ip_header).unwrap_or("127.0.0.1");
    let ip: IpAddr = ip.trim().parse().map_err(|_| format!("{ip_header}: {ip} is no address"))?;
    let port = match header(packet, &port_header) {
        Some(port) => port.trim().parse().map_err(|_| format!("{port_header}: {port} is no port"))?,
        None => default_port,
    };
    Ok(SocketAddr::new(ip, port))
}

/// `application: NAME ARGUMENT`, in the order given.
fn read_applications(packet: &Packet) -> Vec<Action> {
    let named = packet.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("application"));
    let actions = named.map(|(_, value)| {
        let (application, data) = value.split_once(' ').unwrap_or((value, ""));
        Action { application: application.to_owned(), data: data.to_owned() }
    });
    actions.collect()
}

fn header<'a>(packet: &'a Packet, name: &str) -> Option<&'a str> {
    packet.headers.get(name).filter(|value| !value.is_empty())
}
