//! One media thread.

use std::collections::HashMap;
use std::io::{self, ErrorKind};
use std::mem;
use std::os::fd::AsRawFd;
use std::sync::Arc;
use std::time::{Duration, Instant};

use mio::unix::SourceFd;
use mio::{Events, Interest, Poll, Token, Waker};

use super::leg::{Leg, Scratch};
use super::mailbox::{Inbox, Queue, Request};
use super::wheel::{Entry, Wheel};

/// The loop of a thread: sleeps until a packet comes, a frame is due or there is mail.
pub(super) struct Worker {
    poll: Poll,
    inbox: Arc<Inbox>,
    legs: HashMap<usize, Leg>,
    wheel: Wheel,
    scratch: Scratch,
    /// Tokens of sockets with more to read than was their turn.
    unread: Vec<usize>,
    due: Vec<Entry>,
    queue: Queue,
}

impl Worker {
    /// A thread to be, and where it takes its mail.
    ///
    /// # Errors
    /// When the system has no epoll instance for us.
    pub(super) fn new() -> io::Result<(Worker, Arc<Inbox>)> {
        let poll = Poll::new()?;
        let inbox = Arc::new(Inbox::new(Waker::new(poll.registry(), WAKE)?));
        let worker = Worker {
            poll,
            inbox: Arc::clone(&inbox),
            legs: HashMap::new(),
            wheel: Wheel::new(Instant::now()),
            scratch: Scratch::new(),
            unread: Vec::new(),
            due: Vec::new(),
            queue: Queue::default(),
        };
        Ok((worker, inbox))
    }

    /// Runs until it is told to end.
    pub(super) fn run(mut self) {
        let mut events = Events::with_capacity(EVENTS);
        while !self.queue.shut_down {
            let timeout = if self.unread.is_empty() { self.wheel.wait(Instant::now()) } else { Some(Duration::ZERO) };
            if let Err(error) = self.poll.poll(&mut events, timeout)
                && error.kind() != ErrorKind::Interrupted
            {
                tracing::error!("a media thread cannot wait: {error}");
                break;
            }
            // Frames first: they have a time, and reading can wait for as long as the system's buffers last.
            self.play_due();
            // Then mail, so that what was said before a packet came holds for it.
            self.take_mail();
            let unread = mem::take(&mut self.unread);
            unread.into_iter().for_each(|id| self.read(id));
            for event in &events {
                if event.token() != WAKE {
                    self.read(event.token().0);
                }
            }
        }
        self.stop();
    }

    fn play_due(&mut self) {
        let now = self.wheel.tick(Instant::now());
        let mut due = mem::take(&mut self.due);
        self.wheel.take_due(now, &mut due);
        for Entry { id, due } in due.drain(..) {
            let Some(leg) = self.legs.get_mut(&id) else { continue };
            // What is played, what digits are sent, what is heard of a pair's other end and what is heard late have their ticks
            // each: an entry is for one of them, or for several.
            let scratch = &mut self.scratch;
            let nexts = [
                leg.tick(due, now, scratch),
                leg.press(due, now, scratch),
                leg.hear_peer(due, now, scratch),
                leg.hear_late(due, now, scratch),
            ];
            nexts.into_iter().flatten().for_each(|next| self.wheel.schedule(id, next));
        }
        self.due = due;
    }

    /// Reads the socket that a token stands for.
    fn read(&mut self, token: usize) {
        let Some(leg) = self.legs.get_mut(&(token & !PROGRAM)) else { return };
        let is_program = token & PROGRAM != 0;
        let more = if is_program { leg.hear_program(&mut self.scratch) } else { leg.readable(&mut self.scratch) };
        if more {
            self.unread.push(token);
        }
        if leg.has_late() {
            let due = self.wheel.quietest(self.wheel.tick(Instant::now()));
            leg.begin_late(due);
            self.wheel.schedule(token & !PROGRAM, due);
        }
    }

    fn take_mail(&mut self) {
        let mut queue = mem::take(&mut self.queue);
        self.inbox.take(&mut queue);
        for (id, leg) in queue.legs.drain(..) {
            self.add(id, leg);
        }
        for id in queue.mentioned.drain(..) {
            self.open_mail(id);
        }
        self.queue = queue;
    }

    fn add(&mut self, id: usize, leg: Leg) {
        if let Some(socket) = &leg.socket
            && let Err(error) =
                self.poll.registry().register(&mut SourceFd(&socket.as_raw_fd()), Token(id), Interest::READABLE)
        {
            // It still plays and counts what it sends; it hears nothing.
            tracing::error!("cannot listen to an RTP port: {error}");
        }
        self.legs.insert(id, leg);
    }

    fn open_mail(&mut self, id: usize) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let mut mail = leg.mailbox().take();
        if let Some(Some(unicast)) = &mut mail.unicast
            && let Err(error) =
                self.poll.registry().register(&mut unicast.socket, Token(id | PROGRAM), Interest::READABLE)
        {
            tracing::error!("cannot listen to a unicast port: {error}");
        }
        let closed = mail.closed;
        let request = leg.obey(mail);
        if closed {
            if let Some(request) = request {
                self.begin(id, request);
            }
            // Its drop closes the socket, and says that what plays is lost.
            self.legs.remove(&id);
            self.inbox.removed();
            return;
        }
        if let Some(request) = request {
            self.begin(id, request);
        }
        self.begin_digits(id);
        self.begin_hearing(id);
    }

    fn begin(&mut self, id: usize, request: Request) {
        let due = self.wheel.quietest(self.wheel.tick(Instant::now()));
        if let Some(leg) = self.legs.get_mut(&id) {
            leg.play(request, due);
            self.wheel.schedule(id, due);
        }
    }

    fn begin_digits(&mut self, id: usize) {
        let Some(leg) = self.legs.get_mut(&id).filter(|leg| leg.has_digits()) else { return };
        let due = self.wheel.quietest(self.wheel.tick(Instant::now()));
        leg.begin_digits(due);
        self.wheel.schedule(id, due);
    }

    fn begin_hearing(&mut self, id: usize) {
        let Some(leg) = self.legs.get_mut(&id).filter(|leg| leg.has_audio()) else { return };
        let due = self.wheel.quietest(self.wheel.tick(Instant::now()));
        leg.begin_hearing(due);
        self.wheel.schedule(id, due);
    }

    /// Ends everything: from now on whoever asks is told so, and so are those who asked before.
    fn stop(mut self) {
        let Queue { legs, .. } = self.inbox.stop();
        self.legs.extend(legs);
        self.legs.values().for_each(|leg| leg.mailbox().lose_if(true));
    }
}

const WAKE: Token = Token(usize::MAX);
/// In a token: the socket of the stream's [`super::Unicast`], not that of RTP.
const PROGRAM: usize = 1 << (usize::BITS - 2);
/// Events taken at a time.
const EVENTS: usize = 512;
