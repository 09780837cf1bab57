//! The contract with a component, as Rust types: generated from `wit/`.
//!
//! The bindings are made for the wider world, so that both worlds share one set of types. A component of the narrower
//! world is reached through the indices of its interfaces and never through the world's own.

wasmtime::component::bindgen!({
    path: "../wit",
    world: "plugin-with-set-up",
    imports: { default: trappable },
    exports: { default: async },
    additional_derives: [Clone, PartialEq, serde::Serialize, serde::Deserialize],
});
