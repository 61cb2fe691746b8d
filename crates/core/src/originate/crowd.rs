use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

/// A future that a [`Crowd`] can hold.
pub(super) type Member<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Futures that go on side by side within one task, and end at once when that drops them. They are few: each wake polls
/// them all.
pub(super) struct Crowd<'a, T>(Vec<(usize, Member<'a, T>)>);

impl<'a, T> Crowd<'a, T> {
    pub(super) fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds a future under a number of the caller's choice.
    pub(super) fn push(&mut self, number: usize, member: Member<'a, T>) {
        self.0.push((number, member));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The next one that is done, with its number; `None` when there is none left. May be dropped and asked again.
    pub(super) async fn next(&mut self) -> Option<(usize, T)> {
        poll_fn(|context| {
            for place in 0..self.0.len() {
                let Some((number, member)) = self.0.get_mut(place) else { break };
                if let Poll::Ready(output) = member.as_mut().poll(context) {
                    let number = *number;
                    // Their order is the order they are polled in.
                    drop(self.0.remove(place));
                    return Poll::Ready(Some((number, output)));
                }
            }
            if self.0.is_empty() { Poll::Ready(None) } else { Poll::Pending }
        })
        .await
    }
}
