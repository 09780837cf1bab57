//! The Office 365 connector: spend, use and applications of a Microsoft 365 tenant, read from Microsoft Graph.

pub mod contract;
