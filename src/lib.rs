//! The Office 365 connector: spend, use and applications of a Microsoft 365 tenant, read from Microsoft Graph.

pub mod cloud;
pub mod contract;
pub mod fault;
pub mod form;
pub mod graph;
pub mod http;
pub mod random;
pub mod settings;
#[cfg(test)]
mod wire;
