//! Graph's permissions and their ids, as a scope and as a role.

use crate::id::Id;

/// Name, id of the scope, id of the role.
const PERMISSIONS: &[(&str, &str, &str)] = &[
    ("AuditLog.Read.All", "e4c9e354-4dc5-45b8-9e7c-e1393b0b1a20", "b0afded3-3588-46d8-8b3d-9842eff778da"),
    ("Directory.Read.All", "06da0dbc-49e2-44d2-8312-53f166ab848a", "7ab1d382-f21e-4acd-a863-ba3e13f7da61"),
    ("User.Read", "e1fe6dd8-ba31-4d61-89e7-88639da4683d", ""),
    ("User.Read.All", "a154be20-db9c-4678-8ab7-66f6cc099a59", "df021288-bdef-4463-88db-98f22de89214"),
    ("Reports.Read.All", "02e97553-ed7b-43d0-ab3c-f8bace0d040c", "230c1aed-a721-4c5d-9cb4-a90514e508ef"),
    ("ReportSettings.Read.All", "84fac5f4-33a9-4100-aa38-a20c6d29e5e7", "ee353f83-55ef-4b78-82da-555bfa2b4b95"),
    ("ReportSettings.ReadWrite.All", "b955410e-7715-4a88-a940-dfd551018df3", "2a60023f-3219-47ad-baa4-40e17cd02a1d"),
    ("Organization.Read.All", "4908d5b9-3fb2-4b1e-9336-1888b7937185", "498476ce-e0fe-48b0-b801-37ba7e2685c6"),
    ("LicenseAssignment.Read.All", "f395577a-0960-456b-979f-7228de0c5996", "e2f98668-2877-4f38-a2f4-8202e0717aa1"),
    ("Application.Read.All", "c79f8feb-a9db-4090-85f9-90d820caa0eb", "9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30"),
    ("Group.Read.All", "5f8c59db-677d-491f-a6b8-5f174b11ec1d", "5b567255-7703-4780-807c-7be8301ae99b"),
    ("GroupMember.Read.All", "bc024368-1153-4739-b217-4326f2e966d0", "98830695-27a2-44f7-8c18-0c3ebc9698f6"),
];

fn id(name: &str, pick: fn(&(&'static str, &'static str, &'static str)) -> &'static str) -> Option<Id> {
    PERMISSIONS.iter().find(|row| row.0 == name).and_then(|row| Id::parse(pick(row)))
}

/// The id of a permission as a role, for applications.
pub(crate) fn role_id(name: &str) -> Option<Id> {
    id(name, |row| row.2)
}

/// The name of a permission by its id as a scope or, with `role`, as a role.
pub(crate) fn name_of(id: &str, role: bool) -> Option<&'static str> {
    let row = PERMISSIONS.iter().find(|row| if role { row.2 == id } else { row.1 == id })?;
    Some(row.0)
}

/// Every permission that there is as a role, with its id.
pub(crate) fn roles() -> impl Iterator<Item = (&'static str, &'static str)> {
    PERMISSIONS.iter().filter(|row| !row.2.is_empty()).map(|row| (row.0, row.2))
}

/// The id of a permission as a scope, for users.
pub(crate) fn scope_id(name: &str) -> Option<Id> {
    id(name, |row| row.1)
}
