//! An answer's body on its way to the guest: counted, bounded and not waited for without end.

use super::failure::failure;
use crate::sandbox::Meter;
use bytes::{Buf, Bytes};
use hyper::body::{Body, Frame, SizeHint};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Instant, Sleep};
use wasmtime_wasi_http::Error;

/// A body after decompression.
pub(super) struct Bounded {
    inner: reqwest::Body,
    left: u64,
    meter: Arc<Meter>,
    patience: Duration,
    silence: Pin<Box<Sleep>>,
}

impl Bounded {
    /// `most`: bytes that are let through. `patience`: how long the next part may take.
    pub(super) fn new(inner: reqwest::Body, most: u64, patience: Duration, meter: Arc<Meter>) -> Self {
        Self { inner, left: most, meter, patience, silence: Box::pin(tokio::time::sleep(patience)) }
    }
}

impl Body for Bounded {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let this = &mut *self;
        match Pin::new(&mut this.inner).poll_frame(context) {
            Poll::Pending => match this.silence.as_mut().poll(context) {
                Poll::Ready(()) => Poll::Ready(Some(Err(Error::ConnectionReadTimeout))),
                Poll::Pending => Poll::Pending,
            },
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Ready(Some(Err(error))) => Poll::Ready(Some(Err(failure(&error)))),
            Poll::Ready(Some(Ok(frame))) => {
                // Counted from when the part arrived: a guest that reads slowly is no silent service.
                let next = Instant::now().checked_add(this.patience);
                if let Some(next) = next {
                    this.silence.as_mut().reset(next);
                }
                let bytes = frame.data_ref().map_or(0, |data| data.remaining() as u64);
                this.meter.count_bytes(bytes);
                match this.left.checked_sub(bytes) {
                    Some(left) => {
                        this.left = left;
                        Poll::Ready(Some(Ok(frame)))
                    }
                    None => Poll::Ready(Some(Err(Error::HttpResponseBodySize(None)))),
                }
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt;

    fn bounded(most: u64, meter: &Arc<Meter>) -> Bounded {
        Bounded::new(reqwest::Body::from("0123456789"), most, Duration::from_secs(5), meter.clone())
    }

    #[tokio::test]
    async fn a_body_within_its_bound_passes_and_is_counted() {
        let meter = Arc::new(Meter::default());
        assert_eq!(bounded(10, &meter).collect().await.unwrap().to_bytes(), "0123456789");
        assert_eq!(meter.bytes(), 10);
    }

    #[tokio::test]
    async fn a_body_beyond_its_bound_ends_with_an_error() {
        let error = bounded(9, &Arc::new(Meter::default())).collect().await.unwrap_err();
        assert!(matches!(error, Error::HttpResponseBodySize(_)), "{error}");
    }

    #[tokio::test]
    async fn a_body_that_falls_silent_ends_with_an_error() {
        struct Silent;
        impl Body for Silent {
            type Data = Bytes;
            type Error = std::convert::Infallible;

            fn poll_frame(
                self: Pin<&mut Self>,
                _: &mut Context<'_>,
            ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
                Poll::Pending
            }
        }
        let meter = Arc::new(Meter::default());
        let body = Bounded::new(reqwest::Body::wrap(Silent), 10, Duration::from_millis(20), meter);
        let error = body.collect().await.unwrap_err();
        assert!(matches!(error, Error::ConnectionReadTimeout), "{error}");
    }
}
