//! The clouds of Microsoft: separate installations with hosts of their own.
//!
//! Hosts: `authentication-national-cloud.md` of the Entra documentation, 2026; GCC uses the worldwide hosts, GCC High
//! is "US Gov L4".

/// A cloud in which a tenant lives. An application is registered in each cloud by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cloud {
    /// Worldwide, GCC included.
    Global,
    /// US Government L4 (GCC High).
    UsGovL4,
    /// US Government L5 (DoD).
    UsGovL5,
    /// China, run by 21Vianet.
    China,
}

impl Cloud {
    /// All of them, in the order of the form.
    pub const ALL: [Cloud; 4] = [Cloud::Global, Cloud::UsGovL4, Cloud::UsGovL5, Cloud::China];

    /// The value of the setting `cloud`.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Cloud::Global => "global",
            Cloud::UsGovL4 => "us-gov-l4",
            Cloud::UsGovL5 => "us-gov-l5",
            Cloud::China => "china",
        }
    }

    /// The name for people.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Cloud::Global => "Worldwide (GCC included)",
            Cloud::UsGovL4 => "US Government L4 (GCC High)",
            Cloud::UsGovL5 => "US Government L5 (DoD)",
            Cloud::China => "China (21Vianet)",
        }
    }

    /// The host that signs in and issues tokens.
    #[must_use]
    pub fn authority(self) -> &'static str {
        match self {
            Cloud::Global => "login.microsoftonline.com",
            Cloud::UsGovL4 | Cloud::UsGovL5 => "login.microsoftonline.us",
            Cloud::China => "login.partner.microsoftonline.cn",
        }
    }

    /// The host of Microsoft Graph.
    #[must_use]
    pub fn graph_host(self) -> &'static str {
        match self {
            Cloud::Global => "graph.microsoft.com",
            Cloud::UsGovL4 => "graph.microsoft.us",
            Cloud::UsGovL5 => "dod-graph.microsoft.us",
            Cloud::China => "microsoftgraph.chinacloudapi.cn",
        }
    }

    /// The address below which Graph answers, without a slash at its end. Scopes begin with it too.
    #[must_use]
    pub fn graph_root(self) -> String {
        format!("https://{}", self.graph_host())
    }

    /// The admin centre in which an administrator mends what is missing.
    #[must_use]
    pub fn admin_centre(self) -> &'static str {
        match self {
            Cloud::Global => "entra.microsoft.com",
            Cloud::UsGovL4 | Cloud::UsGovL5 => "portal.azure.us",
            Cloud::China => "portal.azure.cn",
        }
    }

    /// The Microsoft 365 admin centre, in which it is set what usage reports show. Named by
    /// `whats-new-microsoft-365-government` of the Entra documentation for the US clouds, and by the pages of the Microsoft
    /// 365 documentation on the admin centre for China (`o365-21vianet`).
    #[must_use]
    pub fn office_centre(self) -> &'static str {
        match self {
            Cloud::Global => "admin.microsoft.com",
            Cloud::UsGovL4 => "portal.office365.us",
            Cloud::UsGovL5 => "portal.apps.mil",
            Cloud::China => "portal.partner.microsoftonline.cn",
        }
    }

    /// Where the 302 of a usage report leads. Seen for the worldwide cloud: `reportsweu.office.com`
    /// (centreon/centreon-plugins#3323). For the US clouds the published lists of endpoints name a host for reports, but
    /// no recorded answer confirms it. For China nothing names one.
    #[must_use]
    pub fn report_hosts(self) -> &'static [&'static str] {
        match self {
            Cloud::Global => &["*.office.com"],
            Cloud::UsGovL4 => &["reports.office365.us"],
            Cloud::UsGovL5 => &["reports.apps.mil"],
            Cloud::China => &[],
        }
    }
}
