//! Runs a plan: in the order of its needs, several tasks at once, step by step.

pub mod queue;
