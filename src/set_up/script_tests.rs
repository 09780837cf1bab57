//! The PowerShell script does what set-up does: the same names, ids and limits, and the same requests to Microsoft Graph.
//!
//! No PowerShell runs here. The script is read as text, and what it names is compared with what set-up sends to a made-up
//! directory.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::form::{self as answers, TOOLS};
use super::permissions::{ALL, FEATURES, GRAPH, of};
use super::wish::{BILLING_ADMINISTRATOR, REPORTS_READER, SECURITY_READER, Wish};
use super::work::TAG;
use super::{SetUp, administrator};
use crate::cloud::Cloud;
use crate::contract::dialogue::{Ask, Reply};
use crate::contract::set_up::{Finished, Progress, Purpose};
use crate::sign_in::challenge::Listening;
use crate::wire::{CERTIFICATE, Wire, given as settings};

const SCRIPT: &str = include_str!("../../docs/set-up/Register-Office365Connector.ps1");

/// The client id of the application in the made-up directory.
const CLIENT: &str = "00001111-aaaa-2222-bbbb-3333cccc4444";

/// What stands between two texts, as often as both stand there.
fn between<'a>(text: &'a str, from: &str, to: &str) -> Vec<&'a str> {
    text.split(from).skip(1).filter_map(|rest| rest.split_once(to)).map(|(inside, _)| inside).collect()
}

/// What stands in single quotes.
fn quoted(text: &str) -> Vec<&str> {
    text.split('\'').skip(1).step_by(2).collect()
}

/// What stands between a brace or bracket at the beginning and the one that belongs to it.
fn balanced(text: &str) -> &str {
    let mut depth = 0_i32;
    for (at, c) in text.char_indices() {
        depth += i32::from("{(".contains(c)) - i32::from("})".contains(c));
        if depth == 0 {
            return &text[1..at];
        }
    }
    panic!("{text} has no end");
}

/// The names of the parameters.
fn parameters() -> BTreeSet<&'static str> {
    let block = between(SCRIPT, "\nparam(\n", "\n)\n")[0];
    let declared = block.lines().filter_map(|line| line.split_once("] $"));
    declared.filter_map(|(_, rest)| rest.split([',', ' ']).next()).collect()
}

/// The words that look like parameters: a hyphen and a capital letter.
fn switches(text: &str) -> BTreeSet<&str> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
    let names = words.filter_map(|word| word.strip_prefix('-'));
    names.filter(|name| name.starts_with(|c: char| c.is_ascii_uppercase())).collect()
}

#[test]
fn windows_powershell_reads_the_script_as_it_is_written() {
    // A file without a mark of its encoding is read there in the code page of the machine.
    assert!(SCRIPT.is_ascii());
    assert!(SCRIPT.starts_with("#Requires -Version 5.1\n"));
}

#[test]
fn every_parameter_that_is_told_of_exists() {
    let help = between(SCRIPT, "<#", "#>")[0];
    for text in [include_str!("../../docs/set-up/README.md"), include_str!("../../docs/set-up/portal.md"), help] {
        let mut told = switches(text);
        // Those of PowerShell itself.
        told.retain(|name| !["WhatIf", "ExecutionPolicy", "Command"].contains(name));
        assert_eq!(told.difference(&parameters()).collect::<Vec<_>>(), [&""; 0]);
    }
}

#[test]
fn no_parameter_is_passed_over_in_silence_when_a_secret_is_renewed_or_everything_is_taken_away() {
    let block = between(SCRIPT, "# What the run would pass over.\n", "$idle = @(foreach")[0];
    let lists: Vec<BTreeSet<&str>> = block
        .lines()
        .map(|line| quoted(line).into_iter().collect())
        .filter(|list: &BTreeSet<_>| !list.is_empty())
        .collect();
    let [otherwise, renewing, removing] = &lists[..] else { panic!("{lists:?}") };
    let always = ["Tenant", "Name", "ApplicationId", "Old", "Cloud", "UseDeviceCode", "NoBrowser", "ClientId"];
    let of_renewing = ["SignIn", "CertificateFile", "ClientSecret", "CredentialDays"];
    for (refused, used) in [(renewing, &of_renewing[..]), (removing, &["GiveRoleTo", "ShowNames", "ClassicRoles"][..])]
    {
        // The two exclude each other in a sentence of their own.
        let known = always.iter().chain(used).chain(&["Rotate", "Remove"]).copied();
        let all: Vec<&str> = known.chain(refused.iter().copied()).collect();
        assert_eq!(all.iter().copied().collect::<BTreeSet<_>>(), parameters());
        assert_eq!(all.len(), parameters().len(), "one is both used and refused: {all:?}");
    }
    assert_eq!(otherwise.iter().copied().collect::<Vec<_>>(), ["Old"]);
}

#[test]
fn what_does_not_fit_is_refused_before_anything_is_changed() {
    let work = SCRIPT.split("$script:changed = $false\n").nth(1).unwrap();
    let first =
        ["'POST'", "'PATCH'", "'DELETE'"].iter().filter_map(|method| work.find(&format!("Invoke-Graph {method}")));
    let (before, after) = work.split_at(first.min().unwrap());
    for refusal in [
        "There is no application whose secret",
        "which goes with all its secrets",
        "$CertificateFile exists already",
        "There is no user $GiveRoleTo",
        "There is a user $login already",
    ] {
        assert!(before.contains(refusal), "{refusal}");
    }
    assert!(before.contains("Select-Old $proofs"), "what -Old names is looked up");
    // Of an application that is there, the first change follows upon this.
    let refusals: Vec<&str> =
        after.lines().filter(|line| line.contains("throw \"") || line.contains("throw '")).collect();
    assert!(refusals.len() == 1 && refusals[0].contains("on the platform $other already"), "{refusals:?}");
}

#[test]
fn the_script_names_the_same_permissions_features_roles_clouds_and_defaults() {
    for access in ALL {
        let line = SCRIPT.lines().find(|line| line.trim_start().starts_with(&format!("'{}' ", access.name)));
        let line = line.unwrap_or_else(|| panic!("{}", access.name));
        assert_eq!(quoted(line)[1..], [access.role, access.scope], "{}", access.name);
    }
    assert_eq!(SCRIPT.matches("@{ Role = ").count(), ALL.len());
    for (feature, needs) in FEATURES {
        let name = format!("{}{}", feature[..1].to_uppercase(), &feature[1..]);
        let line =
            SCRIPT.lines().find(|line| line.trim_start().starts_with(&format!("{name} ")) && line.contains("@('"));
        assert_eq!(quoted(line.unwrap_or_else(|| panic!("{name}"))), needs, "{name}");
    }
    // Everything that Directory.Read.All opens as well is left out beside it, and nothing else.
    let left_out = quoted(between(SCRIPT, "$inDirectory = ", "\n")[0]);
    let whole: Vec<&str> = of("applications").unwrap().iter().map(|access| access.name).collect();
    let beside = FEATURES.iter().flat_map(|(_, needs)| *needs).filter(|name| !whole.contains(name));
    for name in beside {
        let together = of("spend,use,activity,applications").unwrap();
        assert_eq!(left_out.contains(name), !together.iter().any(|access| access.name == *name), "{name}");
    }
    for role in [REPORTS_READER, BILLING_ADMINISTRATOR, SECURITY_READER] {
        assert!(SCRIPT.lines().any(|line| quoted(line) == [role.0, role.1]), "{role:?}");
    }
    for cloud in Cloud::ALL {
        let line = SCRIPT
            .lines()
            .find(|line| line.contains("Authority = ") && line.contains(&format!("'{}'", cloud.graph_root())));
        let hosts = quoted(line.unwrap_or_else(|| panic!("{cloud:?}")));
        assert_eq!(hosts[0], format!("https://{}", cloud.authority()));
        assert!(cloud == Cloud::Global || hosts[2] == cloud.id(), "{cloud:?}");
    }
    for told in [
        format!("$tag = '{TAG}'"),
        format!("$called = '{}'", super::credential::CALLED),
        format!("$graphAppId = '{GRAPH}'"),
        format!("$redirectUri = '{}'", super::work::REDIRECT),
        format!("$ClientId = '{TOOLS}'"),
        format!("$Name = '{}'", answers::DEFAULT_NAME),
        format!("[ValidateRange(1, {})]\n    [int] $CredentialDays = {},", answers::MOST_DAYS, answers::DEFAULT_DAYS),
    ] {
        assert!(SCRIPT.contains(&told), "{told}");
    }
}

#[test]
fn the_script_asks_the_administrator_for_the_same_scopes() {
    let block = between(SCRIPT, "$adminScopes = ", "$scope = ")[0];
    assert!(block.starts_with("@("), "a single scope would be a text, to which others are glued");
    let branches: Vec<Vec<&str>> = block.lines().map(quoted).filter(|names| !names.is_empty()).collect();
    let purposes = [Purpose::Preview, Purpose::Rotate, Purpose::Remove, Purpose::Apply];
    let tenant = settings(&[("tenant", "contoso.com")]);
    let scopes = |purpose, answers: &[(&str, &str)]| {
        let record = "Reports Reader for ada@contoso.com (id-ada)\nnames in usage reports";
        let given = [tenant.as_slice(), &settings(&[("set-up-record", record)])].concat();
        let own = if answers.is_empty() || purpose != Purpose::Remove { &tenant } else { &given };
        let wish = Wish::read(purpose, own, &settings(answers)).unwrap();
        let asked = administrator::scopes(&wish, &wish.administrator(&tenant).unwrap());
        let root = format!("{}/", Cloud::Global.graph_root());
        asked.split(' ').filter_map(|scope| scope.strip_prefix(&root)).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(branches.len(), purposes.len() + 5);
    for (purpose, branch) in purposes.into_iter().zip(&branches) {
        assert_eq!(&scopes(purpose, &[]), branch, "{purpose:?}");
    }
    let [remove, apply, user, person, role, look, names] = &branches[2..] else { unreachable!() };
    let preview = &branches[0];
    let shown = ("report-names", "shown");
    let ada = ("give-role-to", "ada@contoso.com");
    for (purpose, answers, parts) in [
        (Purpose::Apply, vec![("restricted-user", "reports-reader")], [apply, user, role]),
        (Purpose::Apply, vec![("restricted-user", "reports-reader"), ada], [apply, user, role]),
        (Purpose::Apply, vec![ada], [apply, person, role]),
        (Purpose::Remove, vec![ada], [remove, role, names]),
        (Purpose::Apply, vec![shown], [apply, names, &Vec::new()]),
        (Purpose::Preview, vec![shown], [preview, look, &Vec::new()]),
    ] {
        let all: Vec<String> = parts.iter().flat_map(|part| part.iter().map(|name| (*name).to_owned())).collect();
        assert_eq!(scopes(purpose, &answers), all, "{answers:?}");
    }
}

#[test]
fn the_script_explains_the_refusals_that_set_up_explains() {
    let block = between(SCRIPT, "$means = switch", "default {")[0];
    let found = block.split(|c: char| !c.is_ascii_digit()).filter(|digits| digits.len() > 4);
    let script: BTreeSet<u32> = found.filter_map(|digits| digits.parse().ok()).collect();
    let unknown: Vec<_> = script
        .iter()
        .filter(|number| {
            let told = administrator::tests::refused("x", **number).message;
            told.contains("The service's own words.")
        })
        .collect();
    assert!(unknown.is_empty(), "set-up does not know {unknown:?}");
    // A declined consent, a missing one, a client that is missing or does not fit, a policy.
    for number in [65004, 65001, 90094, 90095, 700_016, 7_000_112, 50105, 50011, 7_000_218, 53_000, 53_003, 530_032] {
        assert!(script.contains(&number), "{number}");
    }
}

/// A request that changes something: method, path with `{}` for what differs from tenant to tenant.
type Change = (String, String);

/// What the script asks Microsoft Graph, with the fields of the body of each change.
fn asked_by_the_script() -> (BTreeSet<String>, BTreeMap<Change, BTreeSet<String>>) {
    let (mut reads, mut changes) = (BTreeSet::new(), BTreeMap::<_, BTreeSet<String>>::new());
    let calls = SCRIPT.split("Invoke-Graph '").skip(1).filter_map(|rest| rest.split_once("' "));
    let found = SCRIPT.split("Find-All ").skip(1).map(|rest| ("GET", rest));
    let kept = SCRIPT.split("$search = ").skip(1).map(|rest| ("GET", rest));
    for (method, rest) in calls.chain(found).chain(kept) {
        let quote = rest.chars().next().filter(|c| "\"'".contains(*c));
        let Some((path, body)) = quote.and_then(|quote| rest[1..].split_once(quote)) else { continue };
        let path = template(path);
        if method == "GET" {
            reads.insert(path);
        } else {
            changes.entry((method.to_owned(), path)).or_default().extend(fields(body.trim_start()));
        }
    }
    (reads, changes)
}

/// A path without its query, `{}` in place of what is put in.
fn template(path: &str) -> String {
    let path = path.split(['?', '`']).next().unwrap_or_default();
    let part = |part: &str| if part.contains('$') { "{}".to_owned() } else { part.to_owned() };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

/// The names of the fields of a body: written beside the call, or into a variable before it.
fn fields(body: &str) -> BTreeSet<String> {
    if let Some(rest) = body.strip_prefix('@') {
        return names(balanced(rest));
    }
    let Some(variable) = body.strip_prefix('$').and_then(|rest| rest.split([' ', '\n']).next()) else {
        return BTreeSet::new();
    };
    let mut all = BTreeSet::new();
    for whole in SCRIPT.split(&format!("${variable} = @")).skip(1) {
        all.extend(names(balanced(whole)));
    }
    all.extend(between(SCRIPT, &format!("${variable}."), " = ").into_iter().map(str::to_owned));
    if SCRIPT.contains(&format!("${variable}[$platform] = ")) {
        all.extend(["web", "publicClient"].map(str::to_owned));
    }
    all.retain(|name| name.chars().all(|c| c.is_ascii_alphanumeric() || "@.".contains(c)));
    all
}

/// The names at the outermost level of a hashtable.
fn names(table: &str) -> BTreeSet<String> {
    let mut depth = 0_i32;
    let outer: String = table
        .chars()
        .filter(|c| {
            depth += i32::from("{(".contains(*c)) - i32::from("})".contains(*c));
            depth == 0
        })
        .collect();
    let parts = outer.split([';', '\n']).filter_map(|part| part.split_once('='));
    // The sign of the OData type stands in quotes.
    parts.map(|(name, _)| name.trim().trim_matches('\'').to_owned()).collect()
}

/// A directory with one application, or none, that answers whatever set-up asks.
fn directory(application: Option<Value>) -> Wire {
    Wire::service(move |url| {
        let path = url.split("/v1.0/").nth(1).unwrap_or(url);
        let list = |all: Vec<Value>| json!({ "value": all });
        let body = match path.split(['?', '/']).next().unwrap_or_default() {
            _ if url.contains("oauth2/v2.0/devicecode") => json!({"device_code": "d", "user_code": "U", "interval": 1,
                "verification_uri": "https://microsoft.com/devicelogin"}),
            _ if url.contains("oauth2/v2.0/token") => json!({"access_token": "e30.e30.x", "token_type": "Bearer"}),
            "applications" if path.contains("addPassword") => json!({"secretText": "abC8Q~new", "keyId": "id-new"}),
            "applications" if path.starts_with("applications?") => list(application.iter().cloned().collect()),
            "applications" => application.clone().unwrap_or_else(|| json!({"id": "id-object", "appId": CLIENT})),
            "servicePrincipals" if path.contains("appRoleAssignments") => {
                list(vec![json!({"id": "id-assignment", "resourceId": "id-graph", "appRoleId": ALL[8].role})])
            }
            "servicePrincipals" if path.contains(GRAPH) => list(vec![json!({"id": "id-graph"})]),
            "servicePrincipals" if path.contains('?') => list(Vec::new()),
            "servicePrincipals" => json!({"id": "id-principal"}),
            "oauth2PermissionGrants" if application.is_none() => list(Vec::new()),
            "oauth2PermissionGrants" => {
                list(vec![json!({"id": "id-grant", "resourceId": "id-graph", "scope": "openid User.Read.All"})])
            }
            "admin" => json!({"displayConcealedNames": true}),
            "organization" => list(vec![json!({"verifiedDomains": [{"name": "contoso.com", "isDefault": true}]})]),
            "users" if path.contains("displayName%20eq") => {
                let (name, of) = ("x (restricted user)", "x");
                list(vec![json!({"id": "id-user", "userPrincipalName": "r@c", "displayName": name, "jobTitle": of})])
            }
            "users" if path.contains("ada@") => json!({"id": "id-ada", "userPrincipalName": "ada@contoso.com"}),
            "users" if path.contains('@') => return (404, "{}".to_owned()),
            "users" => json!({"id": "id-user"}),
            "roleManagement" if path.contains("id-ada") => {
                let role = REPORTS_READER.1;
                list(vec![json!({"id": "id-given", "roleDefinitionId": role, "directoryScopeId": "/"})])
            }
            _ => list(Vec::new()),
        };
        (200, body.to_string())
    })
}

/// Runs set-up by a code to its end.
fn run(wire: &Wire, purpose: Purpose, own: &[(&str, &str)], given: &[(&str, &str)]) -> Finished {
    let own = settings(&[&[("tenant", "contoso.com")], own].concat());
    let given = settings(&[&[("administrator-sign-in", "device-code")], given].concat());
    let make = |_: &str, _: &str, _: u32| Ok(CERTIFICATE.to_owned());
    let step = |reply: &Reply, kept: Option<&[u8]>, now| {
        SetUp { transport: Listening::to(wire), purpose, settings: &own, answers: &given, make: &make, now }
            .step(reply, kept)
            .unwrap()
    };
    let mut progress = step(&Reply::Start("http://localhost".to_owned()), None, 1_800_000_000);
    for turn in 1..60 {
        match progress {
            Progress::Finished(finished) => return finished,
            Progress::Keep(kept) => progress = step(&Reply::Kept, Some(&kept.continuation), 1_800_000_000 + turn),
            Progress::Ask(question) => {
                let waits = matches!(question.ask, Ask::Wait(_) | Ask::EnterCode(_));
                assert!(waits, "another question");
                progress = step(&Reply::Waited, Some(&question.continuation), 1_800_000_000 + turn);
            }
        }
    }
    panic!("it does not end");
}

#[test]
fn the_script_changes_the_directory_by_the_same_requests() {
    let held = |scope: &str| {
        json!({"id": "id-object", "appId": CLIENT, "displayName": "x", "tags": [TAG],
            "requiredResourceAccess": [{"resourceAppId": GRAPH, "resourceAccess": [{"id": scope, "type": "Scope"}]}],
            "passwordCredentials": [{"keyId": "id-old", "hint": "abC", "displayName": super::credential::CALLED}],
            "keyCredentials": [{"key": "old", "displayName": super::credential::CALLED}]})
    };
    let ours = || directory(Some(held(ALL[1].scope)));
    let wires = [directory(None), directory(None), ours(), ours(), ours(), ours(), ours()];
    let user = [("restricted-user", "classic")];
    run(&wires[0], Purpose::Apply, &[], &user);
    run(&wires[1], Purpose::Apply, &[("sign-in", "device-code")], &[]);
    run(&wires[2], Purpose::Apply, &[("sign-in", "certificate")], &[]);
    run(&wires[3], Purpose::Apply, &[("sign-in", "device-code")], &[("features", "use")]);
    run(&wires[4], Purpose::Apply, &[("sign-in", "browser")], &[("report-names", "shown")]);
    run(&wires[5], Purpose::Rotate, &[("application-id", CLIENT), ("client-secret", "abC8Q~old")], &[]);
    let record = "Reports Reader for ada@contoso.com (id-ada)";
    run(
        &wires[6],
        Purpose::Remove,
        &[("application-id", CLIENT), ("set-up-record", record)],
        &[("application-name", "x")],
    );

    let (mut reads, mut changes) = (BTreeSet::new(), BTreeMap::<Change, BTreeSet<String>>::new());
    for wire in &wires {
        for request in wire.asked().iter() {
            let Some((_, path)) = request.url.split_once("/v1.0/") else { continue };
            let path = path.split('?').next().unwrap_or_default();
            let part = |part: &str| if part.starts_with("id-") { "{}".to_owned() } else { part.to_owned() };
            let path = path.split('/').map(part).collect::<Vec<_>>().join("/");
            if request.method == "GET" {
                reads.insert(path);
                continue;
            }
            let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
            let names = body.as_object().into_iter().flat_map(serde_json::Map::keys).cloned();
            changes.entry((request.method.to_owned(), path)).or_default().extend(names);
        }
    }
    let (script_reads, script_changes) = asked_by_the_script();
    assert_eq!(script_changes, changes);
    assert!(script_reads.is_subset(&reads), "{script_reads:?} and {reads:?}");
}
