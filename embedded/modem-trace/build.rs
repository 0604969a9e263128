//! Gives the linker its script, and writes `fixtures/modem-at/session.txt` as a Rust table.

use std::{env, error::Error, fmt::Write as _, fs, mem, path::PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    let here = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    // Its memory.x.
    println!("cargo:rustc-link-search={}", here.join("../firmware").display());
    println!("cargo:rustc-link-arg-bins=-Tlink.x");
    println!("cargo:rerun-if-changed=build.rs");

    let session = here.join("../../fixtures/modem-at/session.txt");
    println!("cargo:rerun-if-changed={}", session.display());
    let table = table(&fs::read_to_string(session)?)?;
    fs::write(PathBuf::from(env::var("OUT_DIR")?).join("session.rs"), table)?;
    Ok(())
}

/// A table of steps: each begins with what is sent, save the first, in which the kit speaks first.
fn table(session: &str) -> Result<String, Box<dyn Error>> {
    let mut table = String::from("static SESSION: &[Step] = &[\n");
    let mut step = Step::default();
    for (number, line) in session.lines().enumerate() {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let read = || {
            let (mark, text) = line.split_once(' ')?;
            Some((mark, unescape(text)?))
        };
        match read() {
            Some((">", text)) => {
                write!(table, "{}", mem::take(&mut step).entry())?;
                step.sent = text;
            }
            Some(("<", text)) => step.received.push(text),
            Some(("=", text)) => step.meaning.push(text),
            _ => return Err(format!("session.txt, line {}: not a line of a session", number + 1).into()),
        }
    }
    writeln!(table, "{}];", step.entry())?;
    Ok(table)
}

#[derive(Default)]
struct Step {
    sent: String,
    received: Vec<String>,
    meaning: Vec<String>,
}

impl Step {
    fn entry(&self) -> String {
        let Self { sent, received, meaning } = self;
        format!("Step {{ sent: {sent:?}, received: &{received:?}, meaning: &{meaning:?} }},\n")
    }
}

/// A JSON string with the escapes that occur in a session: `\r`, `\n`, `\"`.
fn unescape(json: &str) -> Option<String> {
    let mut letters = json.strip_prefix('"')?.strip_suffix('"')?.chars();
    let mut text = String::new();
    while let Some(letter) = letters.next() {
        text.push(match letter {
            '\\' => match letters.next()? {
                'r' => '\r',
                'n' => '\n',
                '"' => '"',
                _ => return None,
            },
            '"' => return None,
            letter => letter,
        });
    }
    Some(text)
}
