//! What every report has in common.

use proptest::prelude::*;

use super::*;
use crate::bench::{Bench, Finished, NOW};
use crate::wire::{self, Wire};

const LOCATION: &str = "https://reportsweu.office.com/data/v1.0/download?token=made-up";
const ETAG: &str = "\"abc\"";
const HEADING: &str = "Report Refresh Date,User Principal Name,Is Deleted,Last Activity Date,Send Count,Receive Count,\
                       Read Count,Meeting Created Count,Meeting Interacted Count,Report Period";

fn file(text: &str) -> Wire {
    Wire::default().then_with(302, &[("Location", LOCATION), ("ETag", ETAG)], "").then(200, text)
}

fn rows(done: &Finished) -> Vec<String> {
    let line = |row: &Row| {
        let Row::Usage(row) = row else { panic!("{row:?}") };
        let day = |day: Option<Day>| day.map_or("never".to_owned(), time::day_text);
        let (from, to) = (time::day_text(row.from), time::day_text(row.to));
        let count = row.count.map_or("-".to_owned(), |count| count.to_string());
        format!("{} {} {from} {to} {} {count}", row.principal_name, row.feature, day(row.last_active))
    };
    done.rows.iter().map(line).collect()
}

#[test]
fn a_report_that_is_the_same_is_neither_fetched_nor_written_again() {
    let done = Bench::new(file(&format!("{HEADING}\n"))).finish("email-activity").unwrap();
    let Outcome::Done(Some(bookmark)) = done.outcome else { panic!("{:?}", done.outcome) };
    let mut again = Bench::new(Wire::default().then(304, ""));
    again.bookmark = Some(bookmark);
    again.context.now = NOW + 60;
    let step = again.step("email-activity", None).unwrap();
    let Outcome::Unchanged(Some(bookmark)) = step.outcome else { panic!("{:?}", step.outcome) };
    assert_eq!((asked(&bookmark), etag_of(&bookmark)), (Some(NOW + 60), Some(ETAG)));
    let sent = again.wire.asked();
    assert_eq!(sent.len(), 1);
    assert!(sent[0].headers.contains(&("if-none-match".to_owned(), ETAG.to_owned())), "{:?}", sent[0].headers);
}

#[test]
fn rows_that_were_made_in_another_way_are_made_again() {
    let mut bench = Bench::new(file(&format!("{HEADING}\n")));
    bench.bookmark = Some(b"0 1800000000 \"abc\"".to_vec());
    bench.finish("email-activity").unwrap();
    assert!(bench.wire.asked()[0].headers.iter().all(|(name, _)| name != "if-none-match"));
    let unasked = Bench::new(Wire::default().then(304, ""));
    assert!(matches!(unasked.step("email-activity", None), Err(Error::Protocol(_))));
}

#[test]
fn a_report_of_very_many_users_is_read_in_steps_and_none_is_lost_or_doubled() {
    let mut text = format!("{HEADING}\n");
    let users = LINES + 7;
    for user in 0..users {
        text.push_str(&format!("2026-11-18,u{user}@b.example,False,2026-11-17,1,0,0,0,0,180\n"));
    }
    let answers = file(&text).then_with(302, &[("Location", LOCATION), ("ETag", ETAG)], "").then(200, &text);
    let done = Bench::new(answers).finish("email-activity").unwrap();
    assert_eq!((done.steps, done.rows.len() as u64), (2, users));
    let names: std::collections::BTreeSet<String> = rows(&done).into_iter().collect();
    assert_eq!(names.len() as u64, users);

    // Another file in between: what was read is of no use.
    let other = [("Location", LOCATION), ("ETag", "\"other\"")];
    let changed = file(&text).then_with(302, &other, "").then(200, &text);
    assert!(matches!(Bench::new(changed).finish("email-activity").unwrap().outcome, Outcome::Restart(_)));
}

#[test]
fn lines_of_one_person_for_several_products_are_added_wherever_they_stand() {
    let text = "Report Refresh Date,User Principal Name,Product Type,Last Activated Date,Windows,Mac,Windows 10 Mobile,iOS,Android\n\
                2026-11-18,ada@b.example,APPS,2026-03-01,2,0,0,1,1\n\
                2026-11-18,bob@b.example,APPS,,0,0,0,0,0\n\
                2026-11-18,Ada@b.example,VISIO,2026-05-01,1,0,0,0,0\n";
    let done = Bench::new(file(text)).finish("activations").unwrap();
    assert_eq!(
        rows(&done),
        [
            "ada@b.example activation-windows 2026-05-23 2026-11-18 2026-05-01 3",
            "ada@b.example activation-mac 2026-05-23 2026-11-18 never 0",
            "ada@b.example activation-mobile 2026-05-23 2026-11-18 2026-03-01 2",
            "bob@b.example activation-windows 2026-05-23 2026-11-18 never 0",
            "bob@b.example activation-mac 2026-05-23 2026-11-18 never 0",
            "bob@b.example activation-mobile 2026-05-23 2026-11-18 never 0",
        ]
    );
}

#[test]
fn reports_on_copilot_are_looked_for_where_they_are_and_where_they_were() {
    let answers = Wire::default().then(404, "{}").then(400, "{}").then(200, "{\"value\":[]}");
    let bench = Bench::new(answers);
    assert!(matches!(bench.finish("copilot-usage").unwrap().outcome, Outcome::Done(Some(_))));
    let asked: Vec<String> =
        bench.wire.asked().iter().map(|request| request.url.replace("https://graph.microsoft.com", "")).collect();
    let function = "getMicrosoft365CopilotUsageUserDetail(period='D180')";
    assert_eq!(
        asked,
        [
            format!("/v1.0/copilot/reports/{function}?$format=text/csv"),
            format!("/beta/reports/{function}?$format=text/csv"),
            format!("/beta/reports/{function}"),
        ]
    );
    let refused = Bench::new(Wire::default().then(404, "{}").then(404, "{}").then(404, "{}"));
    assert!(matches!(refused.finish("copilot-usage"), Err(Error::NotFound(_))));
}

#[test]
fn a_page_in_json_leads_to_the_next_on_the_same_host_only() {
    let page = |host: &str| format!("{{\"@odata.nextLink\":\"https://{host}/beta/next\",\"value\":[]}}");
    let bench = Bench::new(Wire::default().then(200, &page("graph.microsoft.com")).then(200, "{\"value\":[]}"));
    assert_eq!(bench.finish("copilot-usage").unwrap().steps, 2);
    assert_eq!(bench.wire.asked()[1].url, "https://graph.microsoft.com/beta/next");
    let elsewhere = Bench::new(Wire::default().then(200, &page("graph.microsoft.com.evil.example")));
    assert!(matches!(elsewhere.finish("copilot-usage"), Err(Error::Protocol(_))));
}

#[test]
fn in_a_national_cloud_a_report_that_is_refused_is_not_offered_and_no_failure() {
    for status in [403, 404] {
        let mut bench = Bench::new(Wire::default().then(status, "{}"));
        bench.settings = wire::settings(&[("cloud", "us-gov-l4")]);
        let step = bench.step("email-activity", None).unwrap();
        assert_eq!(step.outcome, Outcome::Unchanged(None));
        assert!(matches!(&step.gaps[0].cause, Error::NotFound(fault) if fault.message.contains("GCC High")));
        let worldwide = Bench::new(Wire::default().then(status, "{}"));
        assert!(worldwide.step("email-activity", None).is_err());
    }
}

#[test]
fn what_national_clouds_offer_in_beta_alone_is_asked_for_there() {
    for (id, version) in [
        ("active-user-detail", "beta"),
        ("active-user-days/2026-11-17", "beta"),
        ("teams-device-usage", "beta"),
        ("teams-activity", "v1.0"),
        ("activations", "v1.0"),
    ] {
        for (cloud, version) in [("china", version), ("global", "v1.0")] {
            let mut bench = Bench::new(Wire::default().then(404, "{}"));
            bench.settings = wire::settings(&[("cloud", cloud)]);
            let _ = bench.step(id, None);
            let url = &bench.wire.asked()[0].url;
            assert!(url.contains(&format!("/{version}/reports/")), "{id} in {cloud}: {url}");
            assert_eq!(url.ends_with("?$format=application/json"), version == "beta", "{url}");
        }
    }
    // A day that is not made yet says nothing of the cloud.
    let mut bench = Bench::new(Wire::default().then(404, "{}"));
    bench.settings = wire::settings(&[("cloud", "china")]);
    assert!(bench.step("active-user-days/2026-11-19", None).unwrap().gaps.is_empty());
}

#[test]
fn names_are_concealed_by_the_setting_even_when_they_do_not_look_it() {
    let text = "Report Refresh Date,User Principal Name,Has Teams License,Teams Last Activity Date\n\
                2026-11-18,QWRhCg,True,2026-11-17\n";
    for (settings, concealed) in [
        ("{\"displayConcealedNames\":true}", true),
        ("{\"value\":{\"displayConcealedNames\":true}}", true),
        ("{\"displayConcealedNames\":false}", false),
    ] {
        let bench = Bench::new(file(text).then(200, settings));
        let done = bench.finish("active-user-detail").unwrap();
        assert!(matches!(&done.rows[0], Row::Usage(row) if row.concealed == concealed), "{settings}");
        assert_eq!(done.told().contains("conceals names"), concealed);
        assert_eq!(bench.wire.asked()[2].url, "https://graph.microsoft.com/v1.0/admin/reportSettings");
    }
}

#[test]
fn the_object_id_is_kept_unless_it_is_the_one_of_nobody() {
    let text = "Report Refresh Date,User Id,User Principal Name,Last Activity Date,Used Web\n\
                2026-11-18,11112222-bbbb-3333-cccc-4444dddd5555,ada@b.example,2026-11-17,Yes\n\
                2026-11-18,00000000-0000-0000-0000-000000000000,8CD3D3C0F0C5D8A6E5B1A0E7E3F2A1B0,2026-11-17,Yes\n";
    let done = Bench::new(file(text)).finish("teams-device-usage").unwrap();
    let ids = done.rows.iter().map(|row| if let Row::Usage(row) = row { row.user.clone() } else { panic!() });
    assert_eq!(ids.collect::<Vec<_>>(), [Some("11112222-bbbb-3333-cccc-4444dddd5555".to_owned()), None]);
}

#[test]
fn who_left_viva_engage_or_a_number_that_is_none_makes_no_row() {
    let text = "Report Refresh Date,User Principal Name,User State,Last Activity Date,Posted Count,Read Count,Liked Count\n\
                2026-11-18,gone@b.example,deleted,2026-11-17,5,5,5\n\
                2026-11-18,odd@b.example,active,2026-11-17,many,5,5\n\
                2026-11-18,ada@b.example,active,2026-11-17,5,0,\n";
    let done = Bench::new(file(text)).finish("viva-engage-activity").unwrap();
    assert_eq!(rows(&done), ["ada@b.example viva-engage-posted 2026-05-23 2026-11-18 2026-11-17 5"]);
    assert!(done.told().contains("1 lines"), "{}", done.told());
}

mod days {
    use super::*;

    const DAYS: &str = "Report Refresh Date,User Principal Name,Has Exchange License,Exchange Last Activity Date,\
                        Has OneDrive License,OneDrive Last Activity Date,Has SharePoint License,\
                        SharePoint Last Activity Date,Has Skype For Business License,\
                        Skype For Business Last Activity Date,Has Yammer License,Yammer Last Activity Date,\
                        Has Teams License,Teams Last Activity Date\n";

    fn day(lines: &str) -> Finished {
        Bench::new(file(&format!("{DAYS}{lines}"))).finish("active-user-days/2026-11-17").unwrap()
    }

    #[test]
    fn only_features_that_were_used_on_the_day_get_a_row() {
        let bench = Bench::new(file(&format!(
            "{DAYS}2026-11-18,ada@b.example,True,2026-11-17,True,2026-11-16,True,,,,,,True,2026-11-17\n"
        )));
        let done = bench.finish("active-user-days/2026-11-17").unwrap();
        assert_eq!(
            rows(&done),
            [
                "ada@b.example exchange 2026-11-17 2026-11-17 2026-11-17 -",
                "ada@b.example teams 2026-11-17 2026-11-17 2026-11-17 -",
            ]
        );
        let url = &bench.wire.asked()[0].url;
        assert!(url.ends_with("/v1.0/reports/getOffice365ActiveUserDetail(date=2026-11-17)"), "{url}");
        assert_eq!(bench.wire.asked().len(), 2);
    }

    #[test]
    fn a_day_that_is_not_made_yet_is_not_published() {
        for early in ["2026-11-16,ada@b.example,True,2026-11-16,,,,,,,,,,\n", ""] {
            let done = day(early);
            assert_eq!((done.outcome, done.gaps.len()), (Outcome::Unchanged(None), 0), "{early:?}");
        }
        let refused = Bench::new(Wire::default().then(400, "{}"));
        let step = refused.step("active-user-days/2026-11-17", None).unwrap();
        assert_eq!(step.outcome, Outcome::Unchanged(None));
    }

    #[test]
    fn a_day_on_which_nobody_was_active_is_known_when_nothing_more_can_come() {
        let done = Bench::new(file(DAYS)).finish("active-user-days/2026-11-14").unwrap();
        assert!(done.rows.is_empty() && matches!(done.outcome, Outcome::Done(Some(_))));
        let refused = Bench::new(Wire::default().then(400, "{}"));
        assert!(refused.step("active-user-days/2026-11-14", None).is_err());
    }

    #[test]
    fn a_report_that_tells_of_later_days_does_not_take_the_place_of_what_was_known() {
        let done = day("2026-11-18,ada@b.example,True,2026-11-17,,,,,,,,,,\n\
                        2026-11-18,bob@b.example,True,2026-11-18,,,,,,,,,,\n");
        assert_eq!(done.outcome, Outcome::Unchanged(None));
        assert!(done.told().contains("later days"), "{}", done.told());
    }

    #[test]
    fn a_task_without_a_day_is_a_defect() {
        assert!(matches!(Bench::new(Wire::default()).step("active-user-days", None), Err(Error::Internal(_))));
    }
}

proptest! {
    /// Whatever stands in the file, every line is a row, a deleted user or counted as unreadable; nothing panics.
    #[test]
    fn no_line_is_lost(lines in prop::collection::vec("[a-zA-Z0-9@.,;\"' -]{0,60}", 0..30), bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        let mut text = format!("{HEADING}\n").into_bytes();
        for (place, line) in lines.iter().enumerate() {
            text.extend_from_slice(format!("2026-11-18,u{place}@b.example,False,2026-11-17,1,0,0,0,0,\"{}\"\n", line.replace('"', "\"\"")).as_bytes());
        }
        let good = lines.len();
        text.extend_from_slice(&bytes);
        let text = String::from_utf8_lossy(&text).into_owned();
        let done = Bench::new(file(&text)).finish("email-activity").unwrap();
        let mine = rows(&done).iter().filter(|row| row.contains("@b.example mail-sent ")).count();
        prop_assert_eq!(mine, good);
    }

    #[test]
    fn no_bytes_make_a_report_panic(body in prop::collection::vec(any::<u8>(), 0..200), json in any::<bool>()) {
        let text = String::from_utf8_lossy(&body).into_owned();
        let text = if json { format!("{{{text}") } else { text };
        for report in crate::reports::ALL.iter().filter(|report| report.asked != Asked::Day) {
            let _ = Bench::new(file(&text)).finish(report.id);
        }
    }

    /// The same values as CSV and as JSON are the same rows.
    #[test]
    fn json_and_csv_say_the_same(counts in prop::collection::vec((0_u32..9, 0_u32..9, any::<bool>()), 0..20)) {
        let (mut csv, mut json) = (format!("{HEADING}\n"), Vec::new());
        for (place, (sent, read, deleted)) in counts.iter().enumerate() {
            csv.push_str(&format!("2026-11-18,\"u\"\"{place}\",{deleted},2026-11-17,{sent},0,{read},0,0,180\n"));
            json.push(serde_json::json!({
                "reportRefreshDate": "2026-11-18", "userPrincipalName": format!("u\"{place}"), "isDeleted": deleted,
                "deletedDate": null, "lastActivityDate": "2026-11-17", "sendCount": sent, "receiveCount": 0,
                "readCount": read, "meetingCreatedCount": 0, "meetingInteractedCount": 0, "assignedProducts": ["A", "B"],
                "reportPeriod": "180",
            }));
        }
        let json = serde_json::json!({ "value": json }).to_string();
        let one = Bench::new(file(&csv)).finish("email-activity").unwrap();
        let other = Bench::new(file(&json)).finish("email-activity").unwrap();
        prop_assert_eq!(rows(&one), rows(&other));
        prop_assert_eq!(one.told(), other.told());
    }
}
