//! The report from its redirect to its rows.

use super::*;
use crate::bench::{Bench, Finished};
use crate::contract::connector::Outcome;
use crate::contract::rows::Row;
use crate::contract::types::{Day, Error};
use crate::time;
use crate::wire::{self, Wire};

const LOCATION: &str = "https://reportsweu.office.com/data/v1.0/download?token=made-up";

const HEADING: &str = "Report Refresh Date,User Principal Name,Display Name,Is Deleted,Deleted Date,Has Exchange License,\
    Has OneDrive License,Has SharePoint License,Has Skype For Business License,Has Yammer License,Has Teams License,\
    Exchange Last Activity Date,OneDrive Last Activity Date,SharePoint Last Activity Date,\
    Skype For Business Last Activity Date,Yammer Last Activity Date,Teams Last Activity Date,\
    Exchange License Assign Date,OneDrive License Assign Date,SharePoint License Assign Date,\
    Skype For Business License Assign Date,Yammer License Assign Date,Teams License Assign Date,Assigned Products";

fn bench(lines: &str) -> Bench {
    let file = format!("\u{feff}{HEADING}\n{lines}");
    Bench::new(Wire::default().then_with(302, &[("Location", LOCATION)], "").then(200, &file))
}

fn usage(done: &Finished) -> Vec<(String, String, Option<Day>)> {
    let one = |row: &Row| if let Row::Usage(row) = row { row.clone() } else { panic!() };
    done.rows.iter().map(one).map(|row| (row.principal_name, row.feature, row.last_active)).collect()
}

#[test]
fn the_file_is_fetched_from_its_address_without_a_credential_and_read_in_one_step() {
    let bench =
        bench("2026-11-18,ada@b.example,Ada,False,,True,False,False,False,False,Yes,2026-11-17,,,,,,,,,,,,E3\n");
    let done = bench.finish(ID).unwrap();
    assert!(done.steps == 1 && matches!(done.outcome, Outcome::Done(Some(_))), "{:?}", done.outcome);
    let exchange = ("ada@b.example".to_owned(), "exchange".to_owned(), time::day("2026-11-17"));
    assert_eq!(usage(&done), [exchange, ("ada@b.example".to_owned(), "teams".to_owned(), None)]);
    let Row::Usage(row) = &done.rows[0] else { panic!() };
    assert_eq!((time::day_text(row.from), time::day_text(row.to)), ("2026-05-23".to_owned(), "2026-11-18".to_owned()));
    assert!(!row.concealed && row.user.is_none());
    let asked = bench.wire.asked();
    assert_eq!(asked[0].url, "https://graph.microsoft.com/v1.0/reports/getOffice365ActiveUserDetail(period='D180')");
    assert_eq!(asked[1].url, LOCATION);
    assert!(asked[1].headers.iter().all(|(name, _)| !name.eq_ignore_ascii_case("authorization")));
}

#[test]
fn activity_without_a_licence_is_kept_and_deleted_users_are_not() {
    let done = bench(
        "2026-11-18,ada@b.example,Ada,False,,False,,,,,,,2026-01-02,,,,,,,,,,,\n\
         2026-11-18,eve@b.example,Eve,True,2026-11-01,True,,,,,,2026-10-30,,,,,,,,,,,,\n\
         2026-11-18,bob@b.example,Bob,Yes,2026-11-01,Yes,,,,,,2026-10-30,,,,,,,,,,,,\n",
    )
    .finish(ID)
    .unwrap();
    assert_eq!(usage(&done), [("ada@b.example".to_owned(), "onedrive".to_owned(), time::day("2026-01-02"))]);
}

#[test]
fn concealed_names_are_marked_and_told_once_with_the_mend() {
    let done = bench(
        "2026-11-18,8CD3D3C0F0C5D8A6E5B1A0E7E3F2A1B0,0123456789ABCDEF0123456789ABCDEF,False,,True,,,,,,2026-11-17,,,,,,,,,,,,\n\
         2026-11-18,9CD3D3C0F0C5D8A6E5B1A0E7E3F2A1B0,0123456789ABCDEF0123456789ABCDEF,False,,True,,,,,,2026-11-17,,,,,,,,,,,,\n",
    )
    .finish(ID)
    .unwrap();
    assert!(done.rows.iter().all(|row| matches!(row, Row::Usage(row) if row.concealed)));
    assert_eq!(done.gaps.len(), 1);
    assert!(done.told().contains("2 users") && done.told().contains("Display concealed user"), "{}", done.told());
}

#[test]
fn rows_may_be_longer_than_the_heading_or_shorter_and_nonsense_is_counted() {
    let done = bench(
        "2026-11-18,long@b.example,L,False,,True,,,,,,2026-11-17,,,,,,,,,,,,E5,PLUS,VISIO\n\
         2026-11-18,short@b.example,S,False,,True,,,,,,2026-11-16\n\
         2026-11-18,odd@b.example,O,False,,True,,,,,,yesterday,,,,,,,,,,,,\n\
         ,undated@b.example,U,False,,True,,,,,,2026-11-16,,,,,,,,,,,,\n\
         2026-11-18,,nameless,False,,True,,,,,,2026-11-16,,,,,,,,,,,,\n",
    )
    .finish(ID)
    .unwrap();
    let names: Vec<_> = usage(&done).into_iter().map(|(name, _, _)| name).collect();
    assert_eq!(names, ["long@b.example", "short@b.example"]);
    assert!(done.told().contains("3 lines"), "{}", done.told());
}

#[test]
fn a_heading_alone_is_an_empty_report_and_a_file_without_names_is_none() {
    let done = bench("").finish(ID).unwrap();
    assert!(done.rows.is_empty() && done.gaps.is_empty());
    let headless = Wire::default().then(200, "Report Refresh Date,Report Period\n2026-11-18,180\n");
    assert!(matches!(Bench::new(headless).finish(ID), Err(Error::Protocol(_))));
}

#[test]
fn columns_that_a_cloud_does_not_offer_are_told() {
    let file = "Report Refresh Date,User Principal Name,Has Exchange License,Exchange Last Activity Date\n\
                2026-11-18,ada@b.example,True,\n";
    let done = Bench::new(Wire::default().then(200, file)).finish(ID).unwrap();
    assert_eq!(usage(&done), [("ada@b.example".to_owned(), "exchange".to_owned(), None)]);
    assert!(done.told().contains("viva-engage, teams"), "{}", done.told());
}

#[test]
fn an_address_that_fails_is_asked_for_again_and_named_nowhere() {
    let wire = Wire::default().then_with(302, &[("Location", LOCATION)], "").then(403, LOCATION);
    let error = Bench::new(wire).finish(ID).unwrap_err();
    assert!(matches!(error, Error::Unavailable(_)));
    assert!(!format!("{error:?}").contains("made-up"), "{error:?}");
}

#[test]
fn the_documented_heading_is_understood() {
    for name in ["beta", "v1.0"] {
        let Some(sample) = wire::sample(&format!("reports-getOffice365ActiveUserDetail-{name}-header.csv")) else {
            continue;
        };
        let done = Bench::new(Wire::default().then(200, &sample)).finish(ID).unwrap();
        assert!(done.rows.is_empty() && done.gaps.is_empty(), "{name}");
    }
}
