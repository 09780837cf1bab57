//! The hosts that the simulator answers for.

use crate::options::Cloud;

/// Where a report's redirect leads.
pub(crate) const REPORTS: &str = "reportsweu.office.com";

/// All hosts, as named in the certificate.
pub(crate) const HOSTS: [&str; 9] = [
    "login.microsoftonline.com",
    "graph.microsoft.com",
    REPORTS,
    "login.microsoftonline.us",
    "graph.microsoft.us",
    "dod-graph.microsoft.us",
    "login.partner.microsoftonline.cn",
    "login.chinacloudapi.cn",
    "microsoftgraph.chinacloudapi.cn",
];

/// What a host does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Service {
    /// Signs people and applications in.
    Identity,
    /// Graph.
    Graph,
    /// Gives report files.
    Reports,
}

/// What the named host does; `None` for a host that is not simulated.
pub(crate) fn service(host: &str) -> Option<Service> {
    match host {
        REPORTS => Some(Service::Reports),
        "graph.microsoft.com" | "graph.microsoft.us" | "dod-graph.microsoft.us" | "microsoftgraph.chinacloudapi.cn" => {
            Some(Service::Graph)
        }
        host if HOSTS.contains(&host) => Some(Service::Identity),
        _ => None,
    }
}

/// True when the tenants of this cloud sign in at the host.
pub(crate) fn is_authority(cloud: Cloud, host: &str) -> bool {
    host == cloud.authority() || (cloud == Cloud::China && host == "login.chinacloudapi.cn")
}
