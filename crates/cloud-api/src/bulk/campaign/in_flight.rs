//! Several futures at a time, without a task for each: who drops the whole drops them all.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;

/// Futures under way. There are few, so each is polled whenever one of them is woken.
pub(super) struct InFlight<'f, T>(Vec<Pin<Box<dyn Future<Output = T> + Send + 'f>>>);

impl<T> Default for InFlight<'_, T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'f, T> InFlight<'f, T> {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn push(&mut self, future: impl Future<Output = T> + Send + 'f) {
        self.0.push(Box::pin(future));
    }

    /// What the next of them gives that ends; `None` if there is none.
    pub(super) async fn next(&mut self) -> Option<T> {
        if self.0.is_empty() {
            return None;
        }
        poll_fn(|context| {
            for index in 0..self.0.len() {
                if let Poll::Ready(value) = self.0[index].as_mut().poll(context) {
                    drop(self.0.swap_remove(index));
                    return Poll::Ready(Some(value));
                }
            }
            Poll::Pending
        })
        .await
    }
}
