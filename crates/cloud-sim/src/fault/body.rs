//! Bodies that come slowly, or not whole.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use axum::body::{Body, Bytes, HttpBody};
use http_body::Frame;
use tokio::time::{Sleep, sleep};

/// What is wrong with a body.
#[derive(Debug, Clone, Copy)]
pub(super) struct Damage {
    /// How many bytes come at once.
    pub(super) piece: usize,
    /// How long it takes until they do.
    pub(super) pause: Duration,
    /// After so many bytes the connection breaks off.
    pub(super) end: Option<usize>,
}

impl Damage {
    pub(super) fn apply(self, mut bytes: Bytes) -> Body {
        let breaks_off = self.end.is_some_and(|end| end < bytes.len());
        bytes.truncate(self.end.unwrap_or(usize::MAX));
        Body::new(Damaged { rest: bytes, damage: self, sleep: None, breaks_off, flushed: false })
    }
}

struct Damaged {
    rest: Bytes,
    damage: Damage,
    sleep: Option<Pin<Box<Sleep>>>,
    breaks_off: bool,
    flushed: bool,
}

impl HttpBody for Damaged {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if !self.rest.is_empty() {
            let Damage { piece, pause, .. } = self.damage;
            if !pause.is_zero() {
                let asleep = self.sleep.get_or_insert_with(|| Box::pin(sleep(pause)));
                if asleep.as_mut().poll(context).is_pending() {
                    return Poll::Pending;
                }
                self.sleep = None;
            }
            let piece = piece.min(self.rest.len());
            return Poll::Ready(Some(Ok(Frame::data(self.rest.split_to(piece)))));
        }
        if !self.breaks_off {
            return Poll::Ready(None);
        }
        if !self.flushed {
            // What was written goes out when the body has nothing more for the moment.
            self.flushed = true;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Some(Err(io::ErrorKind::ConnectionAborted.into())))
    }
}
