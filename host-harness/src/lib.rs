//! A host that runs connectors of SaaS services in a sandbox.

#[allow(missing_docs, reason = "generated; the documentation stands in wit/")]
pub mod contract;
pub mod retry;
pub mod report;
pub mod seal;
pub mod secret;
pub mod storage;
pub mod table;
pub mod text;
pub mod cache;
pub mod clock;
pub mod credentials;
pub mod dialogue;
pub mod egress;
pub mod engine;
pub mod limits;
pub mod listener;
pub mod quota;
pub mod sandbox;
pub mod progress;
pub mod prompt;
pub mod schedule;
pub mod cli;
