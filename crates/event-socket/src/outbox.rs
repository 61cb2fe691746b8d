//! What is to be written to a connection, joined into few system calls.

use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::time::Instant;

use bytes::Bytes;

use crate::clock::now;
use crate::socket::Socket;

/// Buffers handed to one system call at the most (Linux takes 1,024).
const SLICES: usize = 64;

/// A connection's unwritten bytes, in order. Events are shared slices; nothing is copied per listener.
#[derive(Default)]
pub(crate) struct Outbox {
    buffers: VecDeque<Bytes>,
    /// How much of the first buffer is written.
    written: usize,
    /// Replies are small and many: they are gathered here until the next write.
    replies: Vec<u8>,
    /// Bytes that the system took since the start.
    taken: u64,
    /// Since when it takes nothing.
    stalled: Option<Instant>,
}

impl Outbox {
    /// Appends a shared packet.
    pub(crate) fn push(&mut self, packet: Bytes) {
        self.seal();
        self.buffers.push_back(packet);
    }

    /// Where a reply is written to.
    pub(crate) fn reply(&mut self) -> &mut Vec<u8> {
        &mut self.replies
    }

    /// Whether everything was written.
    pub(crate) fn is_empty(&self) -> bool {
        self.buffers.is_empty() && self.replies.is_empty()
    }

    /// Bytes waiting.
    pub(crate) fn len(&self) -> usize {
        self.buffers.iter().map(Bytes::len).sum::<usize>() - self.written + self.replies.len()
    }

    /// Bytes that the system took since the start.
    pub(crate) fn taken(&self) -> u64 {
        self.taken
    }

    /// Since when the system takes nothing, though something waits.
    pub(crate) fn stalled_since(&self) -> Option<Instant> {
        self.stalled
    }

    /// Writes what the socket takes now.
    ///
    /// # Errors
    /// The socket's error; the connection is then lost.
    pub(crate) fn flush(&mut self, socket: &mut Socket) -> io::Result<()> {
        self.seal();
        while !self.buffers.is_empty() {
            match self.write_once(socket) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => self.advance(count),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.stalled.get_or_insert_with(now);
                    return Ok(());
                }
                Err(error) => return Err(error),
            }
        }
        self.shrink();
        Ok(())
    }

    fn write_once(&self, socket: &mut Socket) -> io::Result<usize> {
        let mut slices = [IoSlice::new(&[]); SLICES];
        let mut count = 0;
        for (buffer, slice) in self.buffers.iter().zip(&mut slices) {
            let from = if count == 0 { self.written } else { 0 };
            *slice = IoSlice::new(buffer.get(from..).unwrap_or_default());
            count += 1;
        }
        socket.try_write_vectored(slices.get(..count).unwrap_or_default())
    }

    fn advance(&mut self, mut count: usize) {
        self.taken += count as u64;
        self.stalled = None;
        while let Some(first) = self.buffers.front() {
            let left = first.len() - self.written;
            if count < left {
                self.written += count;
                return;
            }
            count -= left;
            self.written = 0;
            self.buffers.pop_front();
        }
    }

    fn seal(&mut self) {
        if !self.replies.is_empty() {
            self.buffers.push_back(std::mem::take(&mut self.replies).into());
        }
    }

    /// An idle connection keeps no buffers.
    fn shrink(&mut self) {
        if self.buffers.capacity() > 64 {
            self.buffers = VecDeque::new();
        }
    }
}
