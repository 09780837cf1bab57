//! Delivery: notifications go to the destinations of their connection, each at least once and under one id.
//!
//! What is to be sent stands in the outbox of the database. A round sends what is due and notes what became of it; what
//! failed is due again later, longer and longer, for three days. Nothing here knows of what a notification speaks.

mod backoff;
mod event;
mod mail;
mod paper;
mod round;
mod signature;
mod target;
mod webhook;

pub use event::Event;
pub(crate) use mail::is_mail_address;
pub use round::{Courier, Delivered, Round};
pub use signature::{SigningKey, SigningKeyError};
pub use target::{MailServer, Security, Target, TargetError, WebhookSecret};
pub(crate) use target::{is_localhost, judge};
