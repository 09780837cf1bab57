//! The settings form of a connector, filled from options, from what is stored, and at the terminal.

use super::again::Again;
use super::argument::Pair;
use super::exit::Exit;
use super::failure::Failure;
use crate::contract::manifest::{Entry, Field};
use crate::contract::types::{Problem, Setting};
use crate::keys::{self, KeyError};
use crate::prompt;
use crate::secret::Secret;
use crate::secrets;
use crate::text::did_you_mean;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::io;
use std::mem::take;

/// Where the values of a form come from on the command line.
pub(super) struct Given<'a> {
    pub(super) set: &'a [Pair],
    pub(super) secret_file: &'a [Pair],
    pub(super) secret_env: &'a [Pair],
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
            Source::File => secrets::read_text(value),
            Source::Variable => read_variable(value),
        }
    }
}

/// A settings form that is being filled.
pub(super) struct Form<'a> {
    fields: &'a [Field],
    /// Of a certificate, the certificate alone; of a token file, its path.
    values: BTreeMap<String, Secret>,
    /// The private keys of certificates that were given now.
    keys: BTreeMap<String, Secret>,
    /// A certificate that is given has to end later.
    now: Timestamp,
}

impl<'a> Form<'a> {
    /// A form with what is stored already.
    pub(super) fn new(fields: &'a [Field], stored: Vec<Setting>, now: Timestamp) -> Self {
        let parts = |mut setting: Setting| (take(&mut setting.name), take(&mut setting.value).into());
        let values = stored.into_iter().map(parts).collect();
        Form { fields, values, keys: BTreeMap::new(), now }
    }

    /// Takes the values of the command line over, and returns what is wrong with the options, all at once.
    pub(super) fn fill(&mut self, given: &Given<'_>) -> Vec<Problem> {
        let mut wrong = Vec::new();
        for (pairs, source) in
            [(given.set, Source::Set), (given.secret_file, Source::File), (given.secret_env, Source::Variable)]
        {
            for pair in pairs {
                let taken =
                    self.expect(pair, source).and_then(|()| self.take(pair, source, given).map_err(Wrong::from));
                if let Err(Wrong { wrong: what, mend }) = taken {
                    wrong.push(Problem { field: pair.field.clone(), wrong: what, mend });
                }
            }
        }
        wrong
    }

    /// Takes one value over.
    fn take(&mut self, pair: &Pair, source: Source, given: &Given<'_>) -> Result<(), String> {
        let Pair { field: name, value } = pair;
        let entry = self.fields.iter().find(|field| field.name == *name).map(|field| &field.entry);
        match (entry, source) {
            // An empty value takes the setting away.
            (_, Source::Set) if value.is_empty() => {
                self.values.remove(name);
                self.keys.remove(name);
            }
            (Some(Entry::Certificate), Source::File) => {
                let variable = given.secret_env.iter().find(|other| other.field == *name);
                let passphrase = variable.map(|pair| read_variable(&pair.value)).transpose()?;
                self.certificate(name, value, passphrase)?;
            }
            // The passphrase: taken with the file.
            (Some(Entry::Certificate), Source::Variable) => {
                if !given.secret_file.iter().any(|other| other.field == *name) {
                    return Err(format!(
                        "The variable holds the passphrase of a file: give --secret-file {name}=FILE beside it."
                    ));
                }
            }
            (Some(Entry::TokenFile), Source::File) => self.token_file(name, value)?,
            (Some(Entry::TokenFile), Source::Variable) => {
                let path = read_variable(value)?;
                self.token_file(name, path.expose_text().unwrap_or_default())?;
            }
            _ => {
                let value = source.read(value)?;
                self.values.insert(name.clone(), value);
            }
        }
        Ok(())
    }

    /// Takes a certificate and its private key out of a file. A passphrase that it needs and nobody has given is asked
    /// for, again when it is another one.
    fn certificate(&mut self, name: &str, path: &str, passphrase: Option<Secret>) -> Result<(), String> {
        let file = secrets::read_bytes(path)?;
        let told = |error: KeyError| match error {
            KeyError::Protected => {
                format!("{path}: {error} Give it with --secret-env {name}=VARIABLE, or run the command on a terminal.")
            }
            _ => format!("{path}: {error}"),
        };
        let asks = passphrase.is_none() && prompt::possible();
        let mut read = keys::read(file.expose(), passphrase.as_ref());
        for _ in 0..prompt::TRIES {
            match read {
                Err(error @ (KeyError::Protected | KeyError::Passphrase)) if asks => {
                    let unreadable = |error: io::Error| format!("It could not be read: {error}.");
                    if error == KeyError::Passphrase {
                        prompt::say(&told(error)).map_err(unreadable)?;
                    }
                    let Some(typed) = prompt::passphrase(path).map_err(unreadable)? else { break };
                    read = keys::read(file.expose(), Some(&typed));
                }
                _ => break,
            }
        }
        let pair = read.map_err(told)?;
        if let Some(ended) = keys::ends(&pair.certificate).filter(|ends| *ends <= self.now) {
            let day = ended.strftime("%Y-%m-%d");
            return Err(format!("{path}: The certificate ended on {day}. Make another, and upload it at the service."));
        }
        self.values.insert(name.to_owned(), Secret::from(pair.certificate));
        self.keys.insert(name.to_owned(), pair.key);
        Ok(())
    }

    /// Takes the path of a file that another program keeps fresh: made absolute, because runs begin anywhere.
    fn token_file(&mut self, name: &str, path: &str) -> Result<(), String> {
        secrets::read_text(path)?;
        let absolute = std::path::absolute(path).map_err(|error| format!("{path} is no path: {error}."))?;
        let absolute = absolute.to_str().ok_or_else(|| format!("{path} is no path in letters."))?;
        self.values.insert(name.to_owned(), Secret::from(absolute.to_owned()));
        Ok(())
    }

    /// Takes what was entered at the terminal, where certificates and token files are entered as paths. What does not
    /// fit is told, and the field stays as it was.
    fn entered(&mut self, field: &Field, value: Secret) -> io::Result<()> {
        let path = value.expose_text().unwrap_or_default();
        let taken = match field.entry {
            Entry::Certificate => self.certificate(&field.name, path, None),
            Entry::TokenFile => self.token_file(&field.name, path),
            _ => {
                self.values.insert(field.name.clone(), value);
                Ok(())
            }
        };
        match taken {
            Ok(()) => Ok(()),
            Err(why) => prompt::say(&why),
        }
    }

    /// The private keys that were given now, by the fields of their certificates.
    pub(super) fn keys(&self) -> &BTreeMap<String, Secret> {
        &self.keys
    }

    /// Settings as they are stored: of a token file its path, which the connector never sees.
    pub(super) fn stored(&self, settings: &[Setting]) -> Vec<Setting> {
        let path = |name: &str| {
            let field = self.fields.iter().find(|field| field.name == name);
            field
                .filter(|field| matches!(field.entry, Entry::TokenFile))
                .and_then(|_| self.values.get(name)?.expose_text())
        };
        let stored = settings.iter().map(|setting| match path(&setting.name) {
            Some(path) => Setting::new(&setting.name, path),
            None => setting.clone(),
        });
        stored.collect()
    }

    /// What is wrong with the options, and then with the settings as far as they could be read. `again` is the command
    /// with these options.
    pub(super) fn refused(&self, options: Vec<Problem>, problems: Vec<Problem>, again: Again) -> Failure {
        let others =
            problems.into_iter().filter(|problem| options.iter().all(|refused| refused.field != problem.field));
        let others: Vec<Problem> = others.collect();
        let all: Vec<Problem> = options.into_iter().chain(others).collect();
        Failure { exit: Exit::Usage, ..self.problems(&all, again) }
    }

    fn expect(&self, pair: &Pair, source: Source) -> Result<(), Wrong> {
        let name = pair.field.as_str();
        let Some(field) = self.fields.iter().find(|field| field.name == name) else {
            let meant = did_you_mean(name, self.fields.iter().map(|field| field.name.as_str()));
            return Err(format!("There is no such setting.{meant}").into());
        };
        let wrong = |wrong: &str, mend: String| Err(Wrong { wrong: wrong.to_owned(), mend });
        let file = matches!(field.entry, Entry::Certificate | Entry::TokenFile);
        match (field.secret || file, source) {
            (true, Source::Set) if file && !pair.value.is_empty() => {
                wrong("It is a file.", format!("Use --secret-file {name}=FILE, or leave it out to be asked."))
            }
            // An empty value gives nothing away, and is how a secret is taken away.
            (true, Source::Set) if !pair.value.is_empty() => wrong(
                "It is a secret, and what stands on a command line is seen by others.",
                format!("Use --secret-file {name}=FILE or --secret-env {name}=VARIABLE, or leave it out to be asked."),
            ),
            (false, Source::File | Source::Variable) => wrong("It is no secret.", format!("Use --set {name}=VALUE.")),
            _ => Ok(()),
        }
    }

    /// Asks for each required value that is missing.
    pub(super) fn ask_for_missing(&mut self) -> io::Result<()> {
        self.ask(|form, field| field.required && !form.values.contains_key(&field.name))
    }

    /// The same, and what decides which fields are asked for: how to sign in, for example.
    pub(super) fn ask_for_all(&mut self) -> io::Result<()> {
        self.ask(|form, field| (field.required || form.decides(field)) && !form.values.contains_key(&field.name))
    }

    /// Asks anew for all that a connection hangs on, each with what is set. What is left empty stays.
    pub(super) fn ask_anew(&mut self) -> io::Result<()> {
        prompt::say("Enter keeps what is set.")?;
        self.ask(|_, field| field.required || field.secret || field.signs_in)
    }

    fn ask(&mut self, wanted: impl Fn(&Self, &Field) -> bool) -> io::Result<()> {
        for field in self.fields {
            if wanted(self, field)
                && self.is_asked(field)
                && let Some(value) = prompt::field(&self.shown(field))?
            {
                self.entered(field, value)?;
            }
        }
        Ok(())
    }

    /// The field with what is set in the place of its default. A secret is not shown.
    fn shown(&self, field: &Field) -> Field {
        let Some(value) = self.values.get(&field.name) else { return field.clone() };
        let value = match field.entry {
            Entry::Certificate => None,
            Entry::TokenFile => value.expose_text(),
            _ if field.secret => None,
            _ => value.expose_text(),
        };
        Field { default: Some(value.unwrap_or("as it is").to_owned()), required: true, ..field.clone() }
    }

    /// Whether another field is asked only for some values of this one.
    fn decides(&self, field: &Field) -> bool {
        self.fields.iter().any(|other| other.only_when.as_ref().is_some_and(|(name, _)| *name == field.name))
    }

    /// Asks again for the fields with a problem. False: there is no such field, or nothing was entered.
    pub(super) fn ask_again(&mut self, problems: &[Problem]) -> io::Result<bool> {
        let mut entered = false;
        for problem in problems {
            let Some(field) = self.fields.iter().find(|field| field.name == problem.field) else { continue };
            prompt::say(&format!("{}: {} {}", problem.field, problem.wrong, problem.mend))?;
            // Here it is needed, even when it can be left out in other circumstances.
            if let Some(value) = prompt::field(&Field { required: true, ..field.clone() })? {
                self.entered(field, value)?;
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

    /// What was entered, in the order of the form, as the connector is given it: of a token file, the content. One that
    /// cannot be read any more is missing.
    pub(super) fn settings(&self) -> Vec<Setting> {
        let entered = self.fields.iter().filter_map(|field| {
            let value = self.values.get(&field.name)?;
            let content = match field.entry {
                Entry::TokenFile => secrets::read_text(value.expose_text()?).ok()?,
                _ => value.clone(),
            };
            Some(Setting::new(&field.name, content.expose_text()?))
        });
        entered.collect()
    }

    /// Every problem of the settings, and `again` with the options that mend them.
    pub(super) fn problems(&self, problems: &[Problem], again: Again) -> Failure {
        self.mended(Failure::settings(Exit::Settings, problems), again)
    }

    /// The same with `again` and the options that mend the settings that do not fit, when it is about such.
    pub(super) fn mended(&self, failure: Failure, again: Again) -> Failure {
        if failure.problems.is_empty() {
            return failure;
        }
        let again = mending(again, self.fields, &failure.problems);
        failure.then(again)
    }
}

/// A command with another value for each field that has a problem. What is no field is left out.
fn mending(again: Again, fields: &[Field], problems: &[Problem]) -> Again {
    problems.iter().fold(again, |again, problem| match fields.iter().find(|field| field.name == problem.field) {
        Some(field) => again.value(field),
        None => again.not(&problem.field),
    })
}

/// What is wrong with an option, and what mends it.
struct Wrong {
    wrong: String,
    mend: String,
}

impl From<String> for Wrong {
    fn from(wrong: String) -> Self {
        Wrong { wrong, mend: String::new() }
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

    fn field(name: &str, secret: bool, only_when: Option<(&str, &str)>) -> Field {
        Field {
            name: name.into(),
            label: name.into(),
            help: String::new(),
            entry: Entry::Text,
            secret,
            signs_in: false,
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
        let mut form = Form::new(&fields, Vec::new(), Timestamp::UNIX_EPOCH);
        let given = [pair("api-key", "hunter2"), pair("domian", "x")];
        let plain = [pair("domain", "/nowhere")];
        let refused = form.fill(&Given { secret_file: &plain, ..set(&given) });
        let problem =
            |field: &str| Problem { field: field.into(), wrong: "It is bad.".into(), mend: "Mend it.".into() };
        let typed = Again::new(&["configure", "acme", "--set", "api-key=hunter2", "--set=domian=x"]);
        let failure = form.refused(refused, vec![problem("domain"), problem("way")], typed);
        assert_eq!(failure.exit, Exit::Usage);
        assert_eq!(failure.details.len(), 4);
        assert!(failure.to_string().contains("next: api-key: Use --secret-file api-key=FILE"), "{failure}");
        assert!(failure.details[1].contains("Did you mean domain?"), "{failure}");
        assert!(failure.to_string().contains("next: domain: Use --set domain=VALUE"), "{failure}");
        // What is wrong with the option of a setting comes before what the connector makes of its absence.
        assert_eq!(failure.details[3], "way: It is bad.");
        let again = "next: host-harness configure acme --secret-file api-key=FILE --set domain=VALUE --set way=VALUE";
        assert!(failure.to_string().ends_with(again), "{failure}");
        assert!(!failure.to_string().contains("hunter2"), "{failure}");
    }

    #[test]
    fn what_is_given_replaces_what_is_stored_and_an_empty_value_takes_it_away() {
        let fields = fields();
        let stored = |name: &str| Setting::new(name, "old");
        let mut form =
            Form::new(&fields, vec![stored("way"), stored("domain"), stored("api-key")], Timestamp::UNIX_EPOCH);
        form.fill(&set(&[pair("domain", "new"), pair("way", ""), pair("api-key", "")]));
        let parts = |setting: &Setting| (setting.name.clone(), setting.value.clone());
        let now: Vec<_> = form.settings().iter().map(parts).collect();
        assert_eq!(now, [("domain".to_owned(), "new".to_owned())]);
    }

    #[test]
    fn a_secret_is_read_from_a_file_without_its_line_end() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "s3cret \r\n").unwrap();
        let fields = fields();
        let mut form = Form::new(&fields, Vec::new(), Timestamp::UNIX_EPOCH);
        let from = [pair("api-key", file.path().to_str().unwrap())];
        form.fill(&Given { secret_file: &from, ..set(&[]) });
        assert_eq!(form.settings()[0].value, "s3cret ");
    }

    #[test]
    fn a_certificate_is_taken_apart_and_its_passphrase_comes_from_a_variable() {
        let fields = vec![Field { entry: Entry::Certificate, ..field("certificate", false, None) }];
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("acme.pfx");
        std::fs::write(&path, include_bytes!("../keys/open.pfx")).unwrap();
        let mut form = Form::new(&fields, Vec::new(), Timestamp::UNIX_EPOCH);
        let from = [pair("certificate", path.to_str().unwrap())];
        assert!(form.fill(&Given { secret_file: &from, ..set(&[]) }).is_empty());
        assert!(form.settings()[0].value.starts_with("-----BEGIN CERTIFICATE-----"));
        assert!(!form.settings()[0].value.contains("PRIVATE"));
        assert!(form.keys().contains_key("certificate"));

        std::fs::write(&path, include_bytes!("../keys/aes.pfx")).unwrap();
        // HOME is set wherever tests run, and is not the passphrase.
        let variable = [pair("certificate", "HOME")];
        let refused = form.fill(&Given { secret_file: &from, secret_env: &variable, ..set(&[]) });
        assert!(refused[0].wrong.ends_with(&KeyError::Passphrase.to_string()), "{}", refused[0].wrong);
        let refused = form.fill(&Given { secret_env: &variable, ..set(&[]) });
        assert!(refused[0].wrong.contains("--secret-file certificate=FILE"));
        let refused = form.fill(&set(&[pair("certificate", "/x")]));
        assert!(refused[0].mend.contains("--secret-file certificate=FILE"));
        assert!(form.fill(&set(&[pair("certificate", "")])).is_empty());
        assert!(form.settings().is_empty() && form.keys().is_empty());
    }

    #[test]
    fn a_certificate_that_has_ended_is_refused_with_its_day() {
        let fields = vec![Field { entry: Entry::Certificate, ..field("certificate", false, None) }];
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("acme.pfx");
        std::fs::write(&path, include_bytes!("../keys/open.pfx")).unwrap();
        let ends = keys::ends(&keys::read(include_bytes!("../keys/open.pfx"), None).unwrap().certificate).unwrap();
        let from = [pair("certificate", path.to_str().unwrap())];
        let mut form = Form::new(&fields, Vec::new(), ends);
        let refused = form.fill(&Given { secret_file: &from, ..set(&[]) });
        let told = format!("The certificate ended on {}.", ends.strftime("%Y-%m-%d"));
        assert!(refused[0].wrong.contains(&told), "{}", refused[0].wrong);
        assert!(form.settings().is_empty() && form.keys().is_empty());
        let mut form = Form::new(&fields, Vec::new(), ends - jiff::SignedDuration::from_secs(1));
        assert!(form.fill(&Given { secret_file: &from, ..set(&[]) }).is_empty());
    }

    #[test]
    fn a_token_file_is_stored_as_its_path_and_given_as_its_content() {
        let fields = vec![Field { entry: Entry::TokenFile, ..field("token", true, None) }];
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "a.b.c\n").unwrap();
        let path = file.path().to_str().unwrap();
        let mut form = Form::new(&fields, Vec::new(), Timestamp::UNIX_EPOCH);
        assert!(form.fill(&Given { secret_file: &[pair("token", path)], ..set(&[]) }).is_empty());
        assert_eq!(form.settings()[0].value, "a.b.c");
        assert_eq!(form.stored(&form.settings())[0].value, path);
        assert_eq!(form.fill(&Given { secret_file: &[pair("token", "/nowhere")], ..set(&[]) }).len(), 1);
    }

    #[test]
    fn a_field_that_depends_on_another_follows_its_value_or_its_default() {
        let fields = fields();
        let mut form = Form::new(&fields, Vec::new(), Timestamp::UNIX_EPOCH);
        assert!(form.is_asked(&fields[2]) && !form.is_asked(&fields[3]));
        form.fill(&set(&[pair("way", "browser")]));
        assert!(!form.is_asked(&fields[2]) && form.is_asked(&fields[3]));
    }

    #[test]
    fn wrong_settings_end_with_the_command_that_mends_all_of_them() {
        let fields = fields();
        let form = Form::new(&fields, Vec::new(), Timestamp::UNIX_EPOCH);
        let problem =
            |field: &str| Problem { field: field.into(), wrong: "It is missing.".into(), mend: "Give it.".into() };
        let typed = Again::new(&["configure", "acme", "--plugin", "c.wasm", "--set", "domain=x"]);
        let failure = form.problems(&[problem("domain"), problem("api-key")], typed);
        assert_eq!(failure.details, ["domain: It is missing.", "api-key: It is missing."]);
        assert_eq!(
            failure.next.as_deref(),
            Some(
                "domain: Give it.\napi-key: Give it.\nhost-harness configure acme --plugin c.wasm --set domain=VALUE \
                 --secret-file api-key=FILE"
            )
        );
    }
}
