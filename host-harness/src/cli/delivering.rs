//! Sending notifications to their destinations, and telling what came of it.

use super::failure::Failure;
use super::options::Global;
use super::output::{complain, tell};
use crate::clock::{Clock, until};
use crate::delivery::{Courier, Delivered, Round};
use crate::storage::{Connection, StorageError};
use crate::text::{counted, instant};
use std::time::Duration;

/// How long a command waits at its end for what is due again: a receiver that stumbled once is asked once more.
const PATIENCE: Duration = Duration::from_secs(3);

/// Sends what is due for a connection and tells what came of it. What fails is tried once more when that is soon.
pub(super) async fn deliver(
    courier: &Courier,
    clock: &dyn Clock,
    connection: &Connection,
    global: &Global,
) -> Result<Round, Failure> {
    let mut round = courier.round(connection).await?;
    let soon = |round: &Round| {
        let again = round.iter().filter_map(|one| one.again).min()?;
        Some(until(clock.now(), again)).filter(|wait| *wait <= PATIENCE)
    };
    if let Some(wait) = soon(&round) {
        clock.sleep(wait).await;
        merge(&mut round, courier.round(connection).await?);
    }
    round.iter().for_each(|one| report(&connection.name, one, global));
    Ok(round)
}

/// Sends what is due for a connection in the background of something else: a failure of the database is told, and ends
/// nothing.
pub(super) async fn deliver_quietly(courier: &Courier, connection: &Connection, global: &Global) {
    match courier.round(connection).await {
        Ok(round) => round.iter().for_each(|one| report(&connection.name, one, global)),
        // It was forgotten meanwhile.
        Err(StorageError::NoConnection(_)) => {}
        Err(error) => complain(&error.to_string()),
    }
}

fn merge(round: &mut Round, later: Round) {
    for mut one in later {
        match round.iter_mut().find(|known| known.destination == one.destination) {
            Some(known) => {
                one.delivered += known.delivered;
                one.given_up += known.given_up;
                *known = one;
            }
            None => round.push(one),
        }
    }
}

fn report(connection: &str, one: &Delivered, global: &Global) {
    let count = |number| counted(number, "notification", "notifications");
    let destination = &one.destination;
    if one.delivered > 0 {
        tell(&format!("{connection}: {} sent to {destination}.", count(one.delivered)), global);
    }
    let cause = one.cause.as_deref().unwrap_or_default();
    if one.disabled {
        complain(&format!(
            "{connection}: {destination} is disabled. {cause}\n  next: host-harness destination {connection} enable {destination}"
        ));
    } else if one.waiting > 0 {
        let again = one.again.map(|at| format!(" Tried again from {} on.", instant(at))).unwrap_or_default();
        complain(&format!("{connection}: {} could not be sent to {destination}. {cause}{again}", count(one.waiting)));
    }
    if one.given_up > 0 {
        complain(&format!(
            "{connection}: {} for {destination} given up after three days. {cause}\n  next: host-harness show notifications {connection} --new",
            count(one.given_up)
        ));
    }
}
