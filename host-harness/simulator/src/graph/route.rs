//! Which path leads where, which permissions open it and which limit it counts against.

use crate::exchange::Response;
use crate::graph::call::{Call, Version};
use crate::graph::error::GraphError;
use crate::graph::{
    accounts, admin, applications, granting, grants, groups, organization, registering, service_principals, sign_ins,
    subscribed_skus, summaries, users,
};
use crate::reports;

/// How a refusal is worded, and which directory roles a user needs beside a permission.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Family {
    /// Directory rows, at so many resource units.
    Directory(u32),
    /// Changes to the directory, which a user makes only with one of these directory roles.
    Change(&'static [&'static str]),
    /// Sign-in logs.
    AuditLogs,
    /// Usage reports.
    Reports,
    /// Report settings.
    ReportSettings,
}

type Handler = fn(&Call<'_>) -> Result<Response, GraphError>;

/// One row of the table of endpoints.
pub(crate) struct Route {
    /// The method.
    pub(crate) method: &'static str,
    /// The path after the version, with `{}` for an id or name.
    pub(crate) path: &'static str,
    /// The only version that has it; both when absent.
    pub(crate) only: Option<Version>,
    /// Permissions of which a token must hold one.
    pub(crate) any: &'static [&'static str],
    /// Permissions of which a token must hold each.
    pub(crate) all: &'static [&'static str],
    /// Wording, roles and limits.
    pub(crate) family: Family,
    /// What answers.
    pub(crate) handler: Handler,
}

const fn get(path: &'static str, any: &'static [&'static str], family: Family, handler: Handler) -> Route {
    Route { method: "GET", path, only: None, any, all: &[], family, handler }
}

const fn change(method: &'static str, path: &'static str, any: &'static [&'static str], handler: Handler) -> Route {
    Route { method, path, only: None, any, all: &[], family: Family::Change(REGISTERS), handler }
}

/// Directory roles that may register applications: Global, Cloud Application and Application Administrator.
const REGISTERS: &[&str] = &[
    "62e90394-69f5-4237-9190-012177145e10",
    "158c047a-c907-4556-b7ef-446551a6b5f7",
    "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3",
];
/// Directory roles that may grant permissions of Graph for everybody, and directory roles: Global and Privileged Role
/// Administrator.
const CONSENTS: Family =
    Family::Change(&["62e90394-69f5-4237-9190-012177145e10", "e8611ab8-c189-46e8-94e1-60213ab1f814"]);
/// Directory roles that may make users: Global and User Administrator.
const HIRES: Family = Family::Change(&["62e90394-69f5-4237-9190-012177145e10", "fe930be7-5e62-47db-91af-98c3a49a38b1"]);

const REGISTERING: &[&str] = &["Application.ReadWrite.All", "Directory.ReadWrite.All"];
const ASSIGNING: &[&str] = &["AppRoleAssignment.ReadWrite.All"];
const GRANTING: &[&str] = &["DelegatedPermissionGrant.ReadWrite.All", "Directory.ReadWrite.All"];
const HIRING: &[&str] = &["User.ReadWrite.All", "Directory.ReadWrite.All"];
const ROLES: &[&str] = &["RoleManagement.ReadWrite.Directory"];

const fn beta(route: Route) -> Route {
    Route { only: Some(Version::Beta), ..route }
}

/// Permissions that also open user rows, beside the least.
const USERS: &[&str] =
    &["User.Read.All", "User.ReadBasic.All", "User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"];
const ORGANIZATION: &[&str] = &["Organization.Read.All", "User.Read", "Directory.Read.All", "Directory.ReadWrite.All"];
const SKUS: &[&str] =
    &["LicenseAssignment.Read.All", "Organization.Read.All", "Directory.Read.All", "Directory.ReadWrite.All"];
const SUBSCRIPTIONS: &[&str] = &["Organization.Read.All", "Directory.Read.All", "Directory.ReadWrite.All"];
const APPLICATIONS: &[&str] =
    &["Application.Read.All", "Application.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"];

const GROUPS: &[&str] = &["GroupMember.Read.All", "Group.Read.All", "Directory.Read.All", "Directory.ReadWrite.All"];
const GRANTS: &[&str] = &["Directory.Read.All", "Directory.ReadWrite.All", "DelegatedPermissionGrant.ReadWrite.All"];

/// The table of endpoints.
pub(crate) const ROUTES: &[Route] = &[
    get("organization", ORGANIZATION, Family::Directory(1), organization::list),
    get("subscribedSkus", SKUS, Family::Directory(3), subscribed_skus::list),
    get("directory/subscriptions", SUBSCRIPTIONS, Family::Directory(1), organization::subscriptions),
    get("users", USERS, Family::Directory(2), users::list),
    get("users/{}", USERS, Family::Directory(2), users::get),
    get("users/{}/licenseDetails", SKUS, Family::Directory(2), users::license_details),
    get("groups", GROUPS, Family::Directory(1), groups::list),
    get("groups/{}", GROUPS, Family::Directory(1), groups::get),
    get("groups/{}/members", GROUPS, Family::Directory(3), groups::members),
    get("groups/{}/members/microsoft.graph.user", GROUPS, Family::Directory(3), groups::members_who_are_users),
    get("groups/{}/transitiveMembers", GROUPS, Family::Directory(5), groups::transitive_members),
    get("servicePrincipals", APPLICATIONS, Family::Directory(1), service_principals::list),
    get("servicePrincipals/{}", APPLICATIONS, Family::Directory(1), service_principals::get),
    get("servicePrincipals/{}/appRoleAssignedTo", APPLICATIONS, Family::Directory(1), grants::assigned_to),
    get("oauth2PermissionGrants", GRANTS, Family::Directory(2), grants::list),
    get("applications", APPLICATIONS, Family::Directory(2), applications::list),
    get("applications/{}", APPLICATIONS, Family::Directory(2), applications::get),
    change("POST", "applications", REGISTERING, registering::create),
    change("PATCH", "applications/{}", REGISTERING, registering::change),
    change("DELETE", "applications/{}", REGISTERING, registering::delete),
    change("POST", "applications/{}/addPassword", REGISTERING, registering::add_password),
    change("POST", "applications/{}/removePassword", REGISTERING, registering::remove_password),
    change("POST", "servicePrincipals", REGISTERING, registering::create_principal),
    get("servicePrincipals/{}/appRoleAssignments", APPLICATIONS, Family::Directory(2), granting::held),
    Route { family: CONSENTS, ..change("POST", "servicePrincipals/{}/appRoleAssignedTo", ASSIGNING, granting::assign) },
    Route {
        family: CONSENTS,
        ..change("DELETE", "servicePrincipals/{}/appRoleAssignedTo/{}", ASSIGNING, granting::unassign)
    },
    Route { family: CONSENTS, ..change("POST", "oauth2PermissionGrants", GRANTING, granting::grant) },
    Route { family: CONSENTS, ..change("PATCH", "oauth2PermissionGrants/{}", GRANTING, granting::change) },
    Route { family: CONSENTS, ..change("DELETE", "oauth2PermissionGrants/{}", GRANTING, granting::revoke) },
    Route { family: HIRES, ..change("POST", "users", HIRING, accounts::create) },
    Route { family: HIRES, ..change("DELETE", "users/{}", HIRING, accounts::delete) },
    get(
        "roleManagement/directory/roleAssignments",
        &["RoleManagement.ReadWrite.Directory", "RoleManagement.Read.Directory", "Directory.Read.All"],
        Family::Directory(1),
        accounts::roles,
    ),
    Route { family: CONSENTS, ..change("POST", "roleManagement/directory/roleAssignments", ROLES, accounts::assign) },
    Route {
        family: CONSENTS,
        ..change("DELETE", "roleManagement/directory/roleAssignments/{}", ROLES, accounts::unassign)
    },
    Route {
        all: &["AuditLog.Read.All", "Directory.Read.All"],
        ..get("auditLogs/signIns", &["AuditLog.Read.All"], Family::AuditLogs, sign_ins::list)
    },
    get(
        "admin/reportSettings",
        &["ReportSettings.Read.All", "ReportSettings.ReadWrite.All"],
        Family::ReportSettings,
        admin::report_settings,
    ),
    Route {
        family: Family::Change(&["62e90394-69f5-4237-9190-012177145e10"]),
        ..change("PATCH", "admin/reportSettings", &["ReportSettings.ReadWrite.All"], admin::change_report_settings)
    },
    beta(get(
        "reports/applicationSignInDetailedSummary",
        &["Reports.Read.All"],
        Family::AuditLogs,
        summaries::detailed,
    )),
    beta(get(
        "reports/getAzureADApplicationSignInSummary(period='D7')",
        &["Reports.Read.All"],
        Family::AuditLogs,
        summaries::of_7_days,
    )),
    beta(get(
        "reports/getAzureADApplicationSignInSummary(period='D30')",
        &["Reports.Read.All"],
        Family::AuditLogs,
        summaries::of_30_days,
    )),
    beta(Route {
        all: &["AuditLog.Read.All", "Directory.Read.All"],
        ..get(
            "reports/servicePrincipalSignInActivities",
            &["AuditLog.Read.All"],
            Family::AuditLogs,
            summaries::activities,
        )
    }),
    get("reports/{}", &["Reports.Read.All"], Family::Reports, reports::request::answer),
    Route {
        only: Some(Version::V1),
        ..get("copilot/reports/{}", &["Reports.Read.All"], Family::Reports, reports::request::answer)
    },
];

impl Route {
    /// The parts of the path that stand for ids and names, when the path is this route's.
    pub(crate) fn matches<'a>(&self, segments: &[&'a str]) -> Option<Vec<&'a str>> {
        let mut params = Vec::new();
        let mut wanted = self.path.split('/');
        for segment in segments {
            match wanted.next()? {
                "{}" => params.push(*segment),
                name if name.eq_ignore_ascii_case(segment) => {}
                _ => return None,
            }
        }
        wanted.next().is_none().then_some(params)
    }
}
