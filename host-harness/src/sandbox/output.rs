//! What a guest writes to its standard output and error: kept up to a bound, for the log.

use super::scrub::Scrub;
use crate::limits::OUTPUT;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use tokio::io::AsyncWrite;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};

/// Takes everything, and keeps the beginning.
#[derive(Clone, Default)]
pub(crate) struct Output(Arc<Mutex<Vec<u8>>>);

impl Output {
    /// What was kept, as text without secrets: also without one that the bound has cut off.
    pub(crate) fn text(&self, scrub: &Scrub) -> String {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let text = String::from_utf8_lossy(&kept);
        if kept.len() < OUTPUT {
            return scrub.text(&text);
        }
        // Of a letter that was cut, a mark is left that no secret holds.
        scrub.cut_text(text.trim_end_matches(char::REPLACEMENT_CHARACTER))
    }
}

impl IsTerminal for Output {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Output {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(self.clone())
    }
}

impl AsyncWrite for Output {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let room = OUTPUT.saturating_sub(kept.len());
        kept.extend(bytes.iter().take(room));
        // A guest that sees a failed write panics; one that sees none goes on.
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::AsyncWriteExt;

    #[tokio::test]
    async fn everything_is_taken_and_the_beginning_is_kept() {
        let output = Output::default();
        output.clone().write_all(&vec![b'a'; OUTPUT - 1]).await.unwrap();
        output.clone().write_all(b"bcd").await.unwrap();
        let text = output.text(&Scrub::default());
        assert_eq!(text.len(), OUTPUT);
        assert!(text.ends_with("ab"));
    }

    #[tokio::test]
    async fn a_secret_that_the_bound_cuts_leaves_no_beginning_behind() {
        let secret = "pässword-0123456789";
        for kept in 1..=secret.len() {
            let output = Output::default();
            output.clone().write_all(&vec![b'a'; OUTPUT - kept]).await.unwrap();
            output.clone().write_all(secret.as_bytes()).await.unwrap();
            let scrub = Scrub::default();
            scrub.learn(secret);
            assert_eq!(output.text(&scrub).trim_start_matches('a'), "", "{kept}");
        }
        // What is complete is marked as it always is, and over more than one line.
        let output = Output::default();
        output.clone().write_all(b"told: one\ntwo-0123456789").await.unwrap();
        let scrub = Scrub::default();
        scrub.learn("one\ntwo-0123456789");
        assert_eq!(output.text(&scrub), "told: [hidden]");
    }
}
