//! The project's list keeps its promises, and a customer's list is read with its flaws told.

use std::collections::BTreeSet;

use super::*;

fn listed() -> Vec<Application> {
    let (applications, left_out) = read(LISTED.as_bytes());
    assert_eq!(left_out, [], "no entry of the project's list is flawed");
    applications
}

#[test]
fn the_list_holds_many_applications_sorted_by_id() {
    let ids: Vec<String> = listed().into_iter().map(|application| application.id).collect();
    assert!(ids.len() >= 250, "{} applications", ids.len());
    assert!(ids.is_sorted_by(|one, next| one < next), "sorted, and no id twice");
}

#[test]
fn the_list_is_small_enough_to_be_carried_along() {
    assert!(LISTED.len() < 60_000, "{} bytes", LISTED.len());
}

#[test]
fn every_application_has_a_category_a_domain_and_the_source_of_its_facts() {
    for application in listed() {
        assert!(application.category.is_some(), "{}", application.id);
        let domain = application.domains.first().expect("a domain");
        assert_eq!(application.sources.first(), Some(&format!("https://{domain}")), "{}", application.id);
    }
}

#[test]
fn an_application_id_or_template_id_never_stands_on_the_makers_site_alone() {
    for application in listed() {
        let ids = application.application_ids.len() + application.template_ids.len();
        let cited = |source: &String| {
            ["attested:", "github:", "graph:", "sentinel"].iter().any(|form| source.starts_with(form))
                || source.starts_with("https://") && source.matches('/').count() > 2
        };
        assert!(ids == 0 || application.sources.iter().any(cited), "{}", application.id);
    }
}

#[test]
fn the_short_forms_of_sources_are_explained_at_the_head_of_the_list() {
    let forms: BTreeSet<String> = listed()
        .iter()
        .flat_map(|application| &application.sources)
        .filter(|source| !source.starts_with("https://"))
        .map(|source| source.split_inclusive(':').next().unwrap_or_default().to_owned())
        .collect();
    let head: String = LISTED.lines().take_while(|line| line.starts_with('#')).collect();
    for form in forms {
        assert!(head.contains(&form), "{form}");
    }
}

#[test]
fn nothing_in_the_list_is_claimed_by_two_applications() {
    let mut claims = BTreeSet::new();
    for application in listed() {
        let names: BTreeSet<String> =
            application.names.iter().map(|name| naming::bare(name).expect("a name that says something")).collect();
        let ids = application.application_ids.iter().map(|id| format!("application {id}"));
        let templates = application.template_ids.iter().map(|id| format!("template {id}"));
        let domains = application.domains.iter().map(|domain| format!("domain {domain}"));
        for claim in ids.chain(templates).chain(domains).chain(names.into_iter().map(|name| format!("name {name}"))) {
            assert!(claims.insert(claim.clone()), "{claim} is claimed by {} too", application.id);
        }
    }
}

#[test]
fn only_the_application_that_this_connector_reads_has_a_connector() {
    let connected: Vec<(String, String)> = listed().into_iter().filter_map(|it| Some((it.id, it.connector?))).collect();
    assert_eq!(connected, [("microsoft-365".to_owned(), "office365".to_owned())]);
}

#[test]
fn categories_that_matter_have_competitors() {
    let catalogue = Catalogue::new(Vec::new());
    for category in ["crm", "video-conferencing", "chat", "hr", "e-signature", "storage", "project-management"] {
        let of = |it: &&Application| it.category.as_deref() == Some(category);
        assert!(catalogue.applications().iter().filter(of).count() >= 3, "{category}");
    }
}

const HEADING: &str =
    "id,names,category,publishers,domains,application-ids,template-ids,connector,integrated-by,sources";

#[test]
fn a_customers_list_needs_only_ids_and_names() {
    let (applications, left_out) = read("\u{feff}names,id\n Our CRM ; Kundenkartei , our-crm \n".as_bytes());
    assert_eq!(left_out, []);
    let [ours] = applications.as_slice() else { panic!("one application") };
    assert_eq!((ours.id.as_str(), ours.name()), ("our-crm", "Our CRM"));
    assert_eq!(ours.names, ["Our CRM", "Kundenkartei"]);
    assert_eq!((&ours.category, &ours.connector, ours.domains.len()), (&None, &None, 0));
}

#[test]
fn a_flawed_entry_is_told_by_its_place_and_the_others_stand() {
    let list = format!(
        "# ours\n{HEADING}\n\
         good,Good,crm,,good.example,,,none,,\n\
         Our CRM,Ours,,,,,,,,\n\
         unnamed,,,,,,,,,\n\
         hosted,Hosted,,,azurewebsites.net,,,,,\n\
         odd,Odd,,,,12345,,,,\n\
         good,Again,,,,,,,,\n\
         fine,Fine,,,ours.azurewebsites.net,{{01234567-89AB-cdef-0123-456789abcdef}},,,,\n"
    );
    let (applications, left_out) = read(list.as_bytes());
    let ids: Vec<&str> = applications.iter().map(|application| application.id.as_str()).collect();
    assert_eq!(ids, ["good", "fine"]);
    assert_eq!(applications[1].application_ids, ["01234567-89ab-cdef-0123-456789abcdef"]);
    let places: Vec<usize> = left_out.iter().map(|one| one.entry).collect();
    assert_eq!(places, [2, 3, 4, 5, 6]);
    assert_eq!(left_out[0].flaw, Flaw::Id("Our CRM".to_owned()));
    assert_eq!(left_out[1].flaw, Flaw::Unnamed);
    assert_eq!(left_out[2].flaw, Flaw::Domain("azurewebsites.net".to_owned()));
    assert_eq!(left_out[3].flaw, Flaw::Guid("12345".to_owned()));
    assert_eq!(left_out[4].flaw, Flaw::Taken("good".to_owned()));
    assert_eq!(
        left_out[2].to_string(),
        "Entry 4 of the list of applications is left out: `azurewebsites.net` cannot stand for one maker; give the \
         maker's own domain, such as `example.com`."
    );
}

#[test]
fn an_empty_list_is_a_list() {
    assert_eq!(read(b""), (Vec::new(), Vec::new()));
}

#[test]
fn a_customers_entry_has_what_both_lists_claim() {
    let (customers, _) = read(format!("{HEADING}\nour-chat,Slack,chat,,eu.slack.com,,,our-connector,,\n").as_bytes());
    let catalogue = Catalogue::new(customers);
    assert_eq!(catalogue.with_name("Slack").map(|it| it.id.as_str()), Some("our-chat"));
    assert_eq!(
        catalogue.with_host("acme.eu.slack.com").map(|(it, by)| (it.id.as_str(), by)),
        Some(("our-chat", "eu.slack.com"))
    );
    assert_eq!(
        catalogue.with_host("acme.slack.com").map(|(it, by)| (it.id.as_str(), by)),
        Some(("slack", "slack.com"))
    );
}

#[test]
fn a_customers_entry_takes_the_place_of_the_projects() {
    let (customers, _) = read(format!("{HEADING}\nslack,Our Slack,chat,,,,,our-connector,,\n").as_bytes());
    let catalogue = Catalogue::new(customers);
    assert_eq!(catalogue.get("slack").and_then(|it| it.connector.as_deref()), Some("our-connector"));
    assert_eq!(catalogue.with_host("slack.com").map(|(it, _)| it.id.as_str()), None);
}

#[test]
fn a_list_without_ids_and_names_is_none() {
    let (applications, left_out) = read(b"name;category\nSlack;chat\n");
    assert_eq!((applications.len(), left_out.len()), (0, 1));
    assert_eq!(left_out[0].flaw, Flaw::Shape);
}
