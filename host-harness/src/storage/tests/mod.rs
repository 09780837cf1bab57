//! The storage as a whole, against a database in a folder of its own.

mod begin;
mod concurrency;
mod files;
mod layout;
mod model;
mod reading;
mod round_trip;
pub(crate) mod sample;
mod sealing;
