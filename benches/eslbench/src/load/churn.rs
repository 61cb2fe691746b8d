//! Connections that come and go.

use std::io::Read;
use std::net::{Ipv4Addr, SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use socket2::{Domain, Socket, Type};

use super::{LoadError, Target};
use crate::{Conn, ConnError, Figure, Usage};

/// Connections at one time.
const AT_ONCE: usize = 16;
/// The part of them, one in so many, after which the server is as large as it will be.
const WARM_UP: usize = 10;
/// How long the server may take to close its side of the last ones.
const PATIENCE: Duration = Duration::from_secs(5);

/// `count` connections that log in and go: by `exit`, by closing, by a reset, in turn.
///
/// Gives the `rate` a second, and what the server has grown by between the first tenth and the last connection: `kib`
/// of memory and `threads`.
///
/// # Errors
/// [`LoadError::Conn`] when one is refused, [`LoadError::Kept`] when the server does not close its side of them.
pub fn churn(target: &Target, count: usize) -> Result<Vec<Figure>, LoadError> {
    let server = address(target)?;
    let (fresh, first) = (target.usage(), count / WARM_UP);
    let start = Instant::now();
    come_and_go(target, server, first)?;
    let mut busy = start.elapsed();
    let warm = settled(target, fresh)?;
    let start = Instant::now();
    come_and_go(target, server, count - first)?;
    busy += start.elapsed();
    let after = settled(target, fresh)?;
    Ok(vec![
        Figure::new("rate", count as f64 / busy.as_secs_f64(), "/s"),
        Figure::new("kib", after.resident - warm.resident, "KiB"),
        Figure::new("threads", after.threads - warm.threads, "threads"),
    ])
}

fn address(target: &Target) -> Result<SocketAddr, LoadError> {
    let nowhere = || std::io::Error::from(std::io::ErrorKind::AddrNotAvailable);
    Ok(target.addr.to_socket_addrs()?.next().ok_or_else(nowhere)?)
}

fn come_and_go(target: &Target, server: SocketAddr, count: usize) -> Result<(), LoadError> {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        let each = |lane: usize| {
            let next = &next;
            scope.spawn(move || -> Result<(), LoadError> {
                loop {
                    let turn = next.fetch_add(1, Ordering::Relaxed);
                    if turn >= count {
                        return Ok(());
                    }
                    visit(target, server, lane, turn)?;
                }
            })
        };
        let lanes: Vec<_> = (0..AT_ONCE).map(each).collect();
        lanes.into_iter().try_for_each(|lane| lane.join().map_err(|_| LoadError::Thread)?)
    })
}

fn visit(target: &Target, server: SocketAddr, lane: usize, turn: usize) -> Result<(), LoadError> {
    let mut conn = Conn::over(connect(server, lane)?)?;
    conn.packet()?;
    conn.send(&format!("auth {}\n\n", target.password))?;
    let answer = conn.packet()?.reply;
    if !answer.starts_with("+OK") {
        return Err(ConnError::Refused(answer).into());
    }
    match turn % 3 {
        0 => {
            conn.send("exit\n\n")?;
            conn.into_stream().read_to_end(&mut Vec::new())?;
        }
        1 => {}
        _ => Socket::from(conn.into_stream()).set_linger(Some(Duration::ZERO))?,
    }
    Ok(())
}

/// Each lane has a loopback address of its own: one address has not the ports for so many connections in so short a
/// time, as those closed lately keep theirs.
fn connect(server: SocketAddr, lane: usize) -> Result<TcpStream, LoadError> {
    let socket = Socket::new(Domain::for_address(server), Type::STREAM, None)?;
    if server.ip() == Ipv4Addr::LOCALHOST {
        let lane = u8::try_from(lane).unwrap_or(u8::MAX);
        socket.bind(&SocketAddr::from((Ipv4Addr::new(127, 0, 1, lane), 0)).into())?;
    }
    socket.connect(&server.into())?;
    Ok(socket.into())
}

/// What the server uses once it has no more files open than when it was fresh.
fn settled(target: &Target, fresh: Usage) -> Result<Usage, LoadError> {
    let until = Instant::now() + PATIENCE;
    loop {
        let usage = target.usage();
        if usage.files <= fresh.files {
            return Ok(usage);
        }
        if Instant::now() > until {
            return Err(LoadError::Kept(PATIENCE.as_secs(), usage.files - fresh.files));
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}
