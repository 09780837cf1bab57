//! A host that runs connectors of SaaS services in a sandbox.

pub mod cache;
pub mod cli;
pub mod clock;
#[allow(missing_docs, reason = "generated; the documentation stands in wit/")]
pub mod contract;
pub mod credentials;
pub mod delivery;
pub mod dialogue;
pub mod egress;
pub mod engine;
pub mod keys;
pub mod limits;
pub mod listener;
pub mod progress;
pub mod prompt;
pub mod quota;
pub mod regular;
pub mod report;
pub mod retry;
pub mod sandbox;
pub mod schedule;
pub mod screen;
pub mod seal;
pub mod secret;
pub mod secrets;
pub mod storage;
pub mod table;
pub mod text;
