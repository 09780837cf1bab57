//! Which applications of a tenant could be connected: a catalogue of SaaS applications, and how one is recognised in it.

pub mod catalogue;
pub(crate) mod host;
pub mod matcher;
mod naming;
pub mod own;
