//! What a module wants to hear: callbacks for events, called one after another on a thread of the module's own.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, ThreadId};
use std::time::Duration;

use parking_lot::Mutex;
use strowger_core::bus::{Published, QueueLimits, Subscription};
use strowger_event::{Event, EventKind, Interest, KindSet};
use strowger_module::abi;
use tokio::sync::Notify;

use crate::event;
use crate::shared::Shared;
use crate::threads::Threads;

/// A callback of a module.
pub(crate) type Callback = unsafe extern "C" fn(*mut abi::Event);

/// How long a callback that runs is waited for when it is unbound.
const PATIENCE: Duration = Duration::from_secs(5);

/// The callbacks of a module.
#[derive(Default)]
pub(crate) struct Binds(Arc<Inner>);

#[derive(Default)]
struct Inner {
    last: AtomicUsize,
    all: Mutex<Vec<Arc<Bind>>>,
    listening: Mutex<Option<Listening>>,
    is_over: AtomicBool,
    over: Notify,
}

struct Listening {
    subscription: Arc<Subscription>,
    thread: Option<ThreadId>,
}

/// One callback.
struct Bind {
    id: usize,
    kind: EventKind,
    /// Any, when there is none.
    subclass: Option<String>,
    callback: Callback,
    user_data: usize,
    /// Held while it is called.
    calling: Mutex<()>,
    is_gone: AtomicBool,
}

impl Bind {
    fn wants(&self, event: &Event) -> bool {
        let is_of_kind = self.kind == EventKind::All || self.kind == event.kind;
        is_of_kind && self.subclass.as_deref().is_none_or(|subclass| event.subclass() == Some(subclass))
    }
}

impl Binds {
    /// Has a callback called for events of that kind; its number. `threads` are the module's, `name` is its own.
    ///
    /// # Errors
    /// What the system says when it has no thread for it.
    pub(crate) fn bind(
        &self,
        (name, threads): (&str, &Arc<Threads>),
        (kind, subclass): (EventKind, Option<String>),
        (callback, user_data): (Callback, usize),
    ) -> std::io::Result<usize> {
        let id = self.0.last.fetch_add(1, Ordering::Relaxed) + 1;
        let (calling, is_gone) = (Mutex::new(()), AtomicBool::new(false));
        self.0.all.lock().push(Arc::new(Bind { id, kind, subclass, callback, user_data, calling, is_gone }));
        self.listen(name, threads)?;
        Ok(id)
    }

    /// Ends a callback; false when there is none of that number. It is not called any more when this returns, unless it
    /// does not return for long, or asked for this itself.
    pub(crate) fn unbind(&self, id: usize) -> bool {
        self.remove(|bind| bind.id == id)
    }

    /// Ends every bind of a callback; false when there is none.
    pub(crate) fn unbind_callback(&self, callback: Callback) -> bool {
        self.remove(|bind| std::ptr::fn_addr_eq(bind.callback, callback))
    }

    /// No more callbacks: the thread ends.
    pub(crate) fn close(&self) {
        self.0.is_over.store(true, Ordering::Release);
        self.0.over.notify_one();
        self.remove(|_| true);
        *self.0.listening.lock() = None;
    }

    fn remove(&self, which: impl Fn(&Bind) -> bool) -> bool {
        let gone: Vec<_> = self.0.all.lock().extract_if(.., |bind| which(bind)).collect();
        let own = self.0.listening.lock().as_ref().and_then(|listening| listening.thread);
        for bind in &gone {
            bind.is_gone.store(true, Ordering::Release);
            if own != Some(thread::current().id()) {
                drop(bind.calling.try_lock_for(PATIENCE));
            }
        }
        self.subscribe();
        !gone.is_empty()
    }

    /// Starts the thread, if it does not run yet, and subscribes to what is wanted now.
    fn listen(&self, name: &str, threads: &Arc<Threads>) -> std::io::Result<()> {
        let Some(shared) = Shared::get() else { return Ok(()) };
        if self.0.listening.lock().is_none() {
            let subscription = Arc::new(shared.switch.bus().subscribe(QueueLimits::default()));
            *self.0.listening.lock() = Some(Listening { subscription: Arc::clone(&subscription), thread: None });
            let (inner, name) = (Arc::clone(&self.0), name.to_owned());
            threads.start(&name.clone(), move || inner.run(shared, &name, &subscription))?;
        }
        self.subscribe();
        Ok(())
    }

    fn subscribe(&self) {
        let subscription = self.0.listening.lock().as_ref().map(|listening| Arc::clone(&listening.subscription));
        if let Some(subscription) = subscription {
            let wanted = interest(&self.0.all.lock());
            subscription.update(|interest| *interest = wanted);
        }
    }
}

impl Inner {
    /// Calls callbacks until the module ends.
    fn run(&self, shared: &Shared, name: &str, subscription: &Subscription) {
        if let Some(listening) = self.listening.lock().as_mut() {
            listening.thread = Some(thread::current().id());
        }
        let (mut batch, mut told) = (Vec::new(), 0);
        while !self.is_over.load(Ordering::Acquire) {
            shared.runtime.block_on(async {
                tokio::select! {
                    () = subscription.next_batch(&mut batch) => {}
                    () = self.over.notified() => {}
                }
            });
            let lost = subscription.lost();
            // Each time it is twice as many: who loses much is not told of all the time.
            if lost > told * 2 {
                told = lost;
                tracing::warn!("{name} does not keep up with the events it bound: {lost} were lost");
            }
            batch.drain(..).for_each(|published| self.call(&published));
        }
    }

    fn call(&self, published: &Published) {
        let all: Vec<_> = self.all.lock().iter().filter(|bind| bind.wants(published.event())).cloned().collect();
        for bind in all {
            let _calling = bind.calling.lock();
            if bind.is_gone.load(Ordering::Acquire) {
                continue;
            }
            let made = event::of(published.event(), bind.user_data);
            if !made.is_null() {
                // SAFETY: the callback is the module's, which is there until this thread has ended; the event is its own.
                unsafe {
                    (bind.callback)(made);
                    event::destroy(made);
                }
            }
        }
    }
}

/// What all of them want together.
fn interest(binds: &[Arc<Bind>]) -> Interest {
    let (mut kinds, mut subclasses, mut every_subclass) = (KindSet::new(), HashSet::new(), false);
    for bind in binds {
        kinds =
            if bind.kind == EventKind::All { KindSet::all() } else { kinds.union([bind.kind].into_iter().collect()) };
        match &bind.subclass {
            Some(subclass) => drop(subclasses.insert(subclass.clone())),
            None => every_subclass |= [EventKind::All, EventKind::Custom].contains(&bind.kind),
        }
    }
    Interest { kinds, subclasses, every_subclass, ..Interest::default() }
}
