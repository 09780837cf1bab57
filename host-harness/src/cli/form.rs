//! The settings form of a connector, filled from options, from what is stored, and at the terminal.

use super::argument::Pair;
use super::exit::Exit;
use super::failure::{Failure, problem_line};
use crate::contract::manifest::Field;
use crate::contract::types::{Problem, Setting};
use crate::prompt;
use crate::secret::Secret;
use crate::text::did_you_mean;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};

/// The largest file that holds one setting. Certificates with their chain take a few kilobytes.
const FILE_BYTES: u64 = 256 * 1024;

/// Where the values of a form come from on the command line.
pub(super) struct Given<'a> {
    pub(super) set: &'a [Pair],
    pub(super) secret_file: &'a [Pair],
    pub(super) secret_env: &'a [Pair],
}

/// A value of the command line that cannot be taken over.
pub(super) struct Refused {
    field: String,
    why: String,
}

/// Where a value stands.
#[derive(Clone, Copy)]
enum Source {
    Set,
    File,
    Variable,
}

impl Source {
    fn read(self, value: &str) -> Result<Secret, String> {
        match self {
            Source::Set => Ok(Secret::from(value.to_owned())),
            Source::File => read_file(value),
            Source::Variable => read_variable(value),
        }
    }
}

/// A settings form that is being filled.
pub(super) struct Form<'a> {
    fields: &'a [Field],
    values: BTreeMap<String, Secret>,
}

impl<'a> Form<'a> {
    /// A form with what is stored already.
    pub(super) fn new(fields: &'a [Field], stored: Vec<Setting>) -> Self {
        Form { fields, values: stored.into_iter().map(|setting| (setting.name, setting.value.into())).collect() }
    }

    /// Takes the values of the command line over, and returns what is wrong with the options, all at once.
    pub(super) fn fill(&mut self, given: &Given<'_>) -> Vec<Refused> {
        let mut wrong = Vec::new();
        for (pairs, source) in
            [(given.set, Source::Set), (given.secret_file, Source::File), (given.secret_env, Source::Variable)]
        {
            for pair in pairs {
                match self.expect(pair, source).and_then(|()| source.read(&pair.value)) {
                    // An empty value takes the setting away.
                    Ok(value) if value.is_empty() => drop(self.values.remove(&pair.field)),
                    Ok(value) => drop(self.values.insert(pair.field.clone(), value)),
                    Err(why) => wrong.push(Refused { field: pair.field.clone(), why }),
                }
            }
        }
        wrong
    }

    /// What is wrong with the options, and then with the settings as far as they could be read.
    pub(super) fn refused(&self, options: &[Refused], problems: &[Problem]) -> Failure {
        let lines = options.iter().map(|refused| format!("{}: {}", refused.field, refused.why));
        let others = problems.iter().filter(|problem| options.iter().all(|refused| refused.field != problem.field));
        let lines = lines.chain(others.map(|problem| self.line(problem)));
        Failure::usage("These settings do not fit:").details(lines)
    }

    fn expect(&self, pair: &Pair, source: Source) -> Result<(), String> {
        let name = pair.field.as_str();
        let Some(field) = self.fields.iter().find(|field| field.name == name) else {
            let meant = did_you_mean(name, self.fields.iter().map(|field| field.name.as_str()));
            return Err(format!("There is no such setting.{meant}"));
        };
        match (field.secret, source) {
            // An empty value gives nothing away, and is how a secret is taken away.
            (true, Source::Set) if !pair.value.is_empty() => Err(format!(
                "It is a secret, and what stands on a command line is seen by others. Use --secret-file {name}=FILE or \
                 --secret-env {name}=VARIABLE, or leave it out to be asked."
            )),
            (false, Source::File | Source::Variable) => Err(format!("It is no secret. Use --set {name}=VALUE.")),
            _ => Ok(()),
        }
    }

    /// Asks for each required value that is missing.
    pub(super) fn ask_for_missing(&mut self) -> io::Result<()> {
        for field in self.fields.iter().filter(|field| field.required) {
            if !self.values.contains_key(&field.name)
                && self.is_asked(field)
                && let Some(value) = prompt::field(field)?
            {
                self.values.insert(field.name.clone(), value);
            }
        }
        Ok(())
    }

    /// Asks again for the fields with a problem. False: there is no such field, or nothing was entered.
    pub(super) fn ask_again(&mut self, problems: &[Problem]) -> io::Result<bool> {
        let mut entered = false;
        for problem in problems {
            let Some(field) = self.fields.iter().find(|field| field.name == problem.field) else { continue };
            prompt::say(&problem_line(problem))?;
            // Here it is needed, even when it can be left out in other circumstances.
            if let Some(value) = prompt::field(&Field { required: true, ..field.clone() })? {
                self.values.insert(field.name.clone(), value);
                entered = true;
            }
        }
        Ok(entered)
    }

    /// The field applies, given what the field it depends on holds.
    fn is_asked(&self, field: &Field) -> bool {
        let Some((name, wanted)) = &field.only_when else { return true };
        let default = || self.fields.iter().find(|other| other.name == *name)?.default.as_deref();
        let value = self.values.get(name).and_then(Secret::expose_text).or_else(default);
        value.is_some_and(|value| wanted.iter().any(|wanted| wanted == value))
    }

    /// What was entered, in the order of the form.
    pub(super) fn settings(&self) -> Vec<Setting> {
        let entered = self.fields.iter().filter_map(|field| {
            let value = self.values.get(&field.name)?.expose_text()?;
            Some(Setting { name: field.name.clone(), value: value.to_owned() })
        });
        entered.collect()
    }

    /// Every problem of the settings, each with the option that mends it.
    pub(super) fn problems(&self, problems: &[Problem]) -> Failure {
        let what = match problems.len() {
            1 => "One setting does not fit:".to_owned(),
            many => format!("{many} settings do not fit:"),
        };
        Failure::new(Exit::Settings, what).details(problems.iter().map(|problem| self.line(problem)))
    }

    /// A problem, with the option that mends it.
    fn line(&self, problem: &Problem) -> String {
        format!("{} ({})", problem_line(problem), self.option(problem))
    }

    fn option(&self, problem: &Problem) -> String {
        let name = &problem.field;
        match self.fields.iter().find(|field| field.name == *name) {
            Some(field) if field.secret => format!("--secret-file {name}=FILE or --secret-env {name}=VARIABLE"),
            _ => format!("--set {name}=VALUE"),
        }
    }
}

/// The content of a file without the line end that editors put behind it.
fn read_file(path: &str) -> Result<Secret, String> {
    let failed = |error: io::Error| format!("The file {path} cannot be read: {error}.");
    let mut bytes = Vec::new();
    File::open(path).map_err(failed)?.take(FILE_BYTES + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > FILE_BYTES {
        return Err(format!("The file {path} is larger than {} KiB, which is no setting.", FILE_BYTES / 1024));
    }
    let text = String::from_utf8(bytes).map_err(|_| format!("The file {path} holds something else than text."))?;
    match text.trim_end_matches(['\r', '\n']) {
        "" => Err(format!("The file {path} is empty.")),
        value => Ok(Secret::from(value.to_owned())),
    }
}

fn read_variable(name: &str) -> Result<Secret, String> {
    match std::env::var(name) {
        Ok(value) if !value.is_empty() => Ok(Secret::from(value)),
        Ok(_) => Err(format!("The environment variable {name} is empty.")),
        Err(std::env::VarError::NotPresent) => Err(format!("There is no environment variable {name}.")),
        Err(std::env::VarError::NotUnicode(_)) => {
            Err(format!("The environment variable {name} holds something else than text."))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::manifest::Entry;

    fn field(name: &str, secret: bool, only_when: Option<(&str, &str)>) -> Field {
        Field {
            name: name.into(),
            label: name.into(),
            help: String::new(),
            entry: Entry::Text,
            secret,
            required: true,
            default: (name == "way").then(|| "key".into()),
            only_when: only_when.map(|(other, value)| (other.into(), vec![value.into()])),
        }
    }

    fn fields() -> Vec<Field> {
        vec![
            field("domain", false, None),
            field("way", false, None),
            field("api-key", true, Some(("way", "key"))),
            field("person", false, Some(("way", "browser"))),
        ]
    }

    fn pair(field: &str, value: &str) -> Pair {
        Pair { field: field.into(), value: value.into() }
    }

    fn set(pairs: &[Pair]) -> Given<'_> {
        Given { set: pairs, secret_file: &[], secret_env: &[] }
    }

    #[test]
    fn every_option_that_does_not_fit_is_told_at_once() {
        let fields = fields();
        let mut form = Form::new(&fields, Vec::new());
        let given = [pair("api-key", "hunter2"), pair("domian", "x")];
        let plain = [pair("domain", "/nowhere")];
        let refused = form.fill(&Given { secret_file: &plain, ..set(&given) });
        let problem =
            |field: &str| Problem { field: field.into(), wrong: "It is bad.".into(), mend: "Mend it.".into() };
        let failure = form.refused(&refused, &[problem("domain"), problem("way")]);
        assert_eq!(failure.exit, Exit::Usage);
        assert_eq!(failure.details.len(), 4);
        assert!(failure.details[0].contains("--secret-file api-key=FILE"), "{failure}");
        assert!(failure.details[1].contains("Did you mean domain?"), "{failure}");
        assert!(failure.details[2].contains("Use --set domain=VALUE"), "{failure}");
        // What is wrong with the option of a setting comes before what the connector makes of its absence.
        assert_eq!(failure.details[3], "way: It is bad. Mend it. (--set way=VALUE)");
        assert!(!failure.to_string().contains("hunter2"), "{failure}");
    }

    #[test]
    fn what_is_given_replaces_what_is_stored_and_an_empty_value_takes_it_away() {
        let fields = fields();
        let stored = |name: &str| Setting { name: name.into(), value: "old".into() };
        let mut form = Form::new(&fields, vec![stored("way"), stored("domain"), stored("api-key")]);
        form.fill(&set(&[pair("domain", "new"), pair("way", ""), pair("api-key", "")]));
        let now: Vec<_> = form.settings().into_iter().map(|setting| (setting.name, setting.value)).collect();
        assert_eq!(now, [("domain".to_owned(), "new".to_owned())]);
    }

    #[test]
    fn a_secret_is_read_from_a_file_without_its_line_end() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "s3cret \r\n").unwrap();
        let fields = fields();
        let mut form = Form::new(&fields, Vec::new());
        let from = [pair("api-key", file.path().to_str().unwrap())];
        form.fill(&Given { secret_file: &from, ..set(&[]) });
        assert_eq!(form.settings()[0].value, "s3cret ");
    }

    #[test]
    fn a_field_that_depends_on_another_follows_its_value_or_its_default() {
        let fields = fields();
        let mut form = Form::new(&fields, Vec::new());
        assert!(form.is_asked(&fields[2]) && !form.is_asked(&fields[3]));
        form.fill(&set(&[pair("way", "browser")]));
        assert!(!form.is_asked(&fields[2]) && form.is_asked(&fields[3]));
    }

    #[test]
    fn a_wrong_setting_names_the_option_that_mends_it() {
        let fields = fields();
        let form = Form::new(&fields, Vec::new());
        let problem =
            |field: &str| Problem { field: field.into(), wrong: "It is missing.".into(), mend: "Give it.".into() };
        let failure = form.problems(&[problem("domain"), problem("api-key")]);
        assert_eq!(failure.details[0], "domain: It is missing. Give it. (--set domain=VALUE)");
        assert_eq!(
            failure.details[1],
            "api-key: It is missing. Give it. (--secret-file api-key=FILE or --secret-env api-key=VARIABLE)"
        );
    }
}
