//! `show`: what was collected, as tables.

use super::argument::SomeConnections;
use super::exit::Exit;
use super::explain;
use super::failure::Failure;
use super::news::tell_news;
use super::options::Global;
use super::output::show;
use super::session::Session;
use super::sign_ins;
use crate::report::{By as Share, Cell, Column, Dimension, Look, Question, Report};
use crate::table::Format;
use crate::text::{counted, thousands};
use clap::{Args, ValueEnum};
use jiff::Timestamp;

const EXAMPLES: &str = "\
Examples:
  host-harness show subscriptions --plans
  host-harness show costs acme --by cost-centre
  host-harness show recommendations acme --limit 10
  host-harness show users acme --user ada --format csv > users.csv
  host-harness show applications --by category
  host-harness show applications acme --explain 11112222-bbbb-3333-cccc-4444dddd5555
  host-harness show notifications --new
  host-harness show gaps --format json
  host-harness show heat-map acme --user ada --days 60
  host-harness show utilisation acme --by department
  host-harness show sign-ins acme --user ada --days 7 --format csv > sign-ins.csv

Totals are given for each currency by itself. Those of the plan can really be had; savings of different recommendations
can overlap.
";

/// What can be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Subject {
    /// Persons, their seats and when they were last active
    Users,
    /// What is bought, used and spare, and what it costs
    Subscriptions,
    /// Who holds which seat: directly or through which group, since when, and what is switched off
    Entitlements,
    /// What is paid for in a month, summed by product, person or where the person belongs
    Costs,
    /// What to save, with the evidence
    Recommendations,
    /// What to buy less or instead, without overlaps, and what that saves in total
    Plan,
    /// Applications that are used or installed
    Applications,
    /// Users and sign-ins of each application on each day of the history
    ApplicationDays,
    /// Single sign-ins, newest first, where a connector was told to keep them
    SignIns,
    /// News
    Notifications,
    /// What persons did
    Usage,
    /// On which days persons used what
    HeatMap,
    /// Which share of the known days persons used what they have
    Utilisation,
    /// What could not be had, why, and what would mend it
    Gaps,
}

/// What costs and utilisation are told of, and applications stand beside each other by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum By {
    User,
    Department,
    Company,
    CostCentre,
    Country,
    Product,
    /// Of utilisation alone
    Feature,
    /// Of applications alone
    Category,
}

/// Show what was collected
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Show {
    /// What to show
    #[arg(value_enum)]
    subject: Subject,
    #[command(flatten)]
    connections: SomeConnections,
    /// At most so many rows
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// Only rows with this person: a part of a name, whatever its case
    #[arg(long, value_name = "TEXT")]
    user: Option<String>,
    /// Only rows with this text in any column, whatever its case
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,
    /// Of usage, a heat map or utilisation: only this feature
    #[arg(long, value_name = "ID")]
    feature: Option<String>,
    /// Of a heat map, utilisation or single sign-ins: how many days back, today included [default: 60, of sign-ins all]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=3650))]
    days: Option<u16>,
    /// Only new applications; or only notifications that were not shown before, which count as shown afterwards
    #[arg(long, conflicts_with_all = ["user", "search"])]
    new: bool,
    /// What costs are summed by [default: product], what utilisation is told of [default: feature], or what applications
    /// stand beside each other by
    #[arg(long, value_enum, conflicts_with = "new")]
    by: Option<By>,
    /// Subscriptions with the plans that each holds
    #[arg(long)]
    plans: bool,
    /// Tell why an application is what it is said to be, by its id or name
    #[arg(long, value_name = "ID", conflicts_with_all = ["by", "new", "user", "search", "limit"])]
    explain: Option<String>,
}

pub(super) async fn run(args: Show, global: &Global) -> Result<Exit, Failure> {
    if args.explain.is_some() && args.subject != Subject::Applications {
        return Err(Failure::usage("Only applications are explained here.")
            .next("host-harness show applications NAME --explain ID"));
    }
    if let Some(subject) = &args.explain {
        let [name] = args.connections.names.as_slice() else {
            return Err(Failure::usage("An application is explained for one connection.")
                .next("host-harness show applications NAME --explain ID"));
        };
        return explain::application(name, subject, global).await;
    }
    let session = Session::open(global)?;
    session.checked(&args.connections.names)?;
    if args.new && !matches!(args.subject, Subject::Notifications | Subject::Applications) {
        return Err(Failure::usage("Only applications and notifications can be new.")
            .next("host-harness show applications --new"));
    }
    let dimension = dimension(args.by).filter(|_| args.subject == Subject::Costs);
    let share = share(args.by).filter(|_| args.subject == Subject::Utilisation);
    let categories = args.by == Some(By::Category) && args.subject == Subject::Applications;
    if args.by.is_some() && dimension.is_none() && share.is_none() && !categories {
        return Err(Failure::usage(
            "Costs are told by user, department, company, cost-centre, country or product; utilisation by user, feature, \
             product or department; applications by category. Nothing else is told by something.",
        )
        .next("host-harness show costs --by department"));
    }
    if args.plans && args.subject != Subject::Subscriptions {
        return Err(Failure::usage("Only subscriptions hold plans.").next("host-harness show subscriptions --plans"));
    }
    if args.new && args.subject == Subject::Notifications {
        tell_news(&session, &args.connections.names, args.limit, global)?;
        return Ok(Exit::Done);
    }
    let of_days = OF_DAYS.contains(&args.subject);
    if args.feature.is_some() && !of_days && args.subject != Subject::Usage {
        return Err(Failure::usage("Only usage, a heat map and utilisation are told of a feature.")
            .next("host-harness show utilisation --feature ID"));
    }
    // Heat maps and utilisation look for the person themselves, so that sums are of that person.
    let filtered = (args.user.is_some() && !of_days) || args.search.is_some() || args.new;
    let look = Look { days: args.days.unwrap_or(DAYS), feature: args.feature.as_deref(), user: args.user.as_deref() };
    let readable = global.format == Format::Table;
    let question = Question {
        connections: &args.connections.names,
        now: Timestamp::now(),
        limit: args.limit.filter(|_| !filtered),
    };
    if args.subject == Subject::SignIns {
        let question = Question { limit: args.limit, ..question };
        sign_ins::show(&session, question, args.days, |columns, row| fits(&args, columns, row), global)?;
        return Ok(Exit::Done);
    }
    let database = &session.database;
    let mut report = match args.subject {
        Subject::Users => database.users_report(question),
        Subject::Subscriptions => database.subscriptions_report(question),
        Subject::Entitlements => database.entitlements_report(question),
        Subject::Costs => database.costs_report(question, dimension.unwrap_or(Dimension::Product)),
        Subject::Recommendations => database.recommendations_report(question),
        Subject::Plan => database.plan_report(question),
        Subject::Applications if categories => database.categories_report(question),
        Subject::Applications => database.applications_report(question),
        Subject::ApplicationDays => database.application_days_report(question),
        // Told apart before: they are shown one after another.
        Subject::SignIns => database.sign_ins_report(question),
        Subject::Notifications => database.notifications_report(question),
        Subject::Usage => database.usage_report(question, look.feature, readable),
        Subject::HeatMap => database.heat_map_report(question, look, !readable),
        Subject::Utilisation => database.utilisation_report(question, look, share.unwrap_or_default()),
        Subject::Gaps => database.gaps_report(question),
    }?;
    if !args.plans {
        report.leave_out("plans");
    }
    if filtered {
        filter(&mut report, &args);
    }
    show(&report, global)?;
    Ok(Exit::Done)
}

/// What costs are summed by.
fn dimension(by: Option<By>) -> Option<Dimension> {
    Some(match by {
        Some(By::User) => Dimension::User,
        Some(By::Department) => Dimension::Department,
        Some(By::Company) => Dimension::Company,
        Some(By::CostCentre) => Dimension::CostCentre,
        Some(By::Country) => Dimension::Country,
        Some(By::Product) | None => Dimension::Product,
        Some(By::Feature | By::Category) => return None,
    })
}

/// What shares of use are told of.
fn share(by: Option<By>) -> Option<Share> {
    Some(match by {
        Some(By::User) => Share::User,
        Some(By::Product) => Share::Product,
        Some(By::Department) => Share::Department,
        Some(By::Feature) | None => Share::Feature,
        Some(By::Company | By::CostCentre | By::Country | By::Category) => return None,
    })
}

/// Days back of a heat map and of utilisation.
const DAYS: u16 = 60;

/// What is told of days, and looks for a person itself.
const OF_DAYS: [Subject; 2] = [Subject::HeatMap, Subject::Utilisation];

/// Columns that name a person.
const PERSONS: [&str; 3] = ["principal_name", "name", "subject"];

/// Keeps the rows that were asked for. Totals and notes speak of all rows, so that they go.
fn filter(report: &mut Report, args: &Show) {
    let (all, columns) = (report.rows.len(), report.columns.clone());
    report.rows.retain(|row| fits(args, &columns, row));
    let found = report.rows.len();
    report.rows.truncate(args.limit.unwrap_or(usize::MAX));
    report.totals.clear();
    report.notes = vec![format!("{} of {} fit.", thousands(found as u64), counted(all as u64, "row", "rows"))];
}

/// Whether a row was asked for.
fn fits(args: &Show, columns: &[Column], row: &[Cell]) -> bool {
    let holds = |wanted: &str, persons: bool| {
        // A title has blanks where an id has hyphens.
        let plain = |text: &str| text.to_lowercase().replace('-', " ");
        let wanted = plain(wanted);
        columns
            .iter()
            .zip(row)
            .filter(|(column, _)| !persons || PERSONS.contains(&column.name))
            .any(|(_, cell)| matches!(cell, Cell::Text(text) if plain(text).contains(&wanted)))
    };
    let is_new = || columns.iter().zip(row).any(|(column, cell)| column.name == "new" && *cell == Cell::Bool(true));
    (!args.new || is_new())
        && args.user.as_ref().is_none_or(|user| OF_DAYS.contains(&args.subject) || holds(user, true))
        && args.search.as_ref().is_none_or(|text| holds(text, false))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Unit;
    use clap::Parser;

    #[derive(Parser)]
    struct Command {
        #[command(flatten)]
        show: Show,
    }

    fn filtered(words: &[&str]) -> Report {
        let column = |name| Column { name, title: name, unit: Unit::Text };
        let row = |person: &str, product: &str| vec![Cell::Text(person.into()), Cell::Text(product.into())];
        let mut report = Report {
            title: "Seats".into(),
            columns: vec![column("principal_name"), column("product")],
            rows: vec![
                row("Ada@acme.example", "plan"),
                row("bob@acme.example", "Adapter"),
                row("adam@acme.example", "plan"),
            ],
            totals: vec![row("Total", "")],
            notes: vec!["All of them.".into()],
        };
        let command = Command::parse_from(["show", "users"].iter().chain(words));
        filter(&mut report, &command.show);
        report
    }

    #[test]
    fn a_person_is_found_by_a_part_of_the_name_whatever_its_case() {
        let report = filtered(&["--user", "ada"]);
        let found: Vec<_> = report.rows.iter().map(|row| row[0].clone()).collect();
        assert_eq!(found, [Cell::Text("Ada@acme.example".into()), Cell::Text("adam@acme.example".into())]);
        assert!(report.totals.is_empty());
        assert_eq!(report.notes, ["2 of 3 rows fit."]);
    }

    #[test]
    fn only_rows_that_are_new_are_kept_when_asked_for() {
        let flag = |name: &str, new| vec![Cell::Text(name.into()), Cell::Bool(new)];
        let mut report = Report {
            title: "Applications".into(),
            columns: vec![
                Column { name: "name", title: "Application", unit: Unit::Text },
                Column { name: "new", title: "New", unit: Unit::Bool },
            ],
            rows: vec![flag("old", false), flag("fresh", true)],
            totals: Vec::new(),
            notes: Vec::new(),
        };
        filter(&mut report, &Command::parse_from(["show", "applications", "--new"]).show);
        assert_eq!(report.rows, [flag("fresh", true)]);
        assert_eq!(report.notes, ["1 of 2 rows fit."]);
    }

    #[test]
    fn a_text_is_looked_for_in_every_column_and_the_limit_cuts_what_was_found() {
        let report = filtered(&["--search", "ADA", "--limit", "2"]);
        assert_eq!(report.rows.len(), 2);
        assert_eq!(report.notes, ["3 of 3 rows fit."]);
        assert_eq!(filtered(&["--search", "nothing"]).rows.len(), 0);
    }
}
