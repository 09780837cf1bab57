//! The contract with the host, as Rust types: generated from `wit/`.
//!
//! The same types serve natively, where the imported functions do not exist: pure logic is written and tested against
//! them, and only `component.rs` calls an import.

#![allow(missing_docs, reason = "generated; the documentation stands in wit/")]

wit_bindgen::generate!({
    path: "wit",
    world: "plugin",
    pub_export_macro: true,
    generate_all,
    additional_derives: [Clone, PartialEq],
});

pub use binadox::connector::{dialogue, keys, log, manifest, rows, sink, store, types};
pub use exports::binadox::connector::connector;
