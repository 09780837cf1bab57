//! Ends a command in good order when the person at the keyboard, or the system, wants it to end.

use super::exit::Exit;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

/// Turns true when the person or the system asks the program to end. Before this is called, that ends it at once.
pub(super) fn interruption() -> watch::Receiver<bool> {
    let (told, receiver) = watch::channel(false);
    let [mut interrupted, mut terminated] =
        [SignalKind::interrupt(), SignalKind::terminate()].map(|kind| signal(kind).ok());
    tokio::spawn(async move {
        tokio::select! {
            () = received(&mut interrupted) => {}
            () = received(&mut terminated) => {}
        }
        let _ = told.send(true);
        // Nobody listens any more when everything has ended. Who asks again does not want to wait for it.
        tokio::select! {
            () = told.closed() => {}
            () = received(&mut interrupted) => std::process::exit(Exit::Interrupted.code().into()),
        }
    });
    receiver
}

/// Ends with the next signal; never, where the system tells of none.
async fn received(signal: &mut Option<Signal>) {
    let told = match signal {
        Some(signal) => signal.recv().await,
        None => None,
    };
    if told.is_none() {
        std::future::pending().await
    }
}

/// Ends when it has turned true; never, when nobody will tell.
pub(super) async fn waits_for(mut told: watch::Receiver<bool>) {
    if told.wait_for(|told| *told).await.is_err() {
        std::future::pending::<()>().await;
    }
}
