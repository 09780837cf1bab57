//! What the connector says of itself before it is configured.

use crate::cloud::Cloud;
use crate::contract::manifest::{Dataset, Manifest, Origin, Quota};
use crate::datasets::{self, prices};
use crate::form;
use crate::integrations::own;
use crate::permission;
use crate::plan;
use crate::product_names;
use crate::reports;
use crate::settings::{Settings, SignIn};
use crate::sign_in::device_code;

/// The whole manifest.
#[must_use]
pub fn describe() -> Manifest {
    let mut origins: Vec<Origin> = Vec::new();
    for origin in Cloud::ALL.into_iter().flat_map(self::origins).chain(code_pages()) {
        // Two clouds share their authority.
        if !origins.iter().any(|known| known.host == origin.host) {
            origins.push(origin);
        }
    }
    Manifest {
        id: "office365".to_owned(),
        title: "Microsoft 365 (Office 365)".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        about: "Reads licences, their use and sign-ins of a Microsoft 365 tenant through Microsoft Graph, finds seats \
                that nobody needs, and discovers the applications in use. It changes nothing in the tenant."
            .to_owned(),
        fields: form::fields(),
        datasets: datasets(),
        origins,
        quotas: quotas(),
        permissions: permission::described(),
        reference_files: vec![prices::reference_file(), product_names::reference_file(), own::reference_file()],
    }
}

/// The datasets, in the order in which people read of them.
#[must_use]
pub fn datasets() -> Vec<Dataset> {
    datasets::described()
}

/// The origins that a connection with these settings needs.
#[must_use]
pub fn needed(settings: &Settings) -> Vec<Origin> {
    let mut origins = origins(settings.cloud);
    if settings.sign_in == SignIn::DeviceCode {
        origins.extend(code_pages());
    }
    origins
}

/// Pages at which a person enters a code. Nothing is sent there.
fn code_pages() -> impl Iterator<Item = Origin> {
    device_code::PAGES.into_iter().map(|host| Origin {
        host: host.to_owned(),
        methods: Vec::new(),
        bearer: false,
        browse: true,
        redirects_to: Vec::new(),
        why: "Microsoft: the page on which a person enters the code of a sign-in.".to_owned(),
    })
}

/// The origins that a tenant of this cloud needs.
#[must_use]
pub fn origins(cloud: Cloud) -> Vec<Origin> {
    let reports = match cloud {
        Cloud::Global => "The files of usage reports lie on hosts below office.com.".to_owned(),
        Cloud::UsGovL4 | Cloud::UsGovL5 => format!(
            "The files of usage reports should lie on {}; no recorded answer of this cloud confirms it.",
            cloud.report_hosts().join(", ")
        ),
        Cloud::China => "Where this cloud keeps the files of usage reports is not known; they are left out.".to_owned(),
    };
    vec![
        Origin {
            host: cloud.authority().to_owned(),
            methods: vec!["POST".to_owned()],
            bearer: false,
            browse: true,
            redirects_to: Vec::new(),
            why: "Microsoft Entra ID: signs in, asks for consent and gives tokens.".to_owned(),
        },
        Origin {
            host: cloud.graph_host().to_owned(),
            methods: vec!["GET".to_owned()],
            bearer: true,
            browse: false,
            redirects_to: cloud.report_hosts().iter().map(|host| (*host).to_owned()).collect(),
            why: format!("Microsoft Graph: everything that is collected. {reports}"),
        },
    ]
}

/// The published limits for one application in one tenant.
fn quotas() -> Vec<Quota> {
    let quota = |id: &str, requests, per_seconds| Quota {
        id: id.to_owned(),
        requests,
        per_seconds,
        source: "Microsoft Graph service-specific throttling limits, \
                 https://learn.microsoft.com/graph/throttling-limits"
            .to_owned(),
    };
    let mut quotas = vec![
        // The smallest tenants have 3500 resource units in 10 s. The dearest request, subscribedSkus, takes 3 of them:
        // 1000 requests can never take more than 3000.
        quota(plan::DIRECTORY, 1000, 10),
        quota(plan::AUDIT_LOGS, 5, 10),
    ];
    // As CSV, and for each report by itself.
    let reports = reports::ALL.iter().filter(|report| report.quota() == report.id);
    quotas.extend(reports.map(|report| quota(report.id, 14, 600)));
    quotas
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::contract::connector::Context;
    use crate::wire;

    #[test]
    fn every_cloud_is_in_the_manifest_once_and_configure_narrows_to_its_two_origins() {
        let manifest = describe();
        let hosts: Vec<&str> = manifest.origins.iter().map(|origin| origin.host.as_str()).collect();
        assert_eq!(hosts.len(), hosts.iter().collect::<BTreeSet<_>>().len());
        assert_eq!(hosts.len(), 10);
        for cloud in Cloud::ALL {
            let origins = origins(cloud);
            assert_eq!(origins.iter().filter(|origin| origin.bearer).count(), 1, "{cloud:?}");
            assert!(origins.iter().all(|origin| manifest.origins.contains(origin) && !origin.why.is_empty()));
        }
        assert_eq!(origins(Cloud::Global)[1].redirects_to, ["*.office.com"]);
    }

    #[test]
    fn datasets_name_only_permissions_of_the_manifest() {
        let known: BTreeSet<&str> = permission::ALL.iter().map(|permission| permission.id).collect();
        for dataset in datasets() {
            assert!(!dataset.help.is_empty() && !dataset.columns.is_empty(), "{}", dataset.id);
            for id in dataset.permissions.iter().flatten() {
                assert!(known.contains(id.as_str()), "{}: {id}", dataset.id);
            }
        }
    }

    #[test]
    fn every_task_names_a_dataset_and_a_quota_of_the_manifest() {
        let manifest = describe();
        let tasks = plan::plan(&wire::settings(&[]), &[], &Context { now: 1_800_000_000, baseline_ended: None });
        for task in tasks.tasks {
            assert!(manifest.datasets.iter().any(|dataset| dataset.id == task.dataset), "{}", task.id);
            assert!(
                task.quota.is_none_or(|quota| manifest.quotas.iter().any(|known| known.id == quota)),
                "{}",
                task.id
            );
        }
    }
}
