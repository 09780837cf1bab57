//! Chats, calls and meetings: `getTeamsUserActivityUserDetail`.

use crate::reports::{Asked, Measure, UsageReport, Value, count};

/// The id of the dataset.
pub const ID: &str = "teams-activity";

/// The report.
pub const REPORT: UsageReport = UsageReport {
    id: ID,
    title: "Activity in Teams",
    help: "Messages, calls and meetings of each user in Teams within 180 days, and the time spent in audio, video and screen sharing.",
    function: "getTeamsUserActivityUserDetail",
    asked: Asked::Period,
    person: "User Principal Name",
    last: "Last Activity Date",
    measures: &[
        count("teams-chat", &["Team Chat Message Count"], "messages"),
        count("teams-private-chat", &["Private Chat Message Count"], "messages"),
        count("teams-calls", &["Call Count"], "calls"),
        count("teams-meetings", &["Meeting Count"], "meetings"),
        count("teams-meetings-organized", &["Meetings Organized Count"], "meetings"),
        count("teams-meetings-attended", &["Meetings Attended Count"], "meetings"),
        count("teams-posts", &["Post Messages"], "messages"),
        count("teams-replies", &["Reply Messages"], "messages"),
        time("teams-audio", &["Audio Duration In Seconds", "Audio Duration"]),
        time("teams-video", &["Video Duration In Seconds", "Video Duration"]),
        time("teams-screen-share", &["Screen Share Duration In Seconds", "Screen Share Duration"]),
    ],
    summed: false,
};

/// The same by day: only what was used has a row.
pub const DAYS: UsageReport = UsageReport {
    id: "teams-activity-days",
    title: "Days of activity in Teams",
    help: "The days on which each user wrote, called and met in Teams. Read only when the setting daily-reports names it.",
    asked: Asked::Day,
    ..REPORT
};

/// The service has written spans beside seconds, and before.
const fn time(feature: &'static str, columns: &'static [&'static str]) -> Measure {
    Measure { feature, columns, value: Value::Time, judged: false }
}
