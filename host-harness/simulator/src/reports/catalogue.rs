//! The usage reports, each as its columns in the order in which the service writes them.

use crate::reports::cell::Cell;
use crate::reports::{About, Report};
use crate::tenant::product::WORKLOADS;
use crate::tenant::product::Workload::{Exchange, OneDrive, SharePoint, Skype, Teams, Yammer};

/// All reports.
pub(crate) const REPORTS: &[Report] = &[Report {
    name: "getOffice365ActiveUserDetail",
    dated_days: 30,
    by_period: true,
    about: About::Licensed(&WORKLOADS),
    columns: &[
        ("Report Refresh Date", Cell::Refresh),
        ("User Principal Name", Cell::Principal),
        ("Display Name", Cell::DisplayName),
        ("Is Deleted", Cell::IsDeleted),
        ("Deleted Date", Cell::DeletedDate),
        ("Has Exchange License", Cell::Has(Exchange)),
        ("Has OneDrive License", Cell::Has(OneDrive)),
        ("Has SharePoint License", Cell::Has(SharePoint)),
        ("Has Skype For Business License", Cell::Has(Skype)),
        ("Has Yammer License", Cell::Has(Yammer)),
        ("Has Teams License", Cell::Has(Teams)),
        ("Exchange Last Activity Date", Cell::Last(Exchange)),
        ("OneDrive Last Activity Date", Cell::Last(OneDrive)),
        ("SharePoint Last Activity Date", Cell::Last(SharePoint)),
        ("Skype For Business Last Activity Date", Cell::Last(Skype)),
        ("Yammer Last Activity Date", Cell::Last(Yammer)),
        ("Teams Last Activity Date", Cell::Last(Teams)),
        ("Exchange License Assign Date", Cell::Assigned(Exchange)),
        ("OneDrive License Assign Date", Cell::Assigned(OneDrive)),
        ("SharePoint License Assign Date", Cell::Assigned(SharePoint)),
        ("Skype For Business License Assign Date", Cell::Assigned(Skype)),
        ("Yammer License Assign Date", Cell::Assigned(Yammer)),
        ("Teams License Assign Date", Cell::Assigned(Teams)),
        ("Assigned Products", Cell::Products),
    ],
}];

/// The report with this name, in any letter case.
pub(crate) fn find(name: &str) -> Option<&'static Report> {
    REPORTS.iter().find(|report| report.name.eq_ignore_ascii_case(name))
}
