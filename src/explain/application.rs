//! What is known of an application: how it was recognised, how far its rights reach, and its use.

use crate::contract::connector::{Context, Explanation};
use crate::contract::rows::{Application, Evidence, InstalledApplication, Kind, Row};
use crate::contract::types::{Error, Instant};
use crate::fault;
use crate::fold::fold;
use crate::integrations::catalogue::Catalogue;
use crate::integrations::matcher::{self, Facts};
use crate::integrations::own;
use crate::reach;
use crate::step::Store;
use crate::time;

/// Days without a sign-in after which an application counts as unused.
const UNUSED: i64 = 90;

/// Rights, reply addresses and the like that are named one by one.
const NAMED: usize = 40;

/// Explains an application, by its id or its whole name.
///
/// # Errors
/// `not-found` when there is none; `storage` when the host cannot read rows.
pub(super) fn explain(store: &dyn Store, subject: &str, context: &Context) -> Result<Vec<Explanation>, Error> {
    let Some(application) = find(store, subject)? else {
        let message = format!("No application has the id or name \"{subject}\".");
        return Err(Error::NotFound(fault::sentence(&message)));
    };
    let installed = store.find(Kind::InstalledApplication, &application.id)?.into_iter().find_map(|row| match row {
        Row::InstalledApplication(row) => Some(row),
        _ => None,
    });
    let integration = integration(store, &application, installed.as_ref())?;
    let mut used = used(&application, context.now);
    // Groups come first: each, and again when its members are known.
    for row in store.find(Kind::AppAssignment, &application.id)? {
        let Row::AppAssignment(row) = row else { continue };
        if !row.group || used.evidence.len() > NAMED {
            continue;
        }
        if row.via.is_none() {
            let name = row.principal_name.unwrap_or(row.principal);
            used.evidence.push(seen("given to a group whose members are not known", &name));
        } else if let Some(group) = used.evidence.last_mut() {
            group.signal = "given to the members of the group".to_owned();
        }
    }
    Ok(vec![integration, rights(&application), used])
}

fn find(store: &dyn Store, subject: &str) -> Result<Option<Application>, Error> {
    let is_it = |row: Row| match row {
        Row::Application(row) => {
            let named = [&row.id, &row.name].iter().any(|name| fold(name) == fold(subject));
            named.then_some(row)
        }
        _ => None,
    };
    if let Some(found) = store.find(Kind::Application, subject)?.into_iter().find_map(is_it) {
        return Ok(Some(found));
    }
    let mut after = None;
    loop {
        let page = store.scan(Kind::Application, after.as_deref(), 1000)?;
        if let Some(found) = page.rows.into_iter().find_map(is_it) {
            return Ok(Some(found));
        }
        let Some(next) = page.next else { return Ok(None) };
        after = Some(next);
    }
}

fn integration(
    store: &dyn Store,
    application: &Application,
    installed: Option<&InstalledApplication>,
) -> Result<Explanation, Error> {
    let used = Facts { application_id: &application.id, name: &application.name, ..Facts::default() };
    let facts = installed.map_or(used, Facts::from);
    let (own, _) = own::read(store)?;
    let catalogue = Catalogue::new(own);
    let mut evidence = vec![seen("application id", facts.application_id), seen("name", facts.name)];
    let optional = [
        ("gallery template", facts.template),
        ("verified publisher", facts.verified_publisher),
        ("publisher", facts.publisher),
        ("home page", facts.home_page),
    ];
    evidence.extend(optional.iter().filter_map(|(signal, value)| Some(seen(signal, (*value)?))));
    evidence.extend(facts.reply_urls.iter().take(NAMED).map(|url| seen("reply URL", url)));
    let verdict = if application.first_party {
        "Microsoft made it.".to_owned()
    } else if let Some(found) = matcher::find(&catalogue, &facts) {
        let known = found.application;
        evidence.extend(known.category.iter().map(|category| seen("category", category)));
        evidence.extend(known.sources.iter().map(|source| seen("source", source)));
        let as_what = application.integration.as_deref().unwrap_or(known.name());
        format!("Recognised as {as_what}. How sure: {found}.")
    } else {
        "Not recognised: nothing that is known of it leads to an application of the list.".to_owned()
    };
    Ok(explanation("integration", &application.name, verdict, evidence))
}

fn rights(application: &Application) -> Explanation {
    let verdict = application.risk_note.clone().unwrap_or_else(|| "Its rights could not be read.".to_owned());
    let rights = application.scopes.iter().take(NAMED);
    let words = |right: &String| match reach::of(right).1 {
        "" => "nothing that is told of it".to_owned(),
        words => words.to_owned(),
    };
    let evidence = rights.map(|right| seen(right, &words(right))).collect();
    explanation("rights", &application.name, verdict, evidence)
}

fn used(application: &Application, now: Instant) -> Explanation {
    let day = |at: Instant| time::day_text(time::day_of(at));
    let verdict = match application.last_seen {
        None => "No sign-in is known.".to_owned(),
        Some(last) if (now - last) / time::DAY >= UNUSED => {
            format!("Unused for {} days: the last sign-in was on {}.", (now - last) / time::DAY, day(last))
        }
        Some(last) => format!("Used: the last sign-in was on {}.", day(last)),
    };
    let count = |signal: &str, value: Option<u64>| Some(seen(signal, &value?.to_string()));
    let evidence = [
        application.first_seen.map(|first| seen("first sign-in in the history", &day(first))),
        count("users in 30 days", application.users),
        count("sign-ins in 30 days", application.sign_ins),
        count("failures in 30 days", application.failures),
        application.trend.map(|trend| seen("against the 30 days before", &format!("{trend} %"))),
        count("given to", application.assigned),
        count("given and never used", application.assigned_unused),
        count("used and not given", application.used_unassigned),
    ];
    explanation("use", &application.name, verdict, evidence.into_iter().flatten().collect())
}

fn seen(signal: &str, value: &str) -> Evidence {
    Evidence { signal: signal.to_owned(), value: value.to_owned(), as_of: None }
}

fn explanation(subject: &str, name: &str, verdict: String, evidence: Vec<Evidence>) -> Explanation {
    let title = format!("{name}: {subject}");
    Explanation { subject: subject.to_owned(), title, verdict, evidence }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::{Bench, NOW, installed};
    use crate::contract::rows::AppAssignment;
    use crate::contract::store::Age;
    use crate::datasets::applications;
    use crate::wire::Wire;

    #[test]
    fn an_application_is_explained_by_its_id_or_name() {
        let Row::InstalledApplication(row) = installed("a") else { panic!() };
        let slack = InstalledApplication {
            name: "Chat of ours".to_owned(),
            verified_publisher: None,
            reply_urls: vec!["https://acme.slack.com/sso".to_owned()],
            ..row
        };
        let given = |principal: &str, group: bool, via: Option<&str>| {
            Row::AppAssignment(AppAssignment {
                application: "a".to_owned(),
                object: slack.object.clone(),
                principal: principal.to_owned(),
                principal_name: (group && via.is_none()).then(|| format!("Group {principal}")),
                group,
                created: None,
                via: via.map(str::to_owned),
            })
        };
        let rows = vec![
            given("g", true, None),
            given("g", true, Some("g")),
            given("h", true, None),
            given("u", false, None),
            given("v", false, Some("g")),
            Row::InstalledApplication(slack),
        ];
        let bench = Bench::new(Wire::default()).with(rows.clone()).aged(Age::Fresh, &applications::NEEDS);
        let merged = bench.finish(applications::ID).unwrap().rows;
        let merged = merged.into_iter().filter(|row| matches!(row, Row::Application(_)));
        let bench = Bench::new(Wire::default()).with(rows.into_iter().chain(merged).collect());
        let context = Context { now: NOW, baseline_ended: None };
        for subject in ["A", "chat of OURS"] {
            let told = explain(&bench, subject, &context).unwrap();
            let verdicts: Vec<_> = told.iter().map(|one| one.verdict.as_str()).collect();
            assert!(verdicts[0].starts_with("Recognised as Slack"), "{verdicts:?}");
            assert!(verdicts[0].contains("medium: a reply URL leads to slack.com"), "{verdicts:?}");
            assert_eq!(verdicts[1..], ["Has no rights.", "No sign-in is known."]);
            let groups: Vec<_> = told[2].evidence.iter().filter(|one| one.signal.contains("group")).collect();
            let groups: Vec<_> = groups.iter().map(|one| (one.signal.as_str(), one.value.as_str())).collect();
            assert_eq!(
                groups,
                [
                    ("given to the members of the group", "Group g"),
                    ("given to a group whose members are not known", "Group h"),
                ]
            );
        }
        assert!(matches!(explain(&bench, "b", &context), Err(Error::NotFound(_))));
    }
}
