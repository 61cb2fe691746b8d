//! What a round trip costs with no switch at all: two system calls and two wake-ups on each side.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use super::LoadError;
use super::requests::micros;
use crate::{Figure, Percentiles};

/// What goes there and back: as many bytes as a short command has.
const BALL: &[u8; 16] = b"api echo hello\n\n";

/// `count` round trips over a bare TCP connection between two threads, each `pace` after the last: `p50`, `p99` and
/// `max` in microseconds.
///
/// With no pace it is what [`super::api`] cannot be faster than, with [`super::PACE`] the same for [`super::latency`]:
/// cores that sleep in between take their time to wake up.
///
/// # Errors
/// [`LoadError::Io`] when the loopback interface cannot be used.
pub fn floor(count: usize, pace: Duration) -> Result<Vec<Figure>, LoadError> {
    let door = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let mut near = TcpStream::connect(door.local_addr()?)?;
    let (mut far, _) = door.accept()?;
    near.set_nodelay(true)?;
    far.set_nodelay(true)?;
    let wall = std::thread::spawn(move || {
        let mut ball = *BALL;
        while far.read_exact(&mut ball).and_then(|()| far.write_all(&ball)).is_ok() {}
    });
    let (mut ball, mut trips) = (*BALL, Vec::with_capacity(count));
    for _ in 0..count {
        if !pace.is_zero() {
            std::thread::sleep(pace);
        }
        let sent = Instant::now();
        near.write_all(BALL)?;
        near.read_exact(&mut ball)?;
        trips.push(micros(sent));
    }
    drop(near);
    wall.join().map_err(|_| LoadError::Thread)?;
    Ok(Percentiles::new(trips).figures())
}
