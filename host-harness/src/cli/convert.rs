//! The exit code that fits each error of the library.

use super::exit::Exit;
use super::failure::Failure;
use crate::contract::types::{Error, Fault};
use crate::credentials::CredentialError;
use crate::dialogue::{DialogueError, PersonError};
use crate::egress::client::NetworkError;
use crate::egress::policy::OriginError;
use crate::listener::ListenerError;
use crate::sandbox::{CallError, HostError, PluginError};
use crate::schedule::RunError;
use crate::seal::KeyError;
use crate::storage::StorageError;

impl From<StorageError> for Failure {
    fn from(error: StorageError) -> Self {
        let exit = match &error {
            StorageError::NoConnection(_) | StorageError::DestinationExists(_) => Exit::Usage,
            StorageError::RunGoingOn { .. } => Exit::Failed,
            StorageError::OtherAccount { .. } => Exit::Settings,
            StorageError::Unfit { .. } | StorageError::Position(_) | StorageError::NotNeeded(_) => Exit::Component,
            _ => Exit::Storage,
        };
        Failure::new(exit, error)
    }
}

impl From<KeyError> for Failure {
    fn from(error: KeyError) -> Self {
        Failure::new(Exit::Storage, error)
    }
}

impl From<PluginError> for Failure {
    fn from(error: PluginError) -> Self {
        Failure::new(Exit::Component, error)
    }
}

impl From<OriginError> for Failure {
    fn from(error: OriginError) -> Self {
        Failure::new(Exit::Component, error)
    }
}

impl From<HostError> for Failure {
    fn from(error: HostError) -> Self {
        let exit = match &error {
            HostError::Engine(_) => Exit::Failed,
            HostError::QuotaScale(_) => Exit::Usage,
            HostError::Network(NetworkError::Client(_)) => Exit::Network,
            HostError::Network(NetworkError::CaFile { .. } | NetworkError::NoCertificate(_)) => Exit::Usage,
        };
        Failure::new(exit, error)
    }
}

impl From<NetworkError> for Failure {
    fn from(error: NetworkError) -> Self {
        HostError::Network(error).into()
    }
}

impl From<CallError> for Failure {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Connector(error) => Failure::connector(&error),
            CallError::Credential(error) => error.into(),
            error @ (CallError::Trap(_) | CallError::Limit(_)) => {
                let fault = Fault::new(error.to_string(), None);
                Failure::connector(&Error::Internal(fault))
            }
        }
    }
}

impl From<CredentialError> for Failure {
    fn from(error: CredentialError) -> Self {
        match error {
            CredentialError::Renew(error) => (*error).into(),
            CredentialError::Vault(message) => Failure::new(Exit::Storage, message),
            error @ CredentialError::Unfit => Failure::new(Exit::Component, error),
        }
    }
}

impl From<DialogueError> for Failure {
    fn from(error: DialogueError) -> Self {
        match error {
            DialogueError::Call(error) => error.into(),
            DialogueError::Listener(error) => error.into(),
            DialogueError::Person(error) => error.into(),
            error @ DialogueError::TooLate { .. } => Failure::new(Exit::SignIn, error),
            error @ DialogueError::Cancelled => Failure::new(Exit::Failed, error),
            error @ DialogueError::Interrupted => Failure::new(Exit::Interrupted, error),
            error @ DialogueError::NotKept => Failure::new(Exit::Storage, error),
            error @ (DialogueError::Page { .. } | DialogueError::Expectation { .. } | DialogueError::Endless) => {
                Failure::new(Exit::Component, error)
            }
        }
    }
}

impl From<ListenerError> for Failure {
    fn from(error: ListenerError) -> Self {
        let failure = Failure::new(Exit::Failed, &error);
        match error {
            ListenerError::PortInUse(_) => {
                failure.next("End the program that uses it, name another port with --port, or leave --port out.")
            }
            ListenerError::NotAllowed(_) => failure,
        }
    }
}

impl From<PersonError> for Failure {
    fn from(error: PersonError) -> Self {
        Failure::new(Exit::Settings, error)
    }
}

impl From<RunError> for Failure {
    fn from(error: RunError) -> Self {
        match error {
            RunError::Plan(error) => error.into(),
            RunError::Storage(error) => error.into(),
            error @ RunError::Defect(_) => Failure::new(Exit::Component, error),
        }
    }
}
