//! What a connection can do, as tables: the end of `connect`, and all of `doctor`.

use super::failure::Failure;
use super::options::Global;
use super::output::{print, show};
use crate::contract::dialogue::{Capability, Command, Granted, State};
use crate::report::{Cell, Column, Report, Unit};
use crate::text::counted;

/// What was found out of a connection.
pub(super) struct Found<'a> {
    /// The name of the connection.
    pub(super) name: &'a str,
    pub(super) capabilities: &'a [Capability],
    pub(super) granted: &'a [Granted],
    /// The connector can make changes at the service itself.
    pub(super) has_set_up: bool,
}

/// All tables, for people: what works, which changes would make the rest work, what was granted.
pub(super) fn tell(found: &Found<'_>, global: &Global) -> Result<(), Failure> {
    show(&found.states(), global)?;
    let mends = found.mends();
    if !mends.rows.is_empty() {
        print("\n")?;
        show(&mends, global)?;
    }
    if !found.granted.is_empty() {
        print("\n")?;
        show(&found.granted(), global)?;
    }
    Ok(())
}

impl Found<'_> {
    /// A row for each dataset and rule, with all that is known of it.
    pub(super) fn report(&self) -> Report {
        Report {
            title: "What works".to_owned(),
            columns: vec![
                column("subject", "Id"),
                column("title", "What"),
                column("state", "State"),
                column("because", "Why"),
                column("mend", "What would mend it"),
                column("command", "Command"),
                column("permissions", "By"),
            ],
            rows: self.capabilities.iter().map(|capability| self.row(capability)).collect(),
            totals: Vec::new(),
            notes: vec![self.count()],
        }
    }

    /// The same without the reasons, which are long and stand in [`Found::mends`] once for all that they hold up.
    fn states(&self) -> Report {
        let whole = self.report();
        let kept = ["state", "subject", "title", "permissions"];
        let places: Vec<usize> =
            kept.iter().filter_map(|name| whole.columns.iter().position(|column| column.name == *name)).collect();
        let pick = |row: &Vec<Cell>| places.iter().filter_map(|place| row.get(*place).cloned()).collect();
        let columns = places.iter().filter_map(|place| whole.columns.get(*place).cloned()).collect();
        Report { columns, rows: whole.rows.iter().map(pick).collect(), ..whole }
    }

    /// A row for each change that would make something work, or work better.
    fn mends(&self) -> Report {
        let mut rows: Vec<(&Capability, Vec<&str>)> = Vec::new();
        for capability in self.capabilities.iter().filter(|capability| capability.state != State::Works) {
            let same = |other: &Capability| other.mend == capability.mend && other.mended_by == capability.mended_by;
            match rows.iter_mut().find(|(first, _)| same(first)) {
                Some((_, subjects)) => subjects.push(&capability.subject),
                None => rows.push((capability, vec![&capability.subject])),
            }
        }
        let row = |(first, subjects): &(&Capability, Vec<&str>)| {
            let (because, mend, command) = (first.because.clone(), first.mend.clone(), self.command(first));
            vec![text(because), text(mend), text(command), Cell::Text(subjects.join(", "))]
        };
        Report {
            title: "What would make the rest work".to_owned(),
            columns: vec![
                column("because", "Why"),
                column("mend", "What would mend it"),
                column("command", "Command"),
                column("subjects", "For"),
            ],
            rows: rows.iter().map(row).collect(),
            totals: Vec::new(),
            notes: Vec::new(),
        }
    }

    fn count(&self) -> String {
        let count = |state| self.capabilities.iter().filter(|capability| capability.state == state).count() as u64;
        let (all, works) = (self.capabilities.len() as u64, count(State::Works));
        let (degraded, missing) = (count(State::Degraded), count(State::NotPossible));
        let verb = if works == 1 { "works" } else { "work" };
        let mut note = format!("{works} of {} {verb}", counted(all, "line", "lines"));
        if degraded > 0 {
            note.push_str(&format!(", {degraded} degraded"));
        }
        if missing > 0 {
            note.push_str(&format!(", {missing} not possible"));
        }
        note + "."
    }

    fn row(&self, capability: &Capability) -> Vec<Cell> {
        let state = match capability.state {
            State::Works => "works",
            State::Degraded => "degraded",
            State::NotPossible => "not possible",
            State::Unknown => "unknown",
        };
        let permissions = (!capability.permissions.is_empty()).then(|| capability.permissions.join(", "));
        vec![
            Cell::Text(capability.subject.clone()),
            Cell::Text(capability.title.clone()),
            Cell::Text(state.to_owned()),
            text(capability.because.clone()),
            text(capability.mend.clone()),
            text(self.command(capability)),
            text(permissions),
        ]
    }

    /// The command that mends it, as it is typed into a shell; none when there is none, or when an answer holds what no
    /// shell takes.
    fn command(&self, capability: &Capability) -> Option<String> {
        let command = capability.mended_by.as_ref().filter(|_| self.has_set_up)?;
        let mut words = vec!["host-harness".to_owned(), "set-up".to_owned(), self.name.to_owned()];
        match command {
            Command::Rotate => words.push("--rotate".to_owned()),
            Command::SetUp(answers) => {
                for answer in answers {
                    words.extend(["--set".to_owned(), format!("{}={}", answer.name, answer.value)]);
                }
            }
        }
        shlex::try_join(words.iter().map(String::as_str)).ok()
    }

    /// A row for each permission that the credential carries.
    pub(super) fn granted(&self) -> Report {
        let row = |granted: &Granted| {
            let needed = !granted.buys.is_empty();
            let buys = needed.then(|| granted.buys.join(", "));
            vec![Cell::Text(granted.permission.clone()), Cell::Bool(needed), text(buys)]
        };
        let idle: Vec<&str> = self
            .granted
            .iter()
            .filter(|granted| granted.buys.is_empty())
            .map(|granted| granted.permission.as_str())
            .collect();
        let note = (!idle.is_empty()).then(|| format!("Not needed, and can be taken away: {}.", idle.join(", ")));
        Report {
            title: "What was granted".to_owned(),
            columns: vec![
                column("permission", "Permission"),
                Column { name: "needed", title: "Needed", unit: Unit::Bool },
                column("buys", "What it is for"),
            ],
            rows: self.granted.iter().map(row).collect(),
            totals: Vec::new(),
            notes: note.into_iter().collect(),
        }
    }
}

fn column(name: &'static str, title: &'static str) -> Column {
    Column { name, title, unit: Unit::Text }
}

fn text(text: Option<String>) -> Cell {
    text.map_or(Cell::Absent, Cell::Text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::types::Setting;

    fn capability(subject: &str, state: State, mended_by: Option<Command>) -> Capability {
        Capability {
            subject: subject.into(),
            title: subject.into(),
            state,
            because: None,
            mend: None,
            mended_by,
            permissions: vec!["read".into()],
        }
    }

    #[test]
    fn the_command_that_mends_is_named_where_the_connector_has_one() {
        let answer = |name: &str, value: &str| Setting::new(name, value);
        let (reader, group) = (answer("reader", "o'brien@example.com"), answer("group", "all of us"));
        let capabilities = [
            capability("a", State::Works, None),
            capability("b", State::NotPossible, Some(Command::SetUp(Vec::new()))),
            capability("c", State::Degraded, Some(Command::Rotate)),
            capability("d", State::NotPossible, Some(Command::SetUp(vec![reader, group]))),
            capability("e", State::Degraded, Some(Command::SetUp(Vec::new()))),
        ];
        let granted = [
            Granted { permission: "read".into(), buys: vec!["a".into()] },
            Granted { permission: "write".into(), buys: Vec::new() },
        ];
        let found = Found { name: "acme", capabilities: &capabilities, granted: &granted, has_set_up: true };
        let report = found.report();
        assert_eq!(report.rows[0][5], Cell::Absent);
        assert_eq!(report.rows[1][5], Cell::Text("host-harness set-up acme".into()));
        assert_eq!(report.rows[2][5], Cell::Text("host-harness set-up acme --rotate".into()));
        let both = r#"host-harness set-up acme --set "reader=o'brien@example.com" --set 'group=all of us'"#;
        assert_eq!(report.rows[3][5], Cell::Text(both.into()));
        assert_eq!(report.notes, ["1 of 5 lines works, 2 degraded, 2 not possible."]);
        let states = found.states();
        let names: Vec<&str> = states.columns.iter().map(|column| column.name).collect();
        assert_eq!(names, ["state", "subject", "title", "permissions"]);
        assert_eq!(states.rows[1][..2], [Cell::Text("not possible".into()), Cell::Text("b".into())]);
        // One row for each change, with all that it mends.
        let rest: Vec<[Cell; 2]> = found.mends().rows.iter().map(|row| [row[2].clone(), row[3].clone()]).collect();
        let said = |command: &str, subjects: &str| [Cell::Text(command.into()), Cell::Text(subjects.into())];
        assert_eq!(
            rest,
            [said("host-harness set-up acme", "b, e"), said("host-harness set-up acme --rotate", "c"), said(both, "d"),]
        );
        let without = Found { has_set_up: false, ..found };
        assert_eq!(without.report().rows[1][5], Cell::Absent);
        let granted = without.granted();
        assert_eq!(granted.rows[1], [Cell::Text("write".into()), Cell::Bool(false), Cell::Absent]);
        assert_eq!(granted.notes, ["Not needed, and can be taken away: write."]);
    }
}
