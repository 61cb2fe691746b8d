//! What is sent on one stream of a pair and heard on the other, without a socket.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use parking_lot::Mutex;
use strowger_media::codec::Codec;
use strowger_media::rtp::{HEADER_LENGTH, Header, Packet};

use super::kind::Kind;
use super::leg::{Leg, MAX_CATCH_UP, SAMPLES_PER_MS, Scratch};
use super::mailbox::Inbox;
use super::stream::RtpParameters;
use super::wheel::TICK;

/// One way of a pair: L16 that was sent and is not yet heard, 160 ms of it at the most; older audio makes room.
///
/// It is heard in packets of 20 ms at real pace, however it was sent. So two ends that echo each other, or a circle of
/// bridges, pass a packet round fifty times a second and no faster.
#[derive(Debug)]
pub(super) struct Pipe {
    ring: Mutex<Ring>,
    /// The stream that hears it, and its thread's inbox.
    reader: usize,
    inbox: Arc<Inbox>,
}

#[derive(Debug)]
struct Ring {
    bytes: VecDeque<u8>,
    /// The reader looks here every 20 ms, or was told to.
    awake: bool,
    /// The reader is gone.
    closed: bool,
}

/// What a reader finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Taken {
    Frame,
    /// Not enough yet.
    Nothing,
    /// Nothing for long: it is told when there is something.
    Asleep,
}

impl Pipe {
    pub(super) fn new(reader: usize, inbox: Arc<Inbox>) -> Pipe {
        let bytes = VecDeque::with_capacity(CAPACITY);
        Pipe { ring: Mutex::new(Ring { bytes, awake: false, closed: false }), reader, inbox }
    }

    /// Takes audio; `false` when that, or some before it, was too much.
    pub(super) fn push(&self, payload: &[u8]) -> bool {
        let whole = payload.as_chunks::<2>().0.as_flattened();
        let kept = whole.get(whole.len().saturating_sub(CAPACITY)..).unwrap_or_default();
        let mut ring = self.ring.lock();
        if ring.closed || kept.is_empty() {
            return true;
        }
        let excess = (ring.bytes.len() + kept.len()).saturating_sub(CAPACITY);
        ring.bytes.drain(..excess);
        ring.bytes.extend(kept);
        let wake = !std::mem::replace(&mut ring.awake, true);
        drop(ring);
        if wake {
            // A thread that has ended needs none.
            let _ = self.inbox.mention(self.reader);
        }
        excess == 0 && kept.len() == whole.len()
    }

    fn is_awake(&self) -> bool {
        self.ring.lock().awake
    }

    /// Fills a frame; one that has waited long enough is filled up with silence.
    fn take(&self, frame: &mut [u8], wait: bool) -> Taken {
        let mut ring = self.ring.lock();
        if ring.bytes.len() < frame.len() {
            if wait {
                return Taken::Nothing;
            }
            if ring.bytes.is_empty() {
                ring.awake = false;
                return Taken::Asleep;
            }
        }
        let length = ring.bytes.len().min(frame.len());
        let bytes = ring.bytes.drain(..length).chain(std::iter::repeat(0));
        frame.iter_mut().zip(bytes).for_each(|(slot, byte)| *slot = byte);
        Taken::Frame
    }

    fn close(&self) {
        let mut ring = self.ring.lock();
        ring.closed = true;
        ring.bytes = VecDeque::new();
    }
}

/// The hearing end of a [`Pipe`].
pub(super) struct Hearing {
    pipe: Arc<Pipe>,
    /// The next packet, but for its timestamp, which is the time's.
    header: Header,
    /// The tick to look at.
    due: Option<u64>,
    /// How often there was nothing, since there was something.
    empty: u32,
}

impl Hearing {
    /// Hears `pipe`, as packets of this SSRC.
    pub(super) fn new(pipe: Arc<Pipe>, ssrc: u32) -> Hearing {
        let header = Header { marker: true, payload_type: Codec::L16.payload_type(), sequence: 0, timestamp: 0, ssrc };
        Hearing { pipe, header, due: None, empty: 0 }
    }

    /// The packet of this tick: its payload in `frame`, and its header.
    fn next(&mut self, tick: u64, frame: &mut [u8]) -> Result<Header, Taken> {
        let taken = self.pipe.take(frame, self.empty < PATIENCE);
        if taken != Taken::Frame {
            self.empty += 1;
            self.header.marker = true;
            return Err(taken);
        }
        self.empty = 0;
        // Modulo 2^32, as timestamps are.
        self.header.timestamp = tick.wrapping_mul(SAMPLES_PER_TICK) as u32;
        let header = self.header;
        self.header.sequence = header.sequence.wrapping_add(1);
        self.header.marker = false;
        Ok(header)
    }
}

impl Drop for Hearing {
    fn drop(&mut self) {
        self.pipe.close();
    }
}

impl Leg {
    /// Whether something was sent to us that waits for a tick ([`Leg::begin_hearing`]).
    pub(super) fn has_audio(&self) -> bool {
        self.hearing.as_ref().is_some_and(|hearing| hearing.due.is_none() && hearing.pipe.is_awake())
    }

    /// The first frame is heard at this tick.
    pub(super) fn begin_hearing(&mut self, due: u64) {
        if let Some(hearing) = &mut self.hearing {
            (hearing.due, hearing.empty) = (Some(due), 0);
        }
    }

    /// Hears the frame that was due at tick `due`, and those after it up to `now`; gives the tick of the next. `None` when
    /// there is none, or the tick is not one of them.
    pub(super) fn hear_peer(&mut self, due: u64, now: u64, scratch: &mut Scratch) -> Option<u64> {
        self.hearing.as_ref().filter(|hearing| hearing.due == Some(due))?;
        let mut datagram = std::mem::take(&mut scratch.datagram);
        let late = now.saturating_sub(due) / TICKS_PER_FRAME;
        let mut tick = due + late.saturating_sub(MAX_CATCH_UP) * TICKS_PER_FRAME;
        let mut asleep = false;
        while tick <= now && !asleep {
            asleep = self.hear_frame(tick, datagram.get_mut(..FRAME).unwrap_or_default(), scratch);
            tick += TICKS_PER_FRAME;
        }
        scratch.datagram = datagram;
        let next = (!asleep).then_some(tick);
        if let Some(hearing) = &mut self.hearing {
            hearing.due = next;
        }
        next
    }

    /// `true` when there was nothing for so long that it is not looked for any more.
    fn hear_frame(&mut self, tick: u64, frame: &mut [u8], scratch: &mut Scratch) -> bool {
        let Some(hearing) = &mut self.hearing else { return true };
        match hearing.next(tick, frame) {
            Ok(header) => {
                let packet = Packet { header, contributors: &[], extension: None, payload: frame };
                self.hear(&packet, Kind::Audio, HEADER_LENGTH + FRAME, Instant::now(), scratch);
                false
            }
            Err(taken) => taken == Taken::Asleep,
        }
    }
}

/// What the ends of a pair have agreed on, whatever else they are told.
pub(super) fn agreed(send: bool, receive: bool) -> RtpParameters {
    RtpParameters {
        remote: std::net::SocketAddr::from(([0, 0, 0, 0], 0)),
        codec: Codec::L16,
        payload_type: Codec::L16.payload_type(),
        dtmf_payload_type: None,
        ptime_ms: 20,
        send,
        receive,
    }
}

/// The bytes of 20 ms.
const FRAME: usize = 20 * SAMPLES_PER_MS * 2;
/// Eight frames.
const CAPACITY: usize = 8 * FRAME;
const TICKS_PER_FRAME: u64 = 20 / TICK.as_millis() as u64;
const SAMPLES_PER_TICK: u64 = TICK.as_millis() as u64 * SAMPLES_PER_MS as u64;
/// Frames without sound after which the reader looks no more.
const PATIENCE: u32 = 5;

#[cfg(test)]
mod tests {
    use super::*;

    fn pipe() -> Pipe {
        let poll = mio::Poll::new().unwrap();
        let waker = mio::Waker::new(poll.registry(), mio::Token(0)).unwrap();
        Pipe::new(7, Arc::new(Inbox::new(waker)))
    }

    fn taken(pipe: &Pipe, wait: bool) -> (Taken, [u8; FRAME]) {
        let mut frame = [9; FRAME];
        (pipe.take(&mut frame, wait), frame)
    }

    #[test]
    fn only_so_much_waits_and_the_latest_is_kept() {
        let pipe = pipe();
        let results: Vec<bool> = (0..12_u8).map(|i| pipe.push(&[i; FRAME])).collect();
        assert_eq!(results, [[true; 8].as_slice(), &[false; 4]].concat());
        for i in 4..12 {
            assert_eq!(taken(&pipe, true), (Taken::Frame, [i; FRAME]));
        }
        assert!(!pipe.push(&[1; CAPACITY + FRAME]));
        assert_eq!(pipe.ring.lock().bytes.len(), CAPACITY);
        assert!(pipe.ring.lock().bytes.capacity() < 2 * CAPACITY, "it does not grow");
    }

    #[test]
    fn the_reader_is_told_once() {
        let pipe = pipe();
        let mentions = |pipe: &Pipe| {
            let mut queue = crate::media::mailbox::Queue::default();
            pipe.inbox.take(&mut queue);
            queue.mentioned
        };
        assert!(!pipe.is_awake());
        (0..3).for_each(|_| assert!(pipe.push(&[1; FRAME])));
        assert_eq!(mentions(&pipe), [7]);
        (0..3).for_each(|_| assert_eq!(taken(&pipe, true).0, Taken::Frame));
        assert_eq!(taken(&pipe, true).0, Taken::Nothing);
        pipe.push(&[1; FRAME]);
        assert!(mentions(&pipe).is_empty(), "it still looks");
        taken(&pipe, true);
        assert_eq!(taken(&pipe, false).0, Taken::Asleep);
        pipe.push(&[1; 3]);
        assert_eq!(mentions(&pipe), [7]);
        assert_eq!(taken(&pipe, true).0, Taken::Nothing);
        let mut padded = [0; FRAME];
        padded[..2].fill(1);
        assert_eq!(taken(&pipe, false), (Taken::Frame, padded), "half a sample is left out, the rest is silence");
    }

    #[test]
    fn a_reader_that_is_gone_gets_nothing() {
        let pipe = pipe();
        pipe.push(&[1; FRAME]);
        pipe.close();
        assert!(pipe.push(&[1; FRAME]));
        assert!(pipe.ring.lock().bytes.is_empty());
    }
}
