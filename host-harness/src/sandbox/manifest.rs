//! Checks what a connector says of itself, so that the rest of the host may rely on it.

use super::load::PluginError;
use crate::contract::manifest::Manifest;
use crate::egress::policy;
use std::collections::HashSet;
use std::path::Path;

/// The manifest of a connector that has not been asked yet.
pub(super) fn unknown() -> Manifest {
    Manifest {
        id: String::new(),
        title: String::new(),
        version: String::new(),
        about: String::new(),
        fields: Vec::new(),
        datasets: Vec::new(),
        origins: Vec::new(),
        quotas: Vec::new(),
        permissions: Vec::new(),
        reference_files: Vec::new(),
    }
}

/// Ids are words and occur once, origins fit the grammar, quotas let something through.
pub(super) fn check(manifest: &Manifest, path: &Path) -> Result<(), PluginError> {
    let wrong = |wrong: String| PluginError::Manifest { path: path.to_owned(), wrong };
    policy::read(&manifest.origins).map_err(|cause| PluginError::Origin { path: path.to_owned(), cause })?;
    if !is_id(&manifest.id) {
        return Err(wrong(format!("`{}` is no id; ids are lower-case words joined by hyphens", manifest.id)));
    }
    for (what, ids) in [
        ("field", manifest.fields.iter().map(|field| field.name.as_str()).collect::<Vec<_>>()),
        ("dataset", manifest.datasets.iter().map(|dataset| dataset.id.as_str()).collect()),
        ("quota", manifest.quotas.iter().map(|quota| quota.id.as_str()).collect()),
        ("reference file", manifest.reference_files.iter().map(|file| file.name.as_str()).collect()),
    ] {
        let mut seen = HashSet::new();
        for id in ids {
            if !is_id(id) {
                return Err(wrong(format!("the {what} `{id}` is not named by lower-case words joined by hyphens")));
            }
            if !seen.insert(id) {
                return Err(wrong(format!("it has two {what}s named `{id}`")));
            }
        }
    }
    match manifest.quotas.iter().find(|quota| quota.requests == 0 || quota.per_seconds == 0) {
        Some(quota) => Err(wrong(format!("the quota `{}` lets nothing through", quota.id))),
        None => Ok(()),
    }
}

fn is_id(id: &str) -> bool {
    !id.is_empty()
        && id.split('-').all(|word| !word.is_empty())
        && id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::manifest::Quota;

    fn named(id: &str) -> Manifest {
        Manifest { id: id.into(), ..unknown() }
    }

    fn quota(id: &str, requests: u32) -> Quota {
        Quota { id: id.into(), requests, per_seconds: 1, source: String::new() }
    }

    #[test]
    fn ids_are_lower_case_words_joined_by_hyphens() {
        for (id, fits) in [
            ("a", true),
            ("two-words-2", true),
            ("", false),
            ("A", false),
            ("a--b", false),
            ("-a", false),
            ("a b", false),
        ] {
            assert_eq!(check(&named(id), Path::new("x.wasm")).is_ok(), fits, "{id:?}");
        }
    }

    #[test]
    fn a_quota_that_lets_nothing_through_or_occurs_twice_is_refused() {
        let wrong = |quotas| check(&Manifest { quotas, ..named("a") }, Path::new("x.wasm")).unwrap_err().to_string();
        assert!(wrong(vec![quota("q", 0)]).contains("the quota `q` lets nothing through"));
        assert!(wrong(vec![quota("q", 1), quota("q", 2)]).contains("two quotas named `q`"));
    }
}
