//! Packs the tables of `src/data` for the component, where every byte counts.
//!
//! A GUID is 16 bytes that nothing makes shorter, and 23 when it is deflated as text: all of them are taken out of the
//! text and stand before it. Service plans of products, which are names in the readable table, become places in the
//! table of service plans. Lines with `#` at the head are for those who read the tables, and are left out. What is made
//! here, `src/data.rs` reads.

use std::collections::HashMap;
use std::error::Error;
use std::path::Path;
use std::{env, fs};

type Outcome<T> = Result<T, Box<dyn Error>>;

const FOLDER: &str = "src/data";
const TABLES: [&str; 9] = [
    "products.tsv",
    "service-plans.tsv",
    "list-prices.tsv",
    "first-party.tsv",
    "applications.csv",
    "abilities.tsv",
    "scopes.tsv",
    "sign-in-codes.tsv",
    "form-fields.tsv",
];

/// Stands in the text for a GUID.
const HOLE: char = '\u{1}';

fn main() -> Outcome<()> {
    println!("cargo::rerun-if-changed={FOLDER}");
    println!("cargo::rerun-if-changed=build.rs");
    let out = env::var("OUT_DIR")?;
    let plans = read("service-plans.tsv")?;
    let plans = places(&plans);
    for name in TABLES {
        let mut text = read(name)?;
        if name == "products.tsv" {
            text = with_places(&text, &plans)?;
        }
        fs::write(Path::new(&out).join(name), pack(&text)?)?;
    }
    Ok(())
}

/// A table without its head.
fn read(name: &str) -> Outcome<String> {
    let text = fs::read_to_string(Path::new(FOLDER).join(name))?;
    Ok(text.lines().filter(|line| !line.starts_with('#')).fold(String::new(), |text, line| text + line + "\n"))
}

/// The line of each service plan, by its name.
fn places(plans: &str) -> HashMap<&str, usize> {
    plans.lines().enumerate().filter_map(|(place, line)| Some((line.split('\t').nth(1)?, place))).collect()
}

/// Products with steps from place to place in place of the names of their plans, least first.
fn with_places(products: &str, plans: &HashMap<&str, usize>) -> Outcome<String> {
    let mut text = String::new();
    for line in products.lines() {
        let (rest, held) = line.rsplit_once('\t').ok_or_else(|| format!("no tab: {line}"))?;
        let place = |plan| plans.get(plan).copied().ok_or_else(|| format!("no service plan is named {plan}"));
        let mut held = held.split(';').map(place).collect::<Result<Vec<_>, _>>()?;
        held.sort_unstable();
        // Neighbours repeat where places do not.
        let steps = held.iter().scan(0, |last, place| Some(place - std::mem::replace(last, *place)));
        let held: Vec<String> = steps.map(|step| step.to_string()).collect();
        text += &format!("{rest}\t{}\n", held.join(";"));
    }
    Ok(text)
}

/// Bytes of the text, number of GUIDs, both as 32 bits with the least first; the GUIDs; the deflated text.
fn pack(text: &str) -> Outcome<Vec<u8>> {
    let (mut holed, mut guids) = (String::new(), Vec::new());
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        if let Some(guid) = rest.get(..36).and_then(guid) {
            holed.push(HOLE);
            guids.push(guid);
            rest = rest.get(36..).unwrap_or_default();
        } else {
            holed.push(next);
            rest = rest.get(next.len_utf8()..).unwrap_or_default();
        }
    }
    let mut packed = u32::try_from(holed.len())?.to_le_bytes().to_vec();
    packed.extend(u32::try_from(guids.len())?.to_le_bytes());
    packed.extend(guids.iter().flatten());
    zopfli::compress(zopfli::Options::default(), zopfli::Format::Deflate, holed.as_bytes(), &mut packed)?;
    Ok(packed)
}

/// The bytes of a GUID in lower case, in the order in which it is written.
fn guid(text: &str) -> Option<[u8; 16]> {
    let form = |(at, byte): (usize, u8)| match at {
        8 | 13 | 18 | 23 => byte == b'-',
        _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
    };
    let digits = text.bytes().enumerate().all(form).then(|| text.replace('-', ""))?;
    u128::from_str_radix(&digits, 16).ok().map(u128::to_be_bytes)
}
