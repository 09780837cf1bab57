//! Applications that the tenants of the simulator know: names and web addresses of real products, with ids made up.
//!
//! Only Microsoft's own applications carry their published ids.

use crate::tenant::application::Origin;

/// What is known of an application in any tenant.
pub(crate) struct Listing {
    /// The display name.
    pub(crate) name: &'static str,
    /// Who makes it; empty for the tenant's own.
    pub(crate) publisher: &'static str,
    /// Its domain; for the tenant's own, the first label in the tenant's domain.
    pub(crate) domain: &'static str,
    /// Whose it is.
    pub(crate) origin: Origin,
    /// How people sign in to it.
    pub(crate) sign_on: Option<&'static str>,
    /// The published client id, where there is one.
    pub(crate) app_id: Option<&'static str>,
    /// How often it is used, against the others.
    pub(crate) weight: u32,
    /// The department that uses it most, by its place in the table.
    pub(crate) department: Option<u8>,
    /// Days from when it is first signed in to until the simulator's start.
    pub(crate) appears_ago: Option<i32>,
}

const fn own(name: &'static str, app_id: &'static str, weight: u32) -> Listing {
    Listing {
        name,
        publisher: "Microsoft Services",
        domain: "microsoft.com",
        origin: Origin::Microsoft,
        sign_on: None,
        app_id: Some(app_id),
        weight,
        department: None,
        appears_ago: None,
    }
}

#[expect(clippy::too_many_arguments, reason = "a row of a table, in the order of its columns")]
const fn saas(
    name: &'static str,
    publisher: &'static str,
    domain: &'static str,
    origin: Origin,
    sign_on: Option<&'static str>,
    weight: u32,
    department: Option<u8>,
    appears_ago: Option<i32>,
) -> Listing {
    Listing { name, publisher, domain, origin, sign_on, app_id: None, weight, department, appears_ago }
}

/// Microsoft's own applications.
pub(crate) const FIRST_PARTY: &[Listing] = &[
    own("Office 365 Exchange Online", "00000002-0000-0ff1-ce00-000000000000", 18),
    own("Office 365 SharePoint Online", "00000003-0000-0ff1-ce00-000000000000", 14),
    own("Microsoft Teams", "1fec8e78-bce4-4aaf-ab1b-5451cc387264", 22),
    own("OfficeHome", "4765445b-32c6-49b0-83e6-1d93765276ca", 16),
    own("Microsoft Office", "d3590ed6-52b3-4102-aeff-aad2292ab01c", 14),
    own("OneDrive SyncEngine", "ab9b8c07-8f02-4f72-87fa-80105867a763", 6),
    own("Outlook Mobile", "27922004-5251-4030-b22d-91ecd9a37ea4", 6),
    own("Power BI Service", "00000009-0000-0000-c000-000000000000", 2),
    own("Azure Portal", "c44b4083-3bb0-49c1-b47d-974e53cbdf3c", 1),
    own("Microsoft Graph", "00000003-0000-0000-c000-000000000000", 0),
];

/// Applications of other makers.
#[rustfmt::skip]
pub(crate) const SAAS: &[Listing] = &[
    saas("Slack", "Slack Technologies", "slack.com", Origin::Gallery, Some("saml"), 30, None, None),
    saas("Zoom", "Zoom Video Communications", "zoom.us", Origin::Gallery, Some("saml"), 34, None, None),
    saas("Salesforce", "Salesforce", "salesforce.com", Origin::Gallery, Some("saml"), 26, Some(0), None),
    saas("Atlassian Cloud", "Atlassian", "atlassian.com", Origin::Gallery, Some("saml"), 30, Some(3), None),
    saas("ServiceNow", "ServiceNow", "service-now.com", Origin::Gallery, Some("saml"), 16, Some(10), None),
    saas("Workday", "Workday", "workday.com", Origin::Gallery, Some("saml"), 24, None, None),
    saas("DocuSign", "DocuSign", "docusign.com", Origin::Gallery, Some("saml"), 8, Some(9), None),
    saas("Dropbox Business", "Dropbox", "dropbox.com", Origin::Gallery, Some("saml"), 10, None, None),
    saas("Box", "Box", "box.com", Origin::Gallery, Some("saml"), 6, None, None),
    saas("GitHub Enterprise Cloud", "GitHub", "github.com", Origin::Gallery, Some("saml"), 22, Some(3), None),
    saas("Zendesk", "Zendesk", "zendesk.com", Origin::Gallery, Some("saml"), 16, Some(2), None),
    saas("HubSpot", "HubSpot", "hubspot.com", Origin::Gallery, Some("saml"), 10, Some(1), None),
    saas("SAP Concur", "SAP", "concursolutions.com", Origin::Gallery, Some("saml"), 12, None, None),
    saas("Oracle NetSuite", "Oracle", "netsuite.com", Origin::Gallery, Some("saml"), 8, Some(7), None),
    saas("Tableau Cloud", "Tableau Software", "tableau.com", Origin::Gallery, Some("saml"), 6, None, None),
    saas("Snowflake", "Snowflake", "snowflakecomputing.com", Origin::Gallery, Some("saml"), 5, Some(3), None),
    saas("Datadog", "Datadog", "datadoghq.com", Origin::Gallery, Some("saml"), 8, Some(3), None),
    saas("PagerDuty", "PagerDuty", "pagerduty.com", Origin::Gallery, Some("saml"), 4, Some(3), None),
    saas("Adobe Creative Cloud", "Adobe", "adobe.com", Origin::Gallery, Some("saml"), 9, Some(1), None),
    saas("Smartsheet", "Smartsheet", "smartsheet.com", Origin::Gallery, Some("saml"), 5, None, None),
    saas("BambooHR", "BambooHR", "bamboohr.com", Origin::Gallery, Some("saml"), 5, Some(8), None),
    saas("Cisco Webex", "Cisco", "webex.com", Origin::Gallery, Some("saml"), 4, None, None),
    saas("RingCentral", "RingCentral", "ringcentral.com", Origin::Gallery, Some("saml"), 3, Some(2), None),
    saas("Legacy Expense Portal", "Harbour Software", "expenses.harbour.example", Origin::Gallery, Some("password"), 3, Some(7), None),
    saas("Miro", "Miro", "miro.com", Origin::Publisher, Some("oidc"), 12, None, None),
    saas("Figma", "Figma", "figma.com", Origin::Publisher, Some("oidc"), 10, Some(1), None),
    saas("Notion", "Notion Labs", "notion.so", Origin::Publisher, Some("oidc"), 10, None, None),
    saas("Asana", "Asana", "asana.com", Origin::Publisher, Some("oidc"), 8, None, None),
    saas("monday.com", "monday.com", "monday.com", Origin::Publisher, Some("oidc"), 7, None, None),
    saas("Lucidchart", "Lucid Software", "lucid.app", Origin::Publisher, Some("oidc"), 6, None, None),
    saas("Calendly", "Calendly", "calendly.com", Origin::Publisher, Some("oidc"), 9, Some(0), None),
    saas("Grammarly", "Grammarly", "grammarly.com", Origin::Publisher, Some("oidc"), 8, None, None),
    saas("Canva", "Canva", "canva.com", Origin::Publisher, Some("oidc"), 9, Some(1), None),
    saas("Airtable", "Airtable", "airtable.com", Origin::Publisher, Some("oidc"), 4, None, None),
    saas("Postman", "Postman", "postman.com", Origin::Publisher, Some("oidc"), 5, Some(3), None),
    saas("Sentry", "Functional Software", "sentry.io", Origin::Publisher, Some("oidc"), 4, Some(3), None),
    saas("ChatGPT", "OpenAI", "openai.com", Origin::Publisher, Some("oidc"), 14, None, None),
    saas("Loom", "Loom", "loom.com", Origin::Publisher, Some("oidc"), 4, None, None),
    saas("Linear", "Linear", "linear.app", Origin::Publisher, Some("oidc"), 5, Some(3), None),
    saas("Perplexity", "Perplexity AI", "perplexity.ai", Origin::Publisher, Some("oidc"), 9, None, Some(5)),
    saas("Gamma", "Gamma Tech", "gamma.app", Origin::Publisher, Some("oidc"), 9, None, Some(3)),
    saas("Fireflies.ai Notetaker", "Fireflies", "fireflies.ai", Origin::Publisher, Some("oidc"), 8, None, Some(1)),
    saas("Cursor", "Anysphere", "cursor.com", Origin::Publisher, Some("oidc"), 8, Some(3), Some(-1)),
    saas("Granola", "Granola", "granola.ai", Origin::Publisher, Some("oidc"), 8, None, Some(-3)),
];

/// The tenant's own applications.
pub(crate) const HOME_MADE: &[Listing] = &[
    saas("Intranet", "", "intranet", Origin::Home, Some("oidc"), 26, None, None),
    saas("Time Recording", "", "time", Origin::Home, Some("oidc"), 20, None, None),
    saas("Warehouse Console", "", "warehouse", Origin::Home, Some("oidc"), 6, None, None),
    saas("Build Farm", "", "build", Origin::Home, Some("oidc"), 8, Some(3), None),
    saas("Legacy CRM", "", "crm", Origin::Home, None, 1, Some(0), None),
];
