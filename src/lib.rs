//! The Office 365 connector: spend, use and applications of a Microsoft 365 tenant, read from Microsoft Graph.

#[cfg(test)]
mod bench;
pub mod built_in;
pub mod capability;
pub mod catalogue;
pub mod cloud;
#[cfg(target_family = "wasm")]
mod component;
pub mod connect;
pub mod contract;
pub mod cursor;
pub mod data;
pub mod datasets;
pub mod explain;
pub mod fault;
pub mod features;
pub mod fold;
pub mod form;
pub mod freshness;
pub mod graph;
pub mod http;
pub mod integrations;
pub mod json;
pub mod kept;
pub mod manifest;
pub mod money;
pub mod order;
pub mod permission;
pub mod plan;
pub mod premium;
pub mod product_names;
pub mod proof;
pub mod random;
pub mod reach;
pub mod reference;
pub mod renew;
pub mod reports;
pub mod rules;
pub mod set_up;
pub mod settings;
pub mod sign_in;
pub mod step;
pub mod stream;
pub mod time;
#[cfg(test)]
mod wire;
