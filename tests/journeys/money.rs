//! What is bought costs: names and prices of the customer's own, mistakes in files, and the sums.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;

use crate::desk::Desk;
use crate::tenant::{Tenant, small};

const DIMENSIONS: [&str; 6] = ["user", "department", "company", "cost-centre", "country", "product"];

/// Writes a file at the desk and imports it.
#[track_caller]
fn import(desk: &Desk, reference: &str, content: &[u8]) {
    fs::write(desk.folder().join("file.csv"), content).expect("the file can be written");
    desk.run(&format!("reference acme import {reference} file.csv")).with(0);
}

/// Millionths of an amount that stands as text.
fn micros(amount: &Value) -> i64 {
    let text = amount["amount"].as_str().expect("an amount is text");
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let part = format!("{part:0<6}");
    whole.parse::<i64>().expect("digits") * 1_000_000 + part.parse::<i64>().expect("at most six digits")
}

/// The sums of columns, by currency.
fn sums(rows: &[Value], columns: &[&str]) -> BTreeMap<String, i64> {
    let mut sums = BTreeMap::new();
    for amount in rows.iter().flat_map(|row| columns.iter().map(move |column| &row[column])).filter(|it| !it.is_null())
    {
        *sums.entry(amount["currency"].to_string()).or_default() += micros(amount);
    }
    sums
}

fn named<'a>(rows: &'a [Value], product: &str) -> &'a Value {
    rows.iter().find(|row| row["product"] == product).unwrap_or_else(|| panic!("{product} is not in {rows:#?}"))
}

#[test]
fn costs_add_up_to_the_bill_by_whatever_they_are_summed() {
    let tenant = Tenant::new(small());
    let (desk, _) = tenant.collected();
    let bought = desk.show("subscriptions acme");
    let bill: i64 = sums(&bought, &["monthly_cost"]).values().sum();
    // Where more is assigned than bought, what is held is more than the bill.
    let held = |row: &Value| -> i64 {
        let over = row["used"].as_i64().unwrap_or(0) - row["bought"].as_i64().unwrap_or(0);
        if row["price"].is_null() || row["spare"].is_null() { 0 } else { over.max(0) * micros(&row["price"]) }
    };
    let total = bill + bought.iter().map(held).sum::<i64>();
    assert!(total > 0);
    for by in DIMENSIONS {
        let costs = desk.show(&format!("costs acme --by {by}"));
        let found = sums(&costs, &["monthly_cost", "spare_cost"]);
        assert_eq!(found, BTreeMap::from([("\"USD\"".to_owned(), total)]), "{by}");
        assert!(costs.iter().all(|row| row[by.replace('-', "_")].is_string() || by == "user"), "{by}: {costs:#?}");
    }
    let spare: i64 = sums(&desk.show("costs acme --by department"), &["spare_cost"]).values().sum();
    assert_eq!(spare, sums(&bought, &["spare_cost"]).values().sum::<i64>());
    // In a table there is one total for each currency.
    let table = desk.run("show costs acme --by department").with(0);
    assert!(table.tells("Total") && table.tells("Sales"), "{}", table.out);
    let refused = desk.run("show users acme --by department").with(2);
    assert!(refused.tells("Nothing else is told by something"), "{refused:#?}");
}

#[test]
fn own_prices_override_the_list_and_mistakes_are_told_with_their_lines() {
    let tenant = Tenant::new(small());
    let (desk, _) = tenant.collected();
    let before = desk.show("subscriptions acme");
    let listed = before.iter().find(|row| row["provenance"].as_str().is_some_and(|from| from.starts_with("list 20")));
    let listed = listed.unwrap_or_else(|| panic!("{before:#?}"));
    let (code, name) = (listed["code"].as_str().expect("a code"), listed["product"].as_str().expect("a name"));

    let wrong = "product;amount;currency\nSPE_E3;1;EUR\n";
    fs::write(desk.folder().join("wrong.csv"), wrong).expect("the file can be written");
    let refused = desk.run("reference acme import prices wrong.csv").with(2);
    assert!(refused.tells("no column product, amount, currency") && refused.tells("commas"), "{refused:#?}");

    let file = format!(
        "Product,Amount,Currency,Valid-From,Provenance\r\n{code},12.345678,EUR,2026-01-01,invoice\r\n\
         {code},11.5,EUR,2026-02-01,contract\r\n{code},cheap,EUR,,\r\n\r\nNO_SUCH_THING,1,EUR,,\r\n"
    );
    import(&desk, "prices", file.as_bytes());
    desk.run("run acme");
    let after = desk.show("subscriptions acme");
    let own = named(&after, name);
    assert_eq!(own["price"], serde_json::json!({"amount": "11.50", "currency": "EUR"}), "{own:#?}");
    assert_eq!(own["provenance"], "contract 2026-02-01");
    let gaps = desk.run("show gaps acme").with(0);
    assert!(gaps.tells("In line 4 of the price file, the amount \"cheap\""), "{}", gaps.out);
    assert!(gaps.tells("In line 6 of the price file, \"NO_SUCH_THING\" is no product"), "{}", gaps.out);
    // Currencies stand beside each other, and are never added.
    let currencies: Vec<String> = sums(&desk.show("costs acme --by company"), &["monthly_cost"]).into_keys().collect();
    assert_eq!(currencies, ["\"EUR\"", "\"USD\""]);

    let list = desk.run("reference acme list --format json").with(0);
    let list: Vec<Value> = serde_json::from_str(&list.out).expect("JSON");
    let row = |name: &str| list.iter().find(|row| row["name"] == name).expect("a reference file");
    assert_eq!((&row("prices")["in_force"], &row("prices")["rows"]), (&"your own".into(), &4.into()));
    assert_eq!(row("product-names")["in_force"], "what the connector brings");
    assert_eq!(row("product-names")["rows"], 5971);
    assert_eq!(desk.run("reference acme export prices").with(0).out, file);
    let brought = desk.run("reference acme export prices --built-in").with(0).out;
    assert!(brought.contains("\nSPE_E3,39.00,USD,2026-07-01,,2026-07-01,,") && brought != file, "{brought}");
    // What is in force is a file that can be imported, and changes nothing as it is.
    let before = (desk.show("subscriptions acme --plans"), desk.show("applications acme --by category"));
    for name in ["product-names", "applications"] {
        std::fs::write(desk.folder().join("file.csv"), desk.run(&format!("reference acme export {name}")).with(0).out)
            .expect("a file");
        desk.run(&format!("reference acme import {name} file.csv")).with(0);
    }
    desk.run("run acme").with(0);
    let after = (desk.show("subscriptions acme --plans"), desk.show("applications acme --by category"));
    assert_eq!(before, after);
    assert!(desk.run("reference acme export nothing").with(2).tells("no reference file named nothing"));
}

#[test]
fn the_published_table_of_names_is_taken_as_it_is() {
    let tenant = Tenant::new(small());
    let (desk, _) = tenant.collected();
    let before = desk.show("subscriptions acme --plans");
    let product = before.iter().find(|row| row["code"] == "SPE_E3").unwrap_or_else(|| panic!("{before:#?}"));
    assert_eq!(product["product"], "Microsoft 365 E3");
    assert!(product["plans"].as_str().is_some_and(|plans| plans.contains("Exchange Online (Plan 2)")), "{product:#?}");
    assert!(desk.show("subscriptions acme").iter().all(|row| row.get("plans").is_none()));

    let id = desk.column("SELECT id FROM products WHERE code = 'SPE_E3'").remove(0).to_uppercase();
    let table = format!(
        "\u{feff}Product_Display_Name,String_Id,GUID,Service_Plan_Name,Service_Plan_Id,\
         Service_Plans_Included_Friendly_Names\r\n\
         Suite~ Three,SPE_E3,{id},EXCHANGE_S_ENTERPRISE,efb87545-963c-4e0d-99df-69c6916d9eb0,Mail~ Two\r\n"
    );
    // The trade mark of Windows-1252, which is no UTF-8.
    let table: Vec<u8> = table.bytes().map(|byte| if byte == b'~' { 0x99 } else { byte }).collect();
    import(&desk, "product-names", &table);
    desk.run("run acme").with(0);
    let after = desk.show("subscriptions acme --plans");
    let product = named(&after, "Suite™ Three");
    let plans = product["plans"].as_str().expect("plans");
    assert!(plans.contains("Mail™ Two") && plans.contains("Microsoft Entra ID P1"), "{plans}");
}

#[test]
fn people_have_managers_and_accounts_of_nobody_say_what_they_are() {
    let tenant = Tenant::new(small());
    let (desk, _) = tenant.collected();
    let known = "SELECT count(*) FROM users u JOIN users m ON m.principal_name = u.manager WHERE m.id <> u.id";
    assert!(desk.count(known) > 20);
    assert_eq!(desk.count("SELECT count(*) FROM users WHERE kind = 'service' AND principal_name NOT LIKE 'svc-%'"), 0);
    assert!(desk.count("SELECT count(*) FROM users WHERE kind = 'service'") > 0);
    let silent =
        "SELECT count(*) FROM users WHERE (kind IN ('service', 'shared', 'room')) <> (kind_because IS NOT NULL)";
    assert_eq!(desk.count(silent), 0);
}

#[test]
fn only_groups_that_assign_licences_are_asked_for_and_all_of_them_have_names() {
    let tenant = Tenant::new(small());
    let (desk, _) = tenant.collected();
    let through = desk.column("SELECT DISTINCT via FROM entitlements WHERE via IS NOT NULL ORDER BY via");
    assert!(!through.is_empty());
    assert_eq!(desk.column("SELECT id FROM groups ORDER BY id"), through);
    assert_eq!(desk.count("SELECT count(*) FROM groups WHERE name = id"), 0);
    // Members are asked for of groups that were given applications, and no names.
    let asked = tenant.requests("/v1.0/groups/");
    assert_eq!(asked.iter().filter(|request| !request.contains("/members/")).count(), through.len(), "{asked:#?}");
    // There at the beginning, and still there.
    desk.run("run acme").with(0);
    assert_eq!(desk.count("SELECT count(*) FROM entitlements WHERE first_seen IS NOT NULL"), 0);
}
