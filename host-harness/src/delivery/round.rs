//! A round: all destinations of a connection at once, each with what is due, in order.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::task::JoinSet;

use super::backoff::again;
use super::event::Event;
use super::target::{Target, WebhookSecret};
use super::{mail, paper, webhook};
use crate::clock::Clock;
use crate::contract::rows::Notification;
use crate::egress::client::{ConnectTo, NetworkError, named_by_operator};
use crate::secret::Secret;
use crate::storage::{Connection, Database, Destination, Pending, StorageError};

/// After so many failures in a row, a destination gets nothing more in a round: what is down stays down for a while, and
/// each attempt may take its whole time.
const FAILURES_IN_A_ROW: u32 = 3;

/// Events in one mail, or written at once: a mail stays readable, and a crash repeats little.
const AT_ONCE: usize = 100;

/// Why a destination has not taken something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    /// As a sentence, without anything secret.
    pub(super) cause: String,
    /// How long the receiver asks to be left alone.
    pub(super) asked: Option<Duration>,
    /// The receiver wants nothing any more.
    pub(super) gone: bool,
}

impl Refusal {
    /// A failure that may pass.
    pub(super) fn new(cause: String) -> Self {
        Refusal { cause, asked: None, gone: false }
    }
}

/// What came of one destination in a round.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Delivered {
    /// Name of the destination.
    pub destination: String,
    /// Taken.
    pub delivered: u64,
    /// Not taken, and tried again.
    pub waiting: u64,
    /// Given up in this round.
    pub given_up: u64,
    /// When it is tried again.
    pub again: Option<Timestamp>,
    /// Why the last attempt failed.
    pub cause: Option<String>,
    /// The receiver wants nothing any more, and gets nothing any more.
    pub disabled: bool,
}

/// What came of a round: the destinations that had something to take.
pub type Round = Vec<Delivered>;

/// Sends what is due. Clones share what they need.
#[derive(Clone)]
pub struct Courier {
    database: Database,
    clock: Arc<dyn Clock>,
    public: reqwest::Client,
    private: reqwest::Client,
    ca_files: Vec<PathBuf>,
}

impl Courier {
    /// A courier that trusts the system's certificate authorities and those in the files.
    ///
    /// # Errors
    /// A file of authorities cannot be used.
    pub fn new(
        database: Database,
        clock: Arc<dyn Clock>,
        connect_to: &[ConnectTo],
        ca_files: &[PathBuf],
    ) -> Result<Self, NetworkError> {
        Ok(Self {
            database,
            clock,
            public: named_by_operator(connect_to.to_vec(), ca_files, false)?,
            private: named_by_operator(connect_to.to_vec(), ca_files, true)?,
            ca_files: ca_files.to_vec(),
        })
    }

    /// Sends what is due to all destinations of a connection. Nothing when another process is doing that.
    ///
    /// # Errors
    /// The database cannot be used. That a destination does not answer is no error.
    pub async fn round(&self, connection: &Connection) -> Result<Round, StorageError> {
        let destinations = self.database.destinations(connection.id)?;
        let open: Vec<Destination> = destinations.into_iter().filter(|one| one.disabled.is_none()).collect();
        if open.is_empty() {
            return Ok(Round::new());
        }
        let Some(_lock) = self.database.lock_delivery(&connection.name)? else { return Ok(Round::new()) };
        let mut all = JoinSet::new();
        for destination in open {
            let (courier, connection) = (self.clone(), connection.clone());
            all.spawn(async move { courier.serve(&connection, &destination).await });
        }
        let mut round = Round::new();
        while let Some(ended) = all.join_next().await {
            match ended {
                Ok(delivered) => round.extend(delivered?),
                Err(error) => std::panic::resume_unwind(error.into_panic()),
            }
        }
        round.sort_by(|one, other| one.destination.cmp(&other.destination));
        Ok(round)
    }

    /// Sends a made-up notification to one destination, at once and past the outbox.
    ///
    /// # Errors
    /// Why the destination has not taken it, as a sentence; or the database cannot be read.
    pub async fn test(
        &self,
        connection: &Connection,
        destination: &Destination,
    ) -> Result<Result<(), String>, StorageError> {
        let now = self.clock.now();
        let notification = Notification {
            id: format!("test {} {now}", destination.name),
            topic: "test".to_owned(),
            subject: destination.name.clone(),
            title: format!("A test of the destination {}", destination.name),
            body: "Nothing has happened.".to_owned(),
            at: now.as_second(),
            baseline: false,
        };
        let secret = self.database.destination_secret(connection.id, destination.id)?;
        let events = [Event::new(connection, &notification)];
        Ok(self.send(destination, secret.as_ref(), &events).await.map_err(|refusal| refusal.cause))
    }

    async fn serve(
        &self,
        connection: &Connection,
        destination: &Destination,
    ) -> Result<Option<Delivered>, StorageError> {
        let due = self.database.due(connection.id, destination.id, self.clock.now())?;
        if due.is_empty() {
            return Ok(None);
        }
        let secret = self.database.destination_secret(connection.id, destination.id)?;
        let mut told = Delivered { destination: destination.name.clone(), ..Delivered::default() };
        let mut in_a_row = 0;
        let size = if matches!(destination.target, Target::Webhook { .. }) { 1 } else { AT_ONCE };
        let mut left = due.as_slice();
        while !left.is_empty() && in_a_row < FAILURES_IN_A_ROW && !told.disabled {
            let (now_sent, rest) = left.split_at(size.min(left.len()));
            left = rest;
            let events: Vec<Event> = now_sent.iter().map(|entry| Event::new(connection, &entry.notification)).collect();
            match self.send(destination, secret.as_ref(), &events).await {
                Ok(()) => {
                    in_a_row = 0;
                    self.database.delivered(connection.id, now_sent, self.clock.now())?;
                    told.delivered += now_sent.len() as u64;
                }
                Err(refusal) => {
                    in_a_row += 1;
                    self.note(destination, now_sent, &refusal, &mut told)?;
                }
            }
        }
        if let Some(again) = told.again.filter(|_| !left.is_empty() && !told.disabled) {
            self.database.put_off(left, again)?;
        }
        told.waiting += left.len() as u64;
        Ok(Some(told))
    }

    fn note(
        &self,
        destination: &Destination,
        entries: &[Pending],
        refusal: &Refusal,
        told: &mut Delivered,
    ) -> Result<(), StorageError> {
        let now = self.clock.now();
        told.cause = Some(refusal.cause.clone());
        if refusal.gone {
            told.disabled = true;
            told.waiting += entries.len() as u64;
            // What was not taken waits: whoever enables the destination again gets it.
            self.database.not_delivered(entries, &refusal.cause, Some(now), now)?;
            return self.database.disable_destination(destination.id, &refusal.cause, now);
        }
        let jitter = getrandom::u32().map_or(0.0, |number| f64::from(number) / f64::from(u32::MAX));
        for entry in entries {
            let next = again(entry.attempts.saturating_add(1), entry.queued, now, refusal.asked, jitter);
            self.database.not_delivered(std::slice::from_ref(entry), &refusal.cause, next, now)?;
            match next {
                Some(_) => told.waiting += 1,
                None => told.given_up += 1,
            }
            told.again = [told.again, next].into_iter().flatten().min();
        }
        Ok(())
    }

    async fn send(&self, destination: &Destination, secret: Option<&Secret>, events: &[Event]) -> Result<(), Refusal> {
        match &destination.target {
            Target::Terminal => paper::terminal(events),
            Target::Output => paper::output(events),
            Target::File { path } => {
                let (path, events) = (path.clone(), events.to_vec());
                let written = tokio::task::spawn_blocking(move || paper::append(&path, &events)).await;
                written.unwrap_or_else(|error| Err(Refusal::new(format!("The file could not be written: {error}."))))
            }
            Target::Webhook { private, .. } => {
                let missing =
                    || Refusal::new("Its address and secret are missing. Remove it and add it again.".to_owned());
                let secret = secret.and_then(WebhookSecret::read).ok_or_else(missing)?;
                let client = if *private { &self.private } else { &self.public };
                for event in events {
                    webhook::send(client, &secret, *private, event, self.clock.now()).await?;
                }
                Ok(())
            }
            Target::Mail(server) => mail::send(server, secret, &self.ca_files, events, self.clock.now()).await,
        }
    }
}
