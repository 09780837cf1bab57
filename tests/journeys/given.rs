//! Who was given an application, by name or through a group, beside who used it.

use std::collections::{BTreeMap, BTreeSet};

use simulator::{Control, Options};

use crate::desk::Desk;
use crate::tenant::{Tenant, small};

/// Users by application.
type Users = BTreeMap<String, BTreeSet<String>>;

fn by_application(pairs: impl IntoIterator<Item = (String, String)>) -> Users {
    let mut users = Users::new();
    for (application, user) in pairs {
        users.entry(application).or_default().insert(user);
    }
    users
}

/// Who signed in to what on the days that were read, from the simulator's own days.
fn used(desk: &Desk, control: &Control) -> Users {
    let read: BTreeSet<String> = desk
        .column("SELECT task FROM partitions WHERE dataset LIKE '%sign-ins' AND published IS NOT NULL")
        .into_iter()
        .collect();
    let truth = control.truth();
    let interactive =
        truth.uses.into_iter().map(|((app, user, day), many)| (app, user, format!("sign-ins/{day}"), many));
    let programs = truth.programs.into_iter().filter(|((how, ..), _)| how == "non-interactive");
    let programs =
        programs.map(|((_, app, user, day), many)| (app, user, format!("non-interactive-sign-ins/{day}"), many));
    let all = interactive.chain(programs).filter(|(_, _, task, many)| read.contains(task) && many.successes > 0);
    by_application(all.map(|(app, user, ..)| (app, user)))
}

/// For each application: given and never used, used and not given.
fn told(desk: &Desk) -> BTreeMap<String, (Option<usize>, Option<usize>)> {
    let rows = desk.column(
        "SELECT id || ' ' || ifnull(assigned_unused, '-') || ' ' || ifnull(used_unassigned, '-') FROM applications",
    );
    let read = |row: String| {
        let words: Vec<&str> = row.split(' ').collect();
        (words[0].to_owned(), (words[1].parse().ok(), words[2].parse().ok()))
    };
    rows.into_iter().map(read).collect()
}

/// The same, computed from the simulator's own knowledge.
fn truly(desk: &Desk, control: &Control) -> BTreeMap<String, (Option<usize>, Option<usize>)> {
    let (given, used) = (by_application(control.given_applications()), used(desk, control));
    let none = BTreeSet::new();
    let of = |id: String| {
        let (given, used) = (given.get(&id).unwrap_or(&none), used.get(&id).unwrap_or(&none));
        (id, (Some(given.difference(used).count()), Some(used.difference(given).count())))
    };
    desk.column("SELECT id FROM applications").into_iter().map(of).collect()
}

#[test]
fn members_of_groups_count_as_given_and_what_is_not_known_of_a_group_is_never_guessed() {
    let tenant = Tenant::new(Options { users: 300, seed: 7, ..small() });
    let (desk, control) = (tenant.connected(), tenant.control());
    desk.run("run acme").with(0);
    let (found, truth) = (told(&desk), truly(&desk, &control));
    assert_eq!(found, truth);
    assert!(truth.values().any(|(unused, ungiven)| *unused > Some(0) && *ungiven > Some(0)), "{truth:#?}");
    // Without the members of groups it would be another picture.
    let by_name = "SELECT count(*) FROM applications a WHERE assigned_unused > (
        SELECT count(*) FROM app_assignments g WHERE g.application = a.id AND NOT \"group\" AND via IS NULL)";
    assert!(desk.count(by_name) > 0);
    let several = "SELECT count(*) FROM (SELECT application FROM app_assignments WHERE \"group\" AND via IS NULL
        GROUP BY application HAVING count(*) > 1)";
    assert!(desk.count(several) > 0, "some were given to several groups");
    // Each group was asked for once, however many applications it was given.
    let groups = desk.column("SELECT DISTINCT principal FROM app_assignments WHERE \"group\" AND via IS NULL");
    let given = desk.count("SELECT count(*) FROM app_assignments WHERE \"group\" AND via IS NULL");
    let asked = tenant.requests("/members/microsoft.graph.user");
    assert_eq!(asked.len(), groups.len());
    assert!(i64::try_from(groups.len()).expect("a number") < given);
    // An assignment does not reach a group inside.
    let group = |name: &str| {
        desk.column(&format!("SELECT DISTINCT principal FROM app_assignments WHERE principal_name = '{name}'"))
            .remove(0)
    };
    let (nested, project, everybody) = (group("Projects"), group("Project Aurora"), group("All employees"));
    let of_nested = desk.count(&format!(
        "SELECT count(DISTINCT principal) FROM app_assignments WHERE via = '{nested}' AND NOT \"group\""
    ));
    assert_eq!(of_nested, 28);
    // Run again, the same; midnight may have passed, and another day be read.
    desk.run("run acme").with(0);
    assert_eq!(told(&desk), truly(&desk, &control));

    control.hide_members(&project);
    control.crowd(&everybody, 25_000);
    desk.run("run acme").with(0);
    let unknown: BTreeSet<String> = desk
        .column(&format!(
            "SELECT DISTINCT application FROM app_assignments WHERE via IS NULL AND principal IN ('{project}', '{everybody}')"
        ))
        .into_iter()
        .collect();
    let truth = truly(&desk, &control);
    assert!(unknown.len() > 2 && unknown.len() < truth.len());
    let expected = truth.into_iter().map(|(id, counts)| {
        let counts = if unknown.contains(&id) { (None, None) } else { counts };
        (id, counts)
    });
    assert_eq!(told(&desk), expected.collect());
    let gaps = desk.show("gaps");
    let of_members: Vec<_> = gaps.iter().filter(|gap| gap["dataset"] == "app-members").collect();
    assert_eq!(of_members.len(), 2, "{gaps:#?}");
    for words in ["too many to be read", "Member.Read.Hidden"] {
        assert!(of_members.iter().any(|gap| gap.to_string().contains(words)), "{words}: {of_members:#?}");
    }
    let hidden = unknown.first().expect("an application");
    let why = desk.run(&format!("explain acme application {hidden}")).with(0);
    assert!(why.tells("given to a group whose members are not known"), "{why:#?}");
}
