//! A stand-in for Microsoft Entra ID and Microsoft Graph, over real TLS on loopback.
//!
//! It issues tokens that must be presented, checks permissions, directory roles and licences, pages with opaque links,
//! treats query options as each endpoint does, throttles by the published limits, answers report requests with a
//! redirect to another host, and injects faults on request. The tenant follows from a seed. The clock can be moved.
#![deny(missing_docs)]

mod activity;
mod clock;
mod control;
mod dice;
mod exchange;
mod facts;
mod fault;
mod given;
mod graph;
mod hosts;
mod id;
mod identity;
mod journal;
mod options;
mod reports;
mod seal;
mod server;
mod sign_in_log;
mod start;
mod tenant;
mod throttle;
mod tls;
mod true_sign_in;
mod truth;
mod world;

pub use control::{Control, LateSignIn};
pub use facts::{Account, Facts};
pub use fault::{Fault, Mishap};
pub use journal::Logged;
pub use options::{Change, Cloud, Options, Premium};
pub use start::{Simulator, StartError};
pub use true_sign_in::TrueSignIn;
pub use truth::{TrueProduct, TrueUse, TrueUser, Truth};
