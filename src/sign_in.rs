//! Signing in at Microsoft Entra ID.

pub mod assertion;
pub mod authorization_code;
pub mod challenge;
pub mod claims;
pub mod client_credentials;
pub mod codes;
pub mod consent;
pub mod device_code;
pub mod password;
pub mod refusal;
pub mod token;
pub mod validity;
