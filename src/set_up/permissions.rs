//! Which permissions each feature needs, and the ids by which an application registration names them.
//!
//! Ids: `permissions.json` of microsoftgraph/microsoft-graph-devx-content, 2026-08-07. They are the same in every tenant
//! and cloud.

use crate::permission;

/// The application id of Microsoft Graph, in every tenant and cloud.
pub const GRAPH: &str = "00000003-0000-0000-c000-000000000000";

/// A permission with its two ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Access {
    /// In Graph's own name.
    pub name: &'static str,
    /// Its id as a delegated permission.
    pub scope: &'static str,
    /// Its id as a permission of the application.
    pub role: &'static str,
}

const fn access(name: &'static str, scope: &'static str, role: &'static str) -> Access {
    Access { name, scope, role }
}

/// All that the connector can use. A permission of an application that is not here is never touched.
pub const ALL: [Access; 9] = [
    access(permission::DIRECTORY, "06da0dbc-49e2-44d2-8312-53f166ab848a", "7ab1d382-f21e-4acd-a863-ba3e13f7da61"),
    access(permission::AUDIT_LOG, "e4c9e354-4dc5-45b8-9e7c-e1393b0b1a20", "b0afded3-3588-46d8-8b3d-9842eff778da"),
    access(permission::REPORTS, "02e97553-ed7b-43d0-ab3c-f8bace0d040c", "230c1aed-a721-4c5d-9cb4-a90514e508ef"),
    access(permission::REPORT_SETTINGS, "84fac5f4-33a9-4100-aa38-a20c6d29e5e7", "ee353f83-55ef-4b78-82da-555bfa2b4b95"),
    access(permission::ORGANIZATION, "4908d5b9-3fb2-4b1e-9336-1888b7937185", "498476ce-e0fe-48b0-b801-37ba7e2685c6"),
    access(permission::USER, "a154be20-db9c-4678-8ab7-66f6cc099a59", "df021288-bdef-4463-88db-98f22de89214"),
    access(permission::APPLICATION, "c79f8feb-a9db-4090-85f9-90d820caa0eb", "9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30"),
    access(permission::GROUP_MEMBER, "bc024368-1153-4739-b217-4326f2e966d0", "98830695-27a2-44f7-8c18-0c3ebc9698f6"),
    access(permission::LICENCES, "f395577a-0960-456b-979f-7228de0c5996", "e2f98668-2877-4f38-a2f4-8202e0717aa1"),
];

/// The features by name, each with what it needs and nothing more.
pub const FEATURES: [(&str, &[&str]); 4] = [
    ("spend", &[permission::ORGANIZATION, permission::USER, permission::GROUP_MEMBER]),
    ("use", &[permission::REPORTS, permission::REPORT_SETTINGS]),
    ("activity", &[permission::AUDIT_LOG, permission::USER]),
    ("applications", &[permission::AUDIT_LOG, permission::DIRECTORY]),
];

/// What `Directory.Read.All` opens as well, so that nobody has to grant it beside.
pub(super) const IN_DIRECTORY: [&str; 5] = [
    permission::ORGANIZATION,
    permission::LICENCES,
    permission::USER,
    permission::GROUP_MEMBER,
    permission::APPLICATION,
];

/// The permissions that these features need, each once, in the order of [`ALL`]; `Err` with a name that is no feature.
///
/// # Errors
/// The first name that is unknown; an empty one when there is none at all.
pub fn of(features: &str) -> Result<Vec<Access>, String> {
    let names: Vec<&str> = features.split([',', ' ']).filter(|name| !name.is_empty()).collect();
    let mut wanted: Vec<&str> = Vec::new();
    for name in &names {
        let feature = FEATURES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        let (_, needs) = feature.ok_or_else(|| (*name).to_owned())?;
        wanted.extend(*needs);
    }
    if wanted.is_empty() {
        return Err(String::new());
    }
    let whole = wanted.contains(&permission::DIRECTORY);
    let needed = |access: &&Access| wanted.contains(&access.name) && !(whole && IN_DIRECTORY.contains(&access.name));
    Ok(ALL.iter().filter(needed).copied().collect())
}

/// The permissions of all features.
pub fn every() -> Vec<Access> {
    of(&FEATURES.map(|(name, _)| name).join(",")).unwrap_or_default()
}

/// Whether a permission is granted, by itself or by one that opens the same.
fn opens(granted: &impl Fn(&str) -> bool, name: &str) -> bool {
    granted(name) || (IN_DIRECTORY.contains(&name) && granted(permission::DIRECTORY))
}

/// The features of which everything is granted.
pub fn features(granted: impl Fn(&str) -> bool) -> Vec<&'static str> {
    let is_whole = |(_, needs): &&(&str, &[&str])| needs.iter().all(|name| opens(&granted, name));
    FEATURES.iter().filter(is_whole).map(|(name, _)| *name).collect()
}

/// The first feature that opens something which needs all of one of these lists; none when no feature does.
pub fn feature_for(lists: &[Vec<String>]) -> Option<&'static str> {
    let has = |needs: &[&str], list: &Vec<String>| list.iter().all(|name| opens(&|one| needs.contains(&one), name));
    FEATURES.iter().find(|(_, needs)| lists.iter().any(|list| has(needs, list))).map(|(name, _)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(features: &str) -> Vec<&'static str> {
        of(features).unwrap().iter().map(|access| access.name).collect()
    }

    #[test]
    fn all_features_together_need_four_permissions_and_one_alone_needs_no_directory() {
        assert_eq!(
            names("spend,use,activity,applications"),
            ["Directory.Read.All", "AuditLog.Read.All", "Reports.Read.All", "ReportSettings.Read.All"]
        );
        assert_eq!(names("Spend"), ["Organization.Read.All", "User.Read.All", "GroupMember.Read.All"]);
        assert_eq!(names("use, activity").len(), 4);
        assert_eq!(of("spend,money"), Err("money".to_owned()));
        assert_eq!(of(" , "), Err(String::new()));
    }

    #[test]
    fn every_permission_of_the_manifest_has_two_ids_of_its_own() {
        let ids: std::collections::BTreeSet<&str> = ALL.iter().flat_map(|access| [access.scope, access.role]).collect();
        assert_eq!(ids.len(), 2 * ALL.len());
        for permission in permission::ALL {
            assert!(ALL.iter().any(|access| access.name == permission.id), "{}", permission.id);
        }
    }

    #[test]
    fn a_feature_is_granted_when_all_that_it_needs_is_and_what_reads_the_directory_stands_for_its_parts() {
        let of = |granted: &[&str]| features(|name| granted.contains(&name));
        assert_eq!(of(&[]), [""; 0]);
        assert_eq!(of(&[permission::REPORTS]), [""; 0]);
        assert_eq!(of(&[permission::REPORTS, permission::REPORT_SETTINGS]), ["use"]);
        assert_eq!(of(&[permission::DIRECTORY, permission::AUDIT_LOG]), ["spend", "activity", "applications"]);
        let all: Vec<&str> = every().iter().map(|access| access.name).collect();
        assert_eq!(of(&all), FEATURES.map(|(name, _)| name));
    }

    #[test]
    fn what_is_lacking_is_mended_by_the_feature_for_it() {
        let of = |lists: &[&[&str]]| {
            let lists: Vec<Vec<String>> =
                lists.iter().map(|list| list.iter().map(|name| (*name).to_owned()).collect()).collect();
            feature_for(&lists)
        };
        assert_eq!(of(&[&[permission::REPORTS]]), Some("use"));
        assert_eq!(of(&[&[permission::AUDIT_LOG, permission::DIRECTORY]]), Some("applications"));
        assert_eq!(of(&[&[permission::DIRECTORY], &[permission::USER]]), Some("spend"));
        assert_eq!(of(&[&["Mail.Read"]]), None);
    }
}
