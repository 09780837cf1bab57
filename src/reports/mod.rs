//! Usage reports: CSV files that Microsoft makes once a day, and what is read out of them.

pub mod active_user_detail;
pub mod csv;
