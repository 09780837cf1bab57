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
    /// The smallest call that it opens, below the root of Graph.
    pub probe: &'static str,
    /// Template ids of the directory roles of which a person needs one beside it; empty: none.
    pub roles: &'static [&'static str],
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

/// The tenant: the first call of every proof.
pub const TENANT_PROBE: &str = "/v1.0/organization?$select=id,displayName";
/// The products. The service takes no options here, and gives all of them.
pub const PRODUCTS_PROBE: &str = "/v1.0/subscribedSkus";
/// The setting that conceals names in reports.
pub const SETTINGS_PROBE: &str = "/v1.0/admin/reportSettings";

/// The roles of which a person needs one to read sign-ins (`signin-list` of the Graph documentation): Global
/// Administrator, Global Reader, Reports Reader, Security Reader, Security Operator, Security Administrator.
const SIGN_IN_ROLES: &[&str] = &[
    "62e90394-69f5-4237-9190-012177145e10",
    "f2ef992c-3afb-46b9-b7cf-a126ee74c451",
    "4a5d8f65-41da-4de4-8968-e035b65339cf",
    "5d6b6bb7-de71-4623-b4af-96380a352509",
    "5f2222b1-57c3-48ba-8ad5-d4759f1fde6f",
    "194ae4cb-b126-40b2-bd5b-6091b380977d",
];

/// The roles of which a person needs one to read usage reports by user (`reportroot-authorization`): Global
/// Administrator, Global Reader, Reports Reader, and the administrators of Exchange, SharePoint, Skype and Teams.
const REPORT_ROLES: &[&str] = &[
    "62e90394-69f5-4237-9190-012177145e10",
    "f2ef992c-3afb-46b9-b7cf-a126ee74c451",
    "4a5d8f65-41da-4de4-8968-e035b65339cf",
    "29232cdf-9323-42fd-ade2-1d097af3e4de",
    "f28a1f50-f6e7-4571-818b-6a12f2af6b6c",
    "75941009-915a-4869-abe7-691bff18279e",
    "69091246-20e8-4a56-aa4d-066075b2a7a8",
];

/// All of them, the most useful first.
pub static ALL: [Permission; 9] = [
    Permission {
        optional: false,
        ..optional(
            DIRECTORY,
            "Everything in the directory: users, licences, applications, and the check behind sign-ins.",
            TENANT_PROBE,
        )
    },
    Permission {
        optional: false,
        roles: SIGN_IN_ROLES,
        ..optional(
            AUDIT_LOG,
            "Sign-ins, from which applications in use are found, and the dates of the last sign-in.",
            "/v1.0/auditLogs/signIns?$top=1",
        )
    },
    Permission {
        optional: false,
        roles: REPORT_ROLES,
        ..optional(
            REPORTS,
            "Usage reports: who used which service last, and when.",
            // Answered with the address of a file, which is not fetched.
            "/v1.0/reports/getOffice365ActiveUserDetail(period='D7')",
        )
    },
    optional(
        REPORT_SETTINGS,
        "Whether names are concealed in usage reports, so that it can be told before they are read.",
        SETTINGS_PROBE,
    ),
    optional(
        ORGANIZATION,
        "The tenant, its subscriptions and products. Directory.Read.All opens them as well.",
        TENANT_PROBE,
    ),
    optional(
        USER,
        "Users and the licences that each holds. Directory.Read.All opens them as well.",
        "/v1.0/users?$select=id&$top=1",
    ),
    optional(
        APPLICATION,
        "Installed applications. Directory.Read.All opens them as well.",
        "/v1.0/servicePrincipals?$select=id&$top=1",
    ),
    optional(
        GROUP_MEMBER,
        "Names of the groups that assign licences, and members of those that were given applications. Directory.Read.All \
         opens them as well.",
        "/v1.0/groups?$select=id&$top=1",
    ),
    optional(
        LICENCES,
        "Products with seats bought and assigned. Directory.Read.All opens them as well.",
        PRODUCTS_PROBE,
    ),
];

const fn optional(id: &'static str, buys: &'static str, probe: &'static str) -> Permission {
    Permission { id, buys, optional: true, probe, roles: &[] }
}

/// A permission by its name.
#[must_use]
pub fn named(id: &str) -> Option<&'static Permission> {
    ALL.iter().find(|permission| permission.id == id)
}

/// Whether a permission that was granted opens what another one opens: the same, or the same with writing.
#[must_use]
pub fn covers(granted: &str, wanted: &str) -> bool {
    let reads = |name: &str| name.replace(".ReadWrite.", ".Read.");
    granted.eq_ignore_ascii_case(wanted) || reads(granted).eq_ignore_ascii_case(wanted)
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
