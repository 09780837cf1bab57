//! Usage reports over TLS.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests say what they expect by failing"
)]

mod support;

use std::time::Duration;

use simulator::{Fault, Mishap, Options};
use support::{Answer, Site, options};

const REPORT: &str = "/v1.0/reports/getOffice365ActiveUserDetail";

async fn fetch(site: &Site, argument: &str) -> Vec<Vec<String>> {
    let token = site.token().await;
    let answer = site.get(&token, &format!("{REPORT}{argument}")).await;
    assert_eq!(answer.status, 302, "{}", answer.body_text());
    rows(&site.plain(answer.header("location")).await)
}

/// The rows of a file, the header line first.
fn rows(file: &Answer) -> Vec<Vec<String>> {
    assert_eq!(file.status, 200, "{}", file.body_text());
    let text = file.body_text();
    let text = text.strip_prefix('\u{feff}').expect("a byte order mark");
    assert!(text.ends_with("\r\n"));
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

fn column(rows: &[Vec<String>], name: &str) -> Vec<String> {
    let place = rows[0].iter().position(|each| each == name).unwrap();
    rows[1..].iter().map(|row| row[place].clone()).collect()
}

#[tokio::test]
async fn a_report_is_a_redirect_to_another_host_that_wants_no_token() {
    let site = Site::start(options()).await;
    let token = site.token().await;
    let answer = site.get(&token, &format!("{REPORT}(period='D180')")).await;
    let location = answer.header("location").to_owned();
    assert_eq!(answer.status, 302);
    assert!(location.starts_with("https://reportsweu.office.com/data/v1.0/download?token="), "{location}");
    let control = site.simulator.control();
    assert_eq!(site.get(&token, &location).await.status, 400);
    assert_eq!(control.leaks(), 1);
    let file = site.plain(&location).await;
    assert_eq!(file.header("content-type"), "application/octet-stream");
    let rows = rows(&file);
    assert_eq!(rows[0].len(), 24);
    assert!(rows.len() > 200);
    assert_eq!(control.leaks(), 1);
    control.advance(Duration::from_secs(120));
    assert_eq!(site.plain(&location).await.status, 403);
    assert_eq!(site.plain("https://reportsweu.office.com/data/v1.0/download?token=forged").await.status, 401);
}

#[tokio::test]
async fn the_data_are_two_days_behind_and_reach_back_as_far_as_the_period() {
    let site = Site::start(Options { users: 1200, ..options() }).await;
    for (argument, first) in [("(period='D7')", "2026-11-12"), ("(period='D180')", "2026-05-23")] {
        let rows = fetch(&site, argument).await;
        assert!(column(&rows, "Report Refresh Date").iter().all(|date| date == "2026-11-18"));
        let used = column(&rows, "Teams Last Activity Date");
        assert!(used.iter().any(String::is_empty));
        let dates: Vec<&String> = used.iter().filter(|date| !date.is_empty()).collect();
        assert!(dates.iter().all(|date| (first..="2026-11-18").contains(&date.as_str())));
        assert!(column(&rows, "Skype For Business Last Activity Date").iter().all(String::is_empty));
        let deleted = column(&rows, "Is Deleted");
        assert!(deleted.iter().all(|is| is == "True" || is == "False"));
        assert!(deleted.iter().any(|is| is == "True"));
    }
    let names = column(&fetch(&site, "(period='D7')").await, "Assigned Products");
    assert!(names.iter().any(|name| name.starts_with("MICROSOFT 365 E3")), "{:?}", &names[..5]);
}

#[tokio::test]
async fn a_report_of_one_date_lists_who_did_something_that_day() {
    let site = Site::start(options()).await;
    let rows = fetch(&site, "(date=2026-11-17)").await;
    assert!(rows.len() > 100 && rows.len() < 280, "{}", rows.len());
    for row in &rows[1..] {
        let dates: Vec<&String> = row[11..17].iter().filter(|date| !date.is_empty()).collect();
        assert!(!dates.is_empty() && dates.iter().all(|date| *date == "2026-11-17"));
    }
}

#[tokio::test]
async fn other_periods_dates_and_names_are_refused() {
    let site = Site::start(options()).await;
    let token = site.token().await;
    for path in [
        "getOffice365ActiveUserDetail",
        "getOffice365ActiveUserDetail(period='D365')",
        "getOffice365ActiveUserDetail(period=D7)",
        "getOffice365ActiveUserDetail(date=2026-11-19)",
        "getOffice365ActiveUserDetail(date=2026-10-19)",
        "getMailboxUsageDetail(date=2026-11-17)",
        "getOffice365ActivationsUserDetail(period='D7')",
        "getNothing(period='D7')",
        "getOffice365ActiveUserDetail(period='D7')?$format=application/json",
    ] {
        assert_eq!(site.get(&token, &format!("/v1.0/reports/{path}")).await.status, 400, "{path}");
    }
    for path in [
        "getOffice365ActivationsUserDetail",
        "getMailboxUsageDetail(period='D30')",
        "getOffice365ActiveUserDetail(date=2026-10-20)",
    ] {
        assert_eq!(site.get(&token, &format!("/v1.0/reports/{path}")).await.status, 302, "{path}");
    }
}

#[tokio::test]
async fn a_file_that_is_known_is_not_sent_again() {
    let site = Site::start(options()).await;
    let token = site.token().await;
    let url = site.url(&format!("{REPORT}(period='D7')"));
    let etag = site.get(&token, &url).await.header("etag").to_owned();
    let again = async || {
        let token = site.token().await;
        let request = site.client.get(&url).header("authorization", format!("Bearer {token}"));
        request.header("if-none-match", &etag).send().await.unwrap().status().as_u16()
    };
    assert_eq!(again().await, 304);
    site.simulator.control().advance(Duration::from_secs(86_400));
    assert_eq!(again().await, 302);
}

#[tokio::test]
async fn concealed_names_are_stable_and_join_to_nothing() {
    let site = Site::start(Options { concealed: true, ..options() }).await;
    let token = site.token().await;
    assert_eq!(site.get(&token, "/v1.0/admin/reportSettings").await.json["displayConcealedNames"], true);
    let one = column(&fetch(&site, "(period='D7')").await, "User Principal Name");
    let other = column(&fetch(&site, "(period='D30')").await, "User Principal Name");
    assert_eq!(one, other);
    let upper_hex =
        |text: &String| text.len() == 32 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'A'..=b'F'));
    assert!(one.iter().all(upper_hex), "{:?}", &one[..3]);
    let location = site.get(&token, "/v1.0/reports/getTeamsUserActivityUserDetail(period='D7')").await;
    let teams = rows(&site.plain(location.header("location")).await);
    assert!(column(&teams, "User Id").iter().all(|id| id == "00000000-0000-0000-0000-000000000000"));
    site.simulator.control().set_concealed(false);
    let shown = column(&fetch(&site, "(period='D7')").await, "User Principal Name");
    assert!(shown.iter().all(|name| name.contains('@')));
}

#[tokio::test]
async fn a_redirect_can_be_led_astray() {
    let site = Site::start(options()).await;
    let token = site.token().await;
    site.simulator.control().inject(Fault::next("/reports/", Mishap::WrongRedirect("evil.example".to_owned())));
    let answer = site.get(&token, &format!("{REPORT}(period='D7')")).await;
    assert!(answer.header("location").starts_with("https://evil.example/"));
}

#[tokio::test]
async fn national_clouds_have_two_reports_in_beta_as_json_and_no_other() {
    let site = Site::start(Options { cloud: simulator::Cloud::UsGov, ..options() }).await;
    let token = site.token().await;
    let ask = async |path: &str| site.get(&token, path).await.status;
    for report in ["getOffice365ActiveUserDetail", "getTeamsDeviceUsageUserDetail", "getEmailActivityUserDetail"] {
        assert_eq!(ask(&format!("/v1.0/reports/{report}(period='D7')")).await, 404, "{report}");
    }
    assert_eq!(ask("/beta/reports/getEmailActivityUserDetail(period='D7')").await, 404);
    let json = "/beta/reports/getOffice365ActiveUserDetail(period='D7')?$format=application/json";
    assert_eq!(ask(json).await, 200);
}

const COPILOT: &str = "getMicrosoft365CopilotUsageUserDetail(period='D180')";

#[tokio::test]
async fn the_report_on_copilot_has_a_place_of_its_own_and_is_json_unless_csv_is_asked_for() {
    let site = Site::start(Options { users: 3000, ..options() }).await;
    let token = site.token().await;
    for path in [format!("/v1.0/reports/{COPILOT}"), format!("/beta/copilot/reports/{COPILOT}")] {
        assert_eq!(site.get(&token, &path).await.status, 400, "{path}");
    }
    let csv = site.get(&token, &format!("/v1.0/copilot/reports/{COPILOT}?$format=text/csv")).await;
    let csv = rows(&site.plain(csv.header("location")).await);
    let names = column(&csv, "User Principal Name");
    let word = column(&csv, "Word Copilot Last Activity Date");
    assert!(word.iter().any(String::is_empty) && word.iter().any(|date| date.starts_with("2026-")));

    let mut found = Vec::new();
    let mut url = format!("/beta/reports/{COPILOT}");
    loop {
        let page = site.get(&token, &url).await.json;
        let records = page["value"].as_array().unwrap();
        assert!(records.len() <= 200);
        for record in records {
            assert_eq!(record["copilotActivityUserDetailsByPeriod"][0]["reportPeriod"], 180);
            found.push((
                record["userPrincipalName"].as_str().unwrap().to_owned(),
                record["wordCopilotLastActivityDate"].as_str().unwrap_or_default().to_owned(),
            ));
        }
        let Some(next) = page["@odata.nextLink"].as_str() else { break };
        url = next.to_owned();
    }
    assert_eq!(found, names.into_iter().zip(word).collect::<Vec<_>>());
    site.simulator.control().remove_copilot_report();
    assert_eq!(site.get(&token, &format!("/v1.0/copilot/reports/{COPILOT}")).await.status, 400);
}

#[tokio::test]
async fn the_newest_days_can_lack_users_who_come_later_and_reports_can_be_further_behind() {
    let site = Site::start(options()).await;
    let control = site.simulator.control();
    let (newest, settled) = ("(date=2026-11-18)", "(date=2026-11-16)");
    control.set_late_reports(true);
    let (early, before) = (fetch(&site, newest).await.len(), fetch(&site, settled).await.len());
    control.set_late_reports(false);
    let (late, after) = (fetch(&site, newest).await.len(), fetch(&site, settled).await.len());
    assert!(early < late, "{early} and {late}");
    assert_eq!(before, after);
    control.set_reports_behind(4);
    let token = site.token().await;
    assert_eq!(site.get(&token, &format!("{REPORT}{newest}")).await.status, 400);
    assert_eq!(column(&fetch(&site, "(period='D7')").await, "Report Refresh Date")[0], "2026-11-16");
}
