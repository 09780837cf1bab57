//! Signing in at Microsoft Entra ID.

pub mod authorization_code;
pub mod claims;
pub mod client_credentials;
pub mod codes;
pub mod consent;
pub mod refusal;
pub mod token;
