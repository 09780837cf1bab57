//! The Office 365 connector: spend, use and applications of a Microsoft 365 tenant, read from Microsoft Graph.

pub mod cloud;
pub mod contract;
pub mod fault;
pub mod form;
pub mod graph;
pub mod http;
pub mod permission;
pub mod random;
pub mod settings;
pub mod sign_in;
#[cfg(test)]
mod wire;
