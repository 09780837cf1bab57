//! Reports about mail.

use crate::reports::cell::Cell;
use crate::reports::{About, Report};
use crate::tenant::product::Workload::Exchange;

/// `getEmailActivityUserDetail`.
pub(crate) const EMAIL_ACTIVITY: Report = Report {
    name: "getEmailActivityUserDetail",
    dated_days: 30,
    by_period: true,
    about: About::Licensed(&[Exchange]),
    columns: &[
        ("Report Refresh Date", Cell::Refresh),
        ("User Principal Name", Cell::Principal),
        ("Display Name", Cell::DisplayName),
        ("Is Deleted", Cell::IsDeleted),
        ("Deleted Date", Cell::DeletedDate),
        ("Last Activity Date", Cell::Last(Exchange)),
        ("Send Count", Cell::Count(Exchange, 20)),
        ("Receive Count", Cell::Count(Exchange, 60)),
        ("Read Count", Cell::Count(Exchange, 45)),
        ("Meeting Created Count", Cell::Count(Exchange, 2)),
        ("Meeting Interacted Count", Cell::Count(Exchange, 5)),
        ("Assigned Products", Cell::Products),
        ("Report Period", Cell::Period),
    ],
};

/// `getMailboxUsageDetail`.
pub(crate) const MAILBOX_USAGE: Report = Report {
    name: "getMailboxUsageDetail",
    dated_days: 0,
    by_period: true,
    about: About::Licensed(&[Exchange]),
    columns: &[
        ("Report Refresh Date", Cell::Refresh),
        ("User Principal Name", Cell::Principal),
        ("Display Name", Cell::DisplayName),
        ("Is Deleted", Cell::IsDeleted),
        ("Deleted Date", Cell::DeletedDate),
        ("Created Date", Cell::Created),
        ("Last Activity Date", Cell::Last(Exchange)),
        ("Item Count", Cell::Amount(90000)),
        ("Storage Used (Byte)", Cell::Megabytes(48000)),
        ("Issue Warning Quota (Byte)", Cell::Fixed("105226698752")),
        ("Prohibit Send Quota (Byte)", Cell::Fixed("106300440576")),
        ("Prohibit Send/Receive Quota (Byte)", Cell::Fixed("107374182400")),
        ("Deleted Item Count", Cell::Amount(4000)),
        ("Deleted Item Size (Byte)", Cell::Megabytes(900)),
        ("Deleted Item Quota (Byte)", Cell::Fixed("32212254720")),
        ("Has Archive", Cell::Fixed("False")),
        ("Report Period", Cell::Period),
    ],
};

/// `getEmailAppUsageUserDetail`.
pub(crate) const EMAIL_APPS: Report = Report {
    name: "getEmailAppUsageUserDetail",
    dated_days: 30,
    by_period: true,
    about: About::Licensed(&[Exchange]),
    columns: &[
        ("Report Refresh Date", Cell::Refresh),
        ("User Principal Name", Cell::Principal),
        ("Display Name", Cell::DisplayName),
        ("Is Deleted", Cell::IsDeleted),
        ("Deleted Date", Cell::DeletedDate),
        ("Last Activity Date", Cell::Last(Exchange)),
        ("Mail For Mac", Cell::Count(Exchange, 0)),
        ("Outlook For Mac", Cell::Count(Exchange, 1)),
        ("Outlook For Windows", Cell::Count(Exchange, 3)),
        ("Outlook For Mobile", Cell::Count(Exchange, 2)),
        ("Other For Mobile", Cell::Count(Exchange, 0)),
        ("Outlook For Web", Cell::Count(Exchange, 2)),
        ("POP3 App", Cell::Count(Exchange, 0)),
        ("IMAP4 App", Cell::Count(Exchange, 0)),
        ("SMTP App", Cell::Count(Exchange, 0)),
        ("Report Period", Cell::Period),
    ],
};
