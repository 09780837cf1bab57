//! Questions to the person at the terminal. A secret is read without echo and never stands in an argument.

use crate::contract::manifest::{Entry, Field};
use crate::secret::Secret;
use crate::text::clean;
use std::io::{self, BufRead, IsTerminal, Write};

/// Whether questions can be asked: somebody sits at the input and sees standard error.
pub fn possible() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks a question that is answered by yes or no. An empty answer, and the end of the input, mean no.
pub fn confirm(question: &str) -> io::Result<bool> {
    let answer = line(&format!("{question} [y/N] "))?;
    Ok(answer.is_some_and(|answer| matches!(answer.to_lowercase().as_str(), "y" | "yes")))
}

/// Tells a sentence before a question.
pub fn say(sentence: &str) -> io::Result<()> {
    writeln!(io::stderr().lock(), "\n{}", clean(sentence))
}

/// Asks for the value of a field. Absent: nothing was entered.
pub fn field(field: &Field) -> io::Result<Option<Secret>> {
    let mut stderr = io::stderr().lock();
    writeln!(stderr, "\n{}{}", clean(&field.label), if field.required { "" } else { " (optional)" })?;
    writeln!(stderr, "{}", clean(&field.help))?;
    match &field.entry {
        Entry::Choice(choices) => {
            for choice in choices {
                writeln!(stderr, "  {}: {}", clean(&choice.value), clean(&choice.label))?;
            }
        }
        Entry::Switch => writeln!(stderr, "  true or false")?,
        Entry::Number((least, most)) => writeln!(stderr, "  a whole number from {least} to {most}")?,
        Entry::Lines => writeln!(stderr, "  several lines; an empty line ends them")?,
        Entry::Certificate => writeln!(stderr, "  the path of a file in PEM or PFX, with the private key")?,
        Entry::TokenFile => writeln!(stderr, "  the path of the file that holds the token")?,
        Entry::Text => {}
    }
    let default = field.default.as_ref().map(|value| format!(" [{value}]")).unwrap_or_default();
    drop(stderr);
    let prompt = format!("{}{default}: ", field.name);
    // A path is no secret, although what lies there is.
    if field.secret && !matches!(field.entry, Entry::TokenFile) {
        let typed = rpassword::prompt_password(prompt)?;
        return Ok((!typed.is_empty()).then(|| Secret::from(typed)));
    }
    match field.entry {
        Entry::Lines => lines(&prompt),
        _ => Ok(line(&prompt)?.map(Secret::from)),
    }
}

/// Asks for the passphrase of a file, without echo. Absent: nothing was entered.
pub fn passphrase(path: &str) -> io::Result<Option<Secret>> {
    let typed = rpassword::prompt_password(format!("passphrase of {}: ", clean(path)))?;
    Ok((!typed.is_empty()).then(|| Secret::from(typed)))
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
