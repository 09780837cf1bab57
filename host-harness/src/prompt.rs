//! Questions to the person at the terminal. A secret is read without echo and never stands in an argument.

use crate::contract::manifest::{Choice, Entry, Field};
use crate::screen::{Unseen, told};
use crate::secret::Secret;
use crate::text::clean;
use std::io::{self, BufRead, IsTerminal, Write};

/// How often a question is asked that is answered with what cannot be.
pub const TRIES: usize = 3;

/// Whether questions can be asked: somebody sits at the input and sees standard error.
pub fn possible() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks a question that is answered by yes or no. An empty answer, and the end of the input, mean no.
pub fn confirm(question: &str) -> io::Result<bool> {
    let answer = line(&format!("{} ", told(&format!("{question} [y/N]"))))?;
    Ok(answer.is_some_and(|answer| matches!(answer.to_lowercase().as_str(), "y" | "yes")))
}

/// Tells a sentence before a question.
pub fn say(sentence: &str) -> io::Result<()> {
    writeln!(io::stderr().lock(), "\n{}", told(&clean(sentence)))
}

/// Asks for the value of a field, again when it is none of those that can be. Absent: nothing was entered.
pub fn field(field: &Field) -> io::Result<Option<Secret>> {
    let mut lines =
        vec![format!("{}{}", clean(&field.label), if field.required { "" } else { " (optional)" }), clean(&field.help)];
    lines.extend(hints(&field.entry));
    lines.retain(|line| !line.is_empty());
    writeln!(io::stderr().lock(), "\n{}", told(&lines.join("\n")))?;
    let default = field.default.as_ref().map(|value| format!(" [{}]", clean(value))).unwrap_or_default();
    let prompt = format!("{}{default}: ", field.name);
    // A path is no secret, although what lies there is.
    if field.secret && !matches!(field.entry, Entry::TokenFile) {
        return hidden(&prompt);
    }
    if matches!(field.entry, Entry::Lines) {
        return self::lines(&prompt);
    }
    let mut typed = line(&prompt)?;
    for _ in 1..TRIES {
        let Some(why) = typed.as_ref().and_then(|typed| misfit(&field.entry, typed)) else { break };
        writeln!(io::stderr().lock(), "{}", told(&why))?;
        typed = line(&prompt)?;
    }
    Ok(typed.map(Secret::from))
}

/// What can be entered, in lines that are set in.
pub fn hints(entry: &Entry) -> Vec<String> {
    let hint = match entry {
        Entry::Choice(choices) => {
            let line = |choice: &Choice| format!("  {}: {}", clean(&choice.value), clean(&choice.label));
            return choices.iter().map(line).collect();
        }
        Entry::Switch => "true or false".to_owned(),
        Entry::Number((least, most)) => format!("a whole number from {least} to {most}"),
        Entry::Lines => "several lines; an empty line ends them".to_owned(),
        Entry::Certificate => "the path of a file in PEM or PFX, with the private key".to_owned(),
        Entry::TokenFile => "the path of the file that holds the token".to_owned(),
        Entry::Text => return Vec::new(),
    };
    vec![format!("  {hint}")]
}

/// Why a value cannot be, as far as that is known without the connector.
fn misfit(entry: &Entry, typed: &str) -> Option<String> {
    match entry {
        Entry::Choice(choices) if !choices.iter().any(|choice| choice.value.eq_ignore_ascii_case(typed)) => {
            let values: Vec<&str> = choices.iter().map(|choice| choice.value.as_str()).collect();
            Some(format!("This is none of: {}.", clean(&values.join(", "))))
        }
        Entry::Switch if !["true", "false"].iter().any(|value| value.eq_ignore_ascii_case(typed)) => {
            Some("This is neither true nor false.".to_owned())
        }
        Entry::Number((least, most)) if !typed.parse().is_ok_and(|number: i64| (*least..=*most).contains(&number)) => {
            Some(format!("This is no whole number from {least} to {most}."))
        }
        _ => None,
    }
}

/// Asks for the passphrase of a file, without echo. Absent: nothing was entered.
pub fn passphrase(path: &str) -> io::Result<Option<Secret>> {
    hidden(&format!("passphrase of {}: ", clean(path)))
}

/// One line that is not shown. What is pasted with more lines is no secret, and must not answer the next question.
fn hidden(prompt: &str) -> io::Result<Option<Secret>> {
    for _ in 0..TRIES {
        let unseen = Unseen::begin();
        let typed = Secret::from(rpassword::prompt_password(prompt)?);
        let goes_on = unseen.drain()?;
        drop(unseen);
        if !goes_on {
            return Ok((!typed.is_empty()).then_some(typed));
        }
        writeln!(io::stderr().lock(), "{}", told("That was more than one line. Enter the secret alone."))?;
    }
    Ok(None)
}

/// One line without the white space around it. Absent: it is empty, or the input has ended.
fn line(prompt: &str) -> io::Result<Option<String>> {
    ask(prompt)?;
    let mut typed = String::new();
    io::stdin().lock().read_line(&mut typed)?;
    let typed = typed.trim();
    Ok((!typed.is_empty()).then(|| typed.to_owned()))
}

fn lines(prompt: &str) -> io::Result<Option<Secret>> {
    ask(prompt)?;
    let mut typed = Vec::new();
    for line in io::stdin().lock().lines() {
        let line = line?;
        if line.trim().is_empty() {
            break;
        }
        typed.push(line);
    }
    Ok((!typed.is_empty()).then(|| Secret::from(typed.join("\n"))))
}

/// Questions go to standard error, so that standard output stays the answer of the command.
fn ask(prompt: &str) -> io::Result<()> {
    let mut stderr = io::stderr().lock();
    write!(stderr, "{prompt}")?;
    stderr.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_is_told_before_the_connector_sees_it() {
        let choice = |value: &str| Choice { value: value.into(), label: String::new() };
        let entry = Entry::Choice(vec![choice("key"), choice("browser")]);
        assert_eq!(misfit(&entry, "Key"), None);
        assert_eq!(misfit(&entry, "kay").as_deref(), Some("This is none of: key, browser."));
        assert_eq!(misfit(&Entry::Number((1, 30)), "30"), None);
        assert_eq!(misfit(&Entry::Number((1, 30)), "31").as_deref(), Some("This is no whole number from 1 to 30."));
        assert!(misfit(&Entry::Switch, "yes").is_some() && misfit(&Entry::Text, "yes").is_none());
    }
}
