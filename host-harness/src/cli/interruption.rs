//! Ends a command in good order when the person at the keyboard, or the system, wants it to end.

use super::exit::Exit;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// Turns true when the person or the system asks the program to end.
pub(super) fn interruption() -> watch::Receiver<bool> {
    let (told, receiver) = watch::channel(false);
    tokio::spawn(async move {
        let mut ended = signal(SignalKind::terminate()).ok();
        let terminated = async {
            match &mut ended {
                Some(signal) => signal.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminated => {}
        }
        let _ = told.send(true);
        // Nobody listens any more when everything has ended. Who asks again does not want to wait for it.
        tokio::select! {
            () = told.closed() => {}
            _ = tokio::signal::ctrl_c() => std::process::exit(Exit::Interrupted.code().into()),
        }
    });
    receiver
}

/// Ends when it has turned true; never, when nobody will tell.
pub(super) async fn waits_for(mut told: watch::Receiver<bool>) {
    if told.wait_for(|told| *told).await.is_err() {
        std::future::pending::<()>().await;
    }
}
