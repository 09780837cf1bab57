//! Leads a dialogue between a connector and a person to its end: until an account is connected, or what it needs is set
//! up.

use crate::clock::{Clock, Pending, until};
use crate::contract::dialogue::{Ask, Browse, EnterCode, Question, Reply};
use crate::contract::manifest::Field;
use crate::contract::types::Setting;
use crate::egress::policy;
use crate::listener::{self, Listener, ListenerError};
use crate::sandbox::{Call, CallError};
use crate::secret::Secret;
use jiff::Timestamp;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// Time for a person to come back from a page. Sign-in pages themselves give about ten minutes.
pub const PATIENCE: Duration = Duration::from_secs(15 * 60);
/// Questions of one dialogue. A code that is asked for every five seconds for half an hour takes 360.
const QUESTIONS: usize = 500;
/// The longest wait that a connector may ask for.
const WAIT: Duration = Duration::from_secs(5 * 60);

/// So many seconds of waiting pass without a word.
const SILENCE: Duration = Duration::from_secs(5);

/// One step of a dialogue.
pub enum Turn<E> {
    /// The connector asks.
    Ask(Question),
    /// The connector wants settings to be written before it goes on.
    Keep {
        /// The settings, secrets included.
        settings: Vec<Setting>,
        /// Those of them that nobody may read.
        secrets: Vec<Secret>,
        /// What the connector wants back with the reply.
        continuation: Vec<u8>,
    },
    /// The dialogue has ended.
    End(E),
}

/// The connector's side of a dialogue that ends with an `E`.
pub trait Partner<E>: Send + Sync {
    /// One step of the dialogue.
    fn step<'a>(
        &'a self,
        call: &'a Call,
        settings: &'a [Setting],
        reply: &'a Reply,
        continuation: Option<&'a [u8]>,
    ) -> Pending<'a, Result<Turn<E>, CallError>>;
}

/// Why a person did not answer.
#[derive(Debug, thiserror::Error)]
pub enum PersonError {
    /// Nobody is there: no terminal.
    #[error("{0} is needed, and there is nobody to ask. Run the command on a terminal, or give the value beforehand.")]
    Nobody(String),
    /// The terminal failed.
    #[error("The answer could not be read: {0}.")]
    Unreadable(String),
}

/// The person's side of the dialogue.
pub trait Person: Send + Sync {
    /// Shows the address of a page to be opened, and opens it if it can. The address is https and on an origin that the
    /// manifest marks for it.
    fn show_page(&self, url: &str, help: &str);
    /// Shows an address and a code to be entered there.
    fn show_code(&self, code: &EnterCode);
    /// Asks for a value; absent when the person gives up. Blocks.
    ///
    /// # Errors
    /// There is nobody to ask.
    fn ask(&self, field: &Field) -> Result<Option<Secret>, PersonError>;
    /// Tells a sentence.
    fn tell(&self, note: &str);
    /// The address at which the browser ended, when the person copies it here because the browser is on another machine.
    /// Ends never when there is no way to do so.
    fn pasted(&self) -> Pending<'_, String> {
        Box::pin(std::future::pending())
    }
    /// Ends when the person wants to stop; never, when there is no way to say so.
    fn interrupted(&self) -> Pending<'_, ()> {
        Box::pin(std::future::pending())
    }
}

/// Writes into a connection while a dialogue about it goes on.
pub trait Keeper: Send + Sync {
    /// Writes settings over those that the connection has. False when they could not be written.
    fn keep<'a>(&'a self, settings: &'a [Setting]) -> Pending<'a, bool>;
}

/// Why no account is connected.
#[derive(Debug, thiserror::Error)]
pub enum DialogueError {
    /// The connector says why.
    #[error(transparent)]
    Call(#[from] CallError),
    /// No port for the browser to come back to.
    #[error(transparent)]
    Listener(#[from] ListenerError),
    /// The person could not be asked.
    #[error(transparent)]
    Person(#[from] PersonError),
    /// Nobody came back.
    #[error("Nobody came back from {host} within {} minutes. Run the same command again.", PATIENCE.as_secs() / 60)]
    TooLate {
        /// Where the person was sent.
        host: String,
    },
    /// The person gave up.
    #[error("Nothing was connected, because the dialogue was cancelled.")]
    Cancelled,
    /// The person or the system asked the program to end.
    #[error("Interrupted. Run the same command again.")]
    Interrupted,
    /// What the connector made could not be written.
    #[error("What was made could not be kept.")]
    NotKept,
    /// A page that may not be opened.
    #[error("The connector wants to open a page of {host}, which is not allowed. Report this to its maker.")]
    Page {
        /// The page's host, or a word for an address that has none.
        host: String,
    },
    /// An answer that no browser can give.
    #[error(
        "The connector expects the browser at {path:?} with a state of {length} letters, which cannot be. Report this to its maker."
    )]
    Expectation {
        /// As the connector asked.
        path: String,
        /// Letters of the state.
        length: usize,
    },
    /// It does not end.
    #[error("The connector asked {QUESTIONS} questions and is still not connected. Report this to its maker.")]
    Endless,
}

impl DialogueError {
    /// The person's side cannot go on, which is no defect: the connector may still say what exists.
    fn cancels(&self) -> bool {
        matches!(self, Self::TooLate { .. } | Self::Cancelled | Self::Interrupted | Self::NotKept | Self::Person(_))
    }
}

/// What a dialogue needs.
pub struct Talk<'a, E> {
    /// The connector.
    pub partner: &'a dyn Partner<E>,
    /// Makes the call of each step: its time and its origins. `guest_authorization` is to be set.
    pub call: &'a (dyn Fn() -> Call + Send + Sync),
    /// The settings in their normal form, secrets included.
    pub settings: &'a [Setting],
    /// Who is asked.
    pub person: &'a dyn Person,
    /// The port to which the browser comes back; absent: any.
    pub port: Option<u16>,
    /// Measures the waits that the connector asks for.
    pub clock: Arc<dyn Clock>,
    /// Where the connector may have settings written; absent: nowhere.
    pub keeper: Option<&'a dyn Keeper>,
}

/// Asks, shows and waits until the connector has what it needs. When it cannot be answered, because nobody comes back or
/// wants to go on, it is told so once, and may still end by saying what exists.
///
/// # Errors
/// The connector refuses, the person gives up or does not come back, or a page may not be opened.
pub async fn converse<E>(talk: &Talk<'_, E>) -> Result<E, DialogueError> {
    let listener = Listener::bind(talk.port).await?;
    let mut reply = Reply::Start(listener.base());
    // It may hold the credential of an administrator, so it is wiped with each step.
    let mut continuation: Option<Secret> = None;
    let mut secrets: Vec<Secret> = Vec::new();
    let mut cancelled: Option<DialogueError> = None;
    let mut waits = Waits::default();
    for _ in 0..QUESTIONS {
        let mut call = (talk.call)();
        call.secrets.extend(secrets.iter().cloned());
        let step = talk.partner.step(&call, talk.settings, &reply, continuation.as_ref().map(Secret::expose));
        let (step, interrupted) = talk.watched(step, cancelled.is_some()).await;
        let turn = match (step, cancelled.take()) {
            (Ok(turn), None) => turn,
            (Ok(Turn::End(end)), Some(why)) => {
                if matches!(why, DialogueError::TooLate { .. } | DialogueError::Person(_)) {
                    talk.person.tell(&why.to_string());
                }
                return Ok(end);
            }
            (Ok(_), Some(why)) => return Err(why),
            // Why nobody goes on is not known to the connector.
            (Err(CallError::Connector(_)), Some(why)) if !matches!(why, DialogueError::Cancelled) => return Err(why),
            (Err(error), _) => return Err(error.into()),
        };
        let (answer, next) = match turn {
            Turn::End(end) => return Ok(end),
            // What is made is kept also when nobody wants to go on.
            Turn::Keep { settings, secrets: made, continuation } => {
                secrets.extend(made);
                waits = Waits::default();
                (talk.keep(&settings).await, continuation)
            }
            Turn::Ask(Question { continuation, .. }) if interrupted => (Ok(Reply::Cancelled), continuation),
            Turn::Ask(Question { ask, continuation }) => {
                waits = waits.then(&ask);
                if waits.end_silence() {
                    talk.person.tell("Waiting for the service, which may take some minutes. Ctrl-C stops.");
                }
                (talk.answer(ask, &listener, &call, &mut secrets).await, continuation)
            }
        };
        continuation = Some(Secret::new(next));
        cancelled = match answer {
            Ok(_) if interrupted => Some(DialogueError::Interrupted),
            Ok(answer) => {
                reply = answer;
                continue;
            }
            Err(why) if why.cancels() => Some(why),
            Err(defect) => return Err(defect),
        };
        reply = Reply::Cancelled;
    }
    Err(DialogueError::Endless)
}

/// How long nobody was told anything, because the connector waits.
#[derive(Clone, Copy, Default)]
struct Waits {
    lasted: Duration,
    told: bool,
}

impl Waits {
    /// The same after another question. Of a code, a person knows how long it is waited for.
    fn then(self, ask: &Ask) -> Self {
        match ask {
            Ask::Wait(seconds) => Waits { lasted: self.lasted + pause(*seconds), ..self },
            ask => Waits { told: matches!(ask, Ask::EnterCode(_)), ..Waits::default() },
        }
    }

    /// It is time for a word, once.
    fn end_silence(&mut self) -> bool {
        let is_over = self.lasted > SILENCE && !self.told;
        self.told |= is_over;
        is_over
    }
}

fn pause(seconds: u32) -> Duration {
    Duration::from_secs(seconds.into()).min(WAIT)
}

impl<E> Talk<'_, E> {
    /// A step to its end, and whether the person interrupted it. What a step does at the service cannot be taken back in its
    /// middle, so that it ends first.
    async fn watched(
        &self,
        mut step: Pending<'_, Result<Turn<E>, CallError>>,
        is_cancelled: bool,
    ) -> (Result<Turn<E>, CallError>, bool) {
        tokio::select! {
            biased;
            turn = &mut step => return (turn, false),
            () = self.person.interrupted(), if !is_cancelled => {}
        }
        self.person.tell("It stops at the next wait, and tells what exists. Ctrl-C once more stops it at once.");
        (step.await, true)
    }

    async fn keep(&self, settings: &[Setting]) -> Result<Reply, DialogueError> {
        match self.keeper {
            Some(keeper) if keeper.keep(settings).await => Ok(Reply::Kept),
            _ => Err(DialogueError::NotKept),
        }
    }

    async fn answer(
        &self,
        ask: Ask,
        listener: &Listener,
        call: &Call,
        secrets: &mut Vec<Secret>,
    ) -> Result<Reply, DialogueError> {
        match ask {
            Ask::Browse(browse) => self.browse(listener, call, &browse, secrets).await,
            Ask::EnterCode(code) => self.enter_code(call, &code),
            Ask::Input(input) => {
                self.person.tell(&input.help);
                self.input(&input.fields, secrets)
            }
            Ask::Wait(seconds) => {
                tokio::select! {
                    () = self.clock.sleep(pause(seconds)) => Ok(Reply::Waited),
                    () = self.person.interrupted() => Err(DialogueError::Interrupted),
                }
            }
        }
    }

    async fn browse(
        &self,
        listener: &Listener,
        call: &Call,
        browse: &Browse,
        secrets: &mut Vec<Secret>,
    ) -> Result<Reply, DialogueError> {
        let Browse { url, path, state, help } = browse;
        let host = openable(call, url)?;
        // A guessable state would let any page that the person visits answer in the service's place.
        if !path.starts_with('/') || path.contains(['?', '#']) || state.len() < SHORTEST_STATE {
            return Err(DialogueError::Expectation { path: path.clone(), length: state.len() });
        }
        self.person.show_page(url, help);
        let base = listener.base();
        let copied = async {
            loop {
                let text = self.person.pasted().await;
                match listener::pasted(&text, &base, path, state) {
                    Some(parameters) => return parameters,
                    None => self.person.tell("That is not the address at which the browser ended. Copy it as a whole."),
                }
            }
        };
        let parameters = tokio::select! {
            parameters = listener.expect(path, state) => parameters,
            parameters = copied => parameters,
            () = self.person.interrupted() => return Err(DialogueError::Interrupted),
            () = self.clock.sleep(PATIENCE) => return Err(DialogueError::TooLate { host }),
        };
        // RFC 6749, section 4.1.2: `code` is what the credential is made of.
        let code = parameters.iter().filter(|(name, _)| name == "code").map(|(_, code)| code.clone());
        secrets.extend(code.map(Secret::from));
        Ok(Reply::Redirected(parameters))
    }

    fn enter_code(&self, call: &Call, code: &EnterCode) -> Result<Reply, DialogueError> {
        let host = openable(call, &code.url)?;
        let expires = Timestamp::from_second(code.expires).unwrap_or(Timestamp::MAX);
        if until(self.clock.now(), expires).is_zero() {
            return Err(DialogueError::TooLate { host });
        }
        self.person.show_code(code);
        Ok(Reply::Waited)
    }

    fn input(&self, fields: &[Field], secrets: &mut Vec<Secret>) -> Result<Reply, DialogueError> {
        let mut values: Vec<Setting> = Vec::new();
        for field in fields {
            let asked = field.only_when.as_ref().is_none_or(|(name, wanted)| {
                values.iter().any(|setting| setting.name == *name && wanted.contains(&setting.value))
            });
            if !asked {
                continue;
            }
            let Some(value) = self.person.ask(field)? else { return Err(DialogueError::Cancelled) };
            if field.secret {
                secrets.push(value.clone());
            }
            values.push(Setting::new(&field.name, value.expose_text().unwrap_or_default()));
        }
        Ok(Reply::Values(values))
    }
}

/// The shortest state that cannot be guessed: 96 bits in base64.
const SHORTEST_STATE: usize = 16;

/// The host of a page that may be shown to a person: https, on a granted origin with `browse`.
fn openable(call: &Call, page: &str) -> Result<String, DialogueError> {
    let refuse = |host: &str| DialogueError::Page { host: host.to_owned() };
    let url: Url = page.parse().map_err(|_| refuse("an address that is none"))?;
    let host = url.domain().ok_or_else(|| refuse("an address without a name"))?;
    let plain =
        url.scheme() == "https" && url.port().is_none() && url.username().is_empty() && url.password().is_none();
    let origins = policy::read(&call.origins).unwrap_or_default();
    if plain && origins.iter().any(|origin| origin.browse && origin.host.matches(host)) {
        Ok(host.to_owned())
    } else {
        Err(refuse(host))
    }
}

#[cfg(test)]
mod tests;
