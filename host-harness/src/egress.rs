//! The way out: which hosts a connector may reach, at which addresses, with which credential.

pub mod address;
mod body;
pub mod client;
mod failure;
pub(crate) mod hooks;
pub mod policy;
mod redirects;
mod target;
