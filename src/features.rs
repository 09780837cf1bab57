//! The features of usage rows: their ids, which never change, and what people call them.
//!
//! Rules judge by these ids, and each report under `src/reports/` fills some of them.

/// Something that persons use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Feature {
    /// Lower-case words joined by hyphens, as `usage.feature` has it.
    pub id: &'static str,
    /// For people.
    pub title: &'static str,
    /// What it belongs to: the id of a workload, `apps`, `activations` or `copilot`.
    pub workload: &'static str,
}

/// All features, in the order of the reports.
pub const ALL: [Feature; 97] = [
    feature("exchange", "Exchange", "exchange"),
    feature("onedrive", "OneDrive", "onedrive"),
    feature("sharepoint", "SharePoint", "sharepoint"),
    feature("skype-for-business", "Skype for Business", "skype-for-business"),
    feature("viva-engage", "Viva Engage", "viva-engage"),
    feature("teams", "Teams", "teams"),
    feature("apps-windows", "Microsoft 365 Apps on Windows", "apps"),
    feature("apps-mac", "Microsoft 365 Apps on Mac", "apps"),
    feature("apps-mobile", "Microsoft 365 Apps on a mobile device", "apps"),
    feature("apps-web", "Microsoft 365 Apps in the browser", "apps"),
    feature("outlook-windows", "Outlook on Windows", "apps"),
    feature("word-windows", "Word on Windows", "apps"),
    feature("excel-windows", "Excel on Windows", "apps"),
    feature("powerpoint-windows", "PowerPoint on Windows", "apps"),
    feature("onenote-windows", "OneNote on Windows", "apps"),
    feature("teams-windows", "Teams on Windows", "apps"),
    feature("outlook-mac", "Outlook on Mac", "apps"),
    feature("word-mac", "Word on Mac", "apps"),
    feature("excel-mac", "Excel on Mac", "apps"),
    feature("powerpoint-mac", "PowerPoint on Mac", "apps"),
    feature("onenote-mac", "OneNote on Mac", "apps"),
    feature("teams-mac", "Teams on Mac", "apps"),
    feature("outlook-mobile", "Outlook on a mobile device", "apps"),
    feature("word-mobile", "Word on a mobile device", "apps"),
    feature("excel-mobile", "Excel on a mobile device", "apps"),
    feature("powerpoint-mobile", "PowerPoint on a mobile device", "apps"),
    feature("onenote-mobile", "OneNote on a mobile device", "apps"),
    feature("teams-mobile", "Teams on a mobile device", "apps"),
    feature("outlook-web", "Outlook in the browser", "apps"),
    feature("word-web", "Word in the browser", "apps"),
    feature("excel-web", "Excel in the browser", "apps"),
    feature("powerpoint-web", "PowerPoint in the browser", "apps"),
    feature("onenote-web", "OneNote in the browser", "apps"),
    feature("teams-web", "Teams in the browser", "apps"),
    feature("mail-sent", "Mail sent", "exchange"),
    feature("mail-received", "Mail received", "exchange"),
    feature("mail-read", "Mail read", "exchange"),
    feature("meetings-created", "Meetings created", "exchange"),
    feature("meetings-answered", "Meetings answered", "exchange"),
    feature("mailbox", "Mailbox size", "exchange"),
    feature("mailbox-quota", "Mailbox limit", "exchange"),
    feature("mailbox-items", "Mailbox items", "exchange"),
    feature("mailbox-archive", "Mailbox archive", "exchange"),
    feature("mail-app-mail-mac", "Mail for Mac", "exchange"),
    feature("mail-app-outlook-mac", "Mail in Outlook for Mac", "exchange"),
    feature("mail-app-outlook-windows", "Mail in Outlook for Windows", "exchange"),
    feature("mail-app-outlook-mobile", "Mail in Outlook for mobile", "exchange"),
    feature("mail-app-other-mobile", "Mail in another mobile app", "exchange"),
    feature("mail-app-outlook-web", "Mail in Outlook on the web", "exchange"),
    feature("mail-app-pop3", "Mail by POP3", "exchange"),
    feature("mail-app-imap4", "Mail by IMAP4", "exchange"),
    feature("mail-app-smtp", "Mail by SMTP", "exchange"),
    feature("teams-chat", "Messages in team chats", "teams"),
    feature("teams-private-chat", "Messages in private chats", "teams"),
    feature("teams-calls", "Calls", "teams"),
    feature("teams-meetings", "Meetings", "teams"),
    feature("teams-meetings-organized", "Meetings organised", "teams"),
    feature("teams-meetings-attended", "Meetings attended", "teams"),
    feature("teams-posts", "Posts in channels", "teams"),
    feature("teams-replies", "Replies in channels", "teams"),
    feature("teams-audio", "Time in audio", "teams"),
    feature("teams-video", "Time in video", "teams"),
    feature("teams-screen-share", "Time of screen sharing", "teams"),
    feature("teams-device-web", "Teams device: browser", "teams"),
    feature("teams-device-windows", "Teams device: Windows", "teams"),
    feature("teams-device-mac", "Teams device: Mac", "teams"),
    feature("teams-device-ios", "Teams device: iOS", "teams"),
    feature("teams-device-android", "Teams device: Android", "teams"),
    feature("teams-device-chrome-os", "Teams device: Chrome OS", "teams"),
    feature("teams-device-linux", "Teams device: Linux", "teams"),
    feature("teams-device-windows-phone", "Teams device: Windows Phone", "teams"),
    feature("onedrive-files", "OneDrive files viewed or edited", "onedrive"),
    feature("onedrive-synced", "OneDrive files synchronised", "onedrive"),
    feature("onedrive-shared-internally", "OneDrive files shared inside", "onedrive"),
    feature("onedrive-shared-externally", "OneDrive files shared outside", "onedrive"),
    feature("onedrive-storage", "OneDrive storage", "onedrive"),
    feature("onedrive-storage-files", "OneDrive files stored", "onedrive"),
    feature("sharepoint-files", "SharePoint files viewed or edited", "sharepoint"),
    feature("sharepoint-synced", "SharePoint files synchronised", "sharepoint"),
    feature("sharepoint-shared-internally", "SharePoint files shared inside", "sharepoint"),
    feature("sharepoint-shared-externally", "SharePoint files shared outside", "sharepoint"),
    feature("sharepoint-pages", "SharePoint pages visited", "sharepoint"),
    feature("viva-engage-posted", "Viva Engage messages posted", "viva-engage"),
    feature("viva-engage-read", "Viva Engage messages read", "viva-engage"),
    feature("viva-engage-liked", "Viva Engage messages liked", "viva-engage"),
    feature("activation-windows", "Apps activated on Windows", "activations"),
    feature("activation-mac", "Apps activated on Mac", "activations"),
    feature("activation-mobile", "Apps activated on mobile devices", "activations"),
    feature("copilot", "Copilot", "copilot"),
    feature("copilot-teams", "Copilot in Teams", "copilot"),
    feature("copilot-word", "Copilot in Word", "copilot"),
    feature("copilot-excel", "Copilot in Excel", "copilot"),
    feature("copilot-powerpoint", "Copilot in PowerPoint", "copilot"),
    feature("copilot-outlook", "Copilot in Outlook", "copilot"),
    feature("copilot-onenote", "Copilot in OneNote", "copilot"),
    feature("copilot-loop", "Copilot in Loop", "copilot"),
    feature("copilot-chat", "Copilot Chat", "copilot"),
];

const fn feature(id: &'static str, title: &'static str, workload: &'static str) -> Feature {
    Feature { id, title, workload }
}

/// What people call a feature; the id itself when it is none of these.
#[must_use]
pub fn title(id: &str) -> &str {
    ALL.iter().find(|feature| feature.id == id).map_or(id, |feature| feature.title)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_id_is_there_once_in_lower_case_words_joined_by_hyphens_and_has_a_title_of_its_own() {
        let ids: BTreeSet<&str> = ALL.iter().map(|feature| feature.id).collect();
        let titles: BTreeSet<&str> = ALL.iter().map(|feature| feature.title).collect();
        assert_eq!((ids.len(), titles.len()), (ALL.len(), ALL.len()));
        for id in ids {
            assert!(id.split('-').all(|word| !word.is_empty()), "{id}");
            assert!(id.chars().all(|c| c == '-' || c.is_ascii_lowercase() || c.is_ascii_digit()), "{id}");
        }
        assert_eq!((title("word-windows"), title("unheard-of")), ("Word on Windows", "unheard-of"));
    }
}
