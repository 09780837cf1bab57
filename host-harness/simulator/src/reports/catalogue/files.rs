//! Reports about OneDrive, SharePoint and Yammer.

use crate::reports::cell::Cell;
use crate::reports::{About, Report};
use crate::tenant::product::Workload::{OneDrive, SharePoint, Yammer};

/// `getOneDriveActivityUserDetail`.
pub(crate) const ONEDRIVE_ACTIVITY: Report = Report {
    name: "getOneDriveActivityUserDetail",
    dated_days: 30,
    by_period: true,
    about: About::Licensed(&[OneDrive]),
    columns: &[
        ("Report Refresh Date", Cell::Refresh),
        ("User Principal Name", Cell::Principal),
        ("Is Deleted", Cell::IsDeleted),
        ("Deleted Date", Cell::DeletedDate),
        ("Last Activity Date", Cell::Last(OneDrive)),
        ("Viewed Or Edited File Count", Cell::Count(OneDrive, 12)),
        ("Synced File Count", Cell::Count(OneDrive, 20)),
        ("Shared Internally File Count", Cell::Count(OneDrive, 2)),
        ("Shared Externally File Count", Cell::Count(OneDrive, 1)),
        ("Assigned Products", Cell::Products),
        ("Report Period", Cell::Period),
    ],
};

/// `getOneDriveUsageAccountDetail`.
pub(crate) const ONEDRIVE_USAGE: Report = Report {
    name: "getOneDriveUsageAccountDetail",
    dated_days: 30,
    by_period: true,
    about: About::Licensed(&[OneDrive]),
    columns: &[
        ("Report Refresh Date", Cell::Refresh),
        ("Site URL", Cell::Site),
        ("Owner Display Name", Cell::DisplayName),
        ("Is Deleted", Cell::IsDeleted),
        ("Last Activity Date", Cell::Last(OneDrive)),
        ("File Count", Cell::Amount(12000)),
        ("Active File Count", Cell::Count(OneDrive, 12)),
        ("Storage Used (Byte)", Cell::Megabytes(60000)),
        ("Storage Allocated (Byte)", Cell::Fixed("1099511627776")),
        ("Owner Principal Name", Cell::Principal),
        ("Report Period", Cell::Period),
    ],
};

/// `getSharePointActivityUserDetail`.
pub(crate) const SHAREPOINT_ACTIVITY: Report = Report {
    name: "getSharePointActivityUserDetail",
    dated_days: 30,
    by_period: true,
    about: About::Licensed(&[SharePoint]),
    columns: &[
        ("Report Refresh Date", Cell::Refresh),
        ("User Principal Name", Cell::Principal),
        ("Is Deleted", Cell::IsDeleted),
        ("Deleted Date", Cell::DeletedDate),
        ("Last Activity Date", Cell::Last(SharePoint)),
        ("Viewed Or Edited File Count", Cell::Count(SharePoint, 9)),
        ("Synced File Count", Cell::Count(SharePoint, 4)),
        ("Shared Internally File Count", Cell::Count(SharePoint, 1)),
        ("Shared Externally File Count", Cell::Count(SharePoint, 1)),
        ("Visited Page Count", Cell::Count(SharePoint, 14)),
        ("Assigned Products", Cell::Products),
        ("Report Period", Cell::Period),
    ],
};

/// `getYammerActivityUserDetail`.
pub(crate) const YAMMER_ACTIVITY: Report = Report {
    name: "getYammerActivityUserDetail",
    dated_days: 30,
    by_period: true,
    about: About::Licensed(&[Yammer]),
    columns: &[
        ("Report Refresh Date", Cell::Refresh),
        ("User Principal Name", Cell::Principal),
        ("Display Name", Cell::DisplayName),
        ("User State", Cell::State),
        ("State Change Date", Cell::Fixed("")),
        ("Last Activity Date", Cell::Last(Yammer)),
        ("Posted Count", Cell::Count(Yammer, 1)),
        ("Read Count", Cell::Count(Yammer, 9)),
        ("Liked Count", Cell::Count(Yammer, 2)),
        ("Assigned Products", Cell::Products),
        ("Report Period", Cell::Period),
    ],
};
