//! What set-up registers: for the tenant alone, and asking for no more than the features need.

use simulator::Options;

use crate::set_up::{new, set_up};
use crate::tenant::{Tenant, small};

const FEATURES: [(&str, &[&str]); 5] = [
    ("spend", &["GroupMember.Read.All", "Organization.Read.All", "User.Read.All"]),
    ("use", &["ReportSettings.Read.All", "Reports.Read.All"]),
    ("activity", &["AuditLog.Read.All", "User.Read.All"]),
    ("applications", &["AuditLog.Read.All", "Directory.Read.All"]),
    (
        "spend,use",
        &[
            "GroupMember.Read.All",
            "Organization.Read.All",
            "ReportSettings.Read.All",
            "Reports.Read.All",
            "User.Read.All",
        ],
    ),
];

#[test]
fn an_application_is_made_for_its_tenant_alone_and_asks_for_what_its_features_need_in_the_way_that_signs_in() {
    for (sign_in, is_delegated) in [("application", false), ("browser", true)] {
        for (features, needed) in FEATURES {
            let tenant = Tenant::new(Options { users: 40, ..small() });
            let desk = tenant.desk();
            let words = format!("{} --set sign-in={sign_in} --set features={features}", new(&tenant));
            set_up(&tenant, &desk, &words).with(0);
            let (audience, mut scopes, mut roles) = tenant.control().last_registered().expect("an application");
            assert_eq!(audience, "AzureADMyOrg", "{features}");
            scopes.sort();
            roles.sort();
            let (asked, other) = if is_delegated { (scopes, roles) } else { (roles, scopes) };
            assert_eq!(asked, needed, "{sign_in}: {features}");
            assert_eq!(other, [""; 0], "{sign_in}: {features}");
        }
    }
}
