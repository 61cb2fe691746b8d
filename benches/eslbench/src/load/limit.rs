//! What this machine's loopback carries, with no switch at all: the measure for the others.

use std::io::Write;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::time::Instant;

use super::LoadError;
use crate::{Conn, Figure};

/// Events in one write.
const BLOCK: usize = 32;

/// The bytes of `events` events of 2.2 KiB to each of `readers` over bare sockets: `delivered` a second in all.
///
/// # Errors
/// [`LoadError::Io`] when the loopback interface cannot be used.
pub fn limit(readers: usize, events: usize) -> Result<Vec<Figure>, LoadError> {
    let door = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let at = door.local_addr()?;
    let threads: Vec<_> = (0..readers)
        .map(|_| {
            std::thread::spawn(move || -> Result<usize, LoadError> {
                let mut conn = Conn::over(TcpStream::connect(at)?)?;
                Ok((0..events).map_while(|_| conn.event().ok()).count())
            })
        })
        .collect();
    let mut outs = Vec::with_capacity(readers);
    for _ in 0..readers {
        outs.push(door.accept()?.0);
    }
    let block = event().repeat(BLOCK);
    let start = Instant::now();
    for _ in 0..events.div_ceil(BLOCK) {
        for out in &mut outs {
            // A reader that has its events hangs up: what remains of the last block is not its business.
            let _ = out.write_all(block.as_bytes());
        }
    }
    let mut got = 0;
    for thread in threads {
        got += thread.join().map_err(|_| LoadError::Thread)??;
    }
    Ok(vec![Figure::new("delivered", got as f64 / start.elapsed().as_secs_f64(), "/s")])
}

/// An event of the size that [`super::fanout`] sends, as its listeners receive it.
fn event() -> String {
    let heads = (0..13).map(|i| format!("Event-Header-{i}: a value as long as such values are\n"));
    let vars = (0..20)
        .map(|i| format!("variable_number_{i}: value%20{i}%20of%20some%20length,%20as%20channel%20variables%20have\n"));
    let body: String = heads.chain(vars).collect();
    format!("Content-Length: {}\nContent-Type: text/event-plain\n\n{body}\n", body.len() + 1)
}
