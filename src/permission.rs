//! The permissions of Microsoft Graph that the connector can use, each with what it buys.
//!
//! Least permissions by endpoint: `permissions.json` of microsoftgraph/microsoft-graph-devx-content, 2026-08-07.

use crate::contract::manifest;

/// A permission, delegated or of the application.
#[derive(Clone, Copy, Debug)]
pub struct Permission {
    /// In Graph's own name.
    pub id: &'static str,
    /// What it opens.
    pub buys: &'static str,
    /// The connector works without it.
    pub optional: bool,
}

/// Reads everything in the directory; with [`AUDIT_LOG`] and [`REPORTS`] nothing is missing.
pub const DIRECTORY: &str = "Directory.Read.All";
/// Reads sign-ins and sign-in dates.
pub const AUDIT_LOG: &str = "AuditLog.Read.All";
/// Reads usage reports.
pub const REPORTS: &str = "Reports.Read.All";
/// Reads the setting that conceals names in reports.
pub const REPORT_SETTINGS: &str = "ReportSettings.Read.All";
/// Reads the tenant and its subscriptions.
pub const ORGANIZATION: &str = "Organization.Read.All";
/// Reads users and their licences.
pub const USER: &str = "User.Read.All";
/// Reads applications.
pub const APPLICATION: &str = "Application.Read.All";
/// Reads groups and who is in them.
pub const GROUP_MEMBER: &str = "GroupMember.Read.All";
/// Reads products and seats.
pub const LICENCES: &str = "LicenseAssignment.Read.All";

/// All of them, the most useful first.
pub const ALL: [Permission; 9] = [
    needed(DIRECTORY, "Everything in the directory: users, licences, applications, and the check behind sign-ins."),
    needed(AUDIT_LOG, "Sign-ins, from which applications in use are found, and the dates of the last sign-in."),
    needed(REPORTS, "Usage reports: who used which service last, and when."),
    optional(
        REPORT_SETTINGS,
        "Whether names are concealed in usage reports, so that it can be told before they are read.",
    ),
    optional(ORGANIZATION, "The tenant, its subscriptions and products. Directory.Read.All opens them as well."),
    optional(USER, "Users and the licences that each holds. Directory.Read.All opens them as well."),
    optional(APPLICATION, "Installed applications. Directory.Read.All opens them as well."),
    optional(GROUP_MEMBER, "Names of the groups that assign licences. Directory.Read.All opens them as well."),
    optional(LICENCES, "Products with seats bought and assigned. Directory.Read.All opens them as well."),
];

const fn needed(id: &'static str, buys: &'static str) -> Permission {
    Permission { id, buys, optional: false }
}

const fn optional(id: &'static str, buys: &'static str) -> Permission {
    Permission { id, buys, optional: true }
}

/// The permissions as the manifest tells them.
#[must_use]
pub fn described() -> Vec<manifest::Permission> {
    let told = |permission: &Permission| manifest::Permission {
        id: permission.id.to_owned(),
        buys: permission.buys.to_owned(),
        optional: permission.optional,
    };
    ALL.iter().map(told).collect()
}
