//! A host that runs connectors of SaaS services in a sandbox.

#[allow(missing_docs, reason = "generated; the documentation stands in wit/")]
pub mod contract;
pub mod retry;
pub mod schedule;
pub mod report;
pub mod seal;
pub mod secret;
pub mod storage;
