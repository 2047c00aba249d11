//! `testrunner config`

use serde::Serialize;
use serde_json::Value;

use crate::cli::{Format, ShowConfigArgs};
use crate::config::{Config, Fallback, Kind, Origin, Setting};
use crate::exit_code::Exit;
use crate::failure::Result;
use crate::output::clean::one_line;
use crate::output::json;
use crate::output::screen::Screen;
use crate::output::style::{self, paint};

/// Prints every setting.
pub(super) fn show(args: &ShowConfigArgs, config: &Config) -> Result<Exit> {
    let settings = config.settings()?;
    let mut screen = Screen::new();
    match args.format {
        Format::Json => {
            settings.iter().for_each(|setting| json::document(&mut screen, &Document::of(setting)))
        }
        Format::Human => print(&mut screen, &settings, args.origin),
    }
    screen.close()?;
    Ok(Exit::Passed)
}

/// One setting as programs read it.
#[derive(Debug, Serialize)]
struct Document {
    key: String,
    value: Value,
    origin: OriginDocument,
}

#[derive(Debug, Serialize)]
struct OriginDocument {
    kind: &'static str,
    /// `FILE:LINE`, or the variable.
    place: Option<String>,
}

impl Document {
    fn of(setting: &Setting) -> Self {
        let origin = &setting.origin;
        let place =
            matches!(origin, Origin::File { .. } | Origin::Environment(_)).then(|| origin.to_string());
        let origin = OriginDocument { kind: origin.word(), place };
        Self { key: setting.key.full_name(), value: value(setting), origin }
    }
}

fn value(setting: &Setting) -> Value {
    let number = |text: &String| text.parse::<u64>().map_or_else(|_| text.as_str().into(), Value::from);
    match setting.key.kind {
        Kind::Texts => setting.values.clone().into(),
        Kind::Switch => (setting.values.first().map(String::as_str) == Some("true")).into(),
        Kind::Number => setting.values.first().map_or(Value::Null, number),
        Kind::Text | Kind::Measure | Kind::Path => {
            setting.values.first().map_or(Value::Null, |text| text.as_str().into())
        }
    }
}

/// Prints what could be the content of a file.
fn print(screen: &mut Screen, settings: &[Setting], with_origin: bool) {
    let lines: Vec<String> = settings.iter().map(line).collect();
    let width = lines.iter().map(|line| line.chars().count()).max().unwrap_or_default();
    let mut table = None;
    for (line, setting) in lines.iter().zip(settings) {
        if setting.key.table != table {
            table = setting.key.table;
            screen.line(&format!("\n[{}]", table.unwrap_or_default()));
        }
        let line = one_line(line);
        if with_origin {
            let origin = paint(style::DIM, format!("# {}", one_line(&setting.origin.to_string())));
            screen.line(&format!("{line:width$}  {origin}"));
        } else {
            screen.line(&line);
        }
    }
}

fn line(setting: &Setting) -> String {
    let name = setting.key.name;
    match (setting.key.fallback, setting.values.as_slice()) {
        (Fallback::Words(words), []) if setting.origin == Origin::Default => format!("# {name}: {words}"),
        // Strings, numbers and lists of strings are written in TOML as in JSON.
        _ => format!("{name} = {}", value(setting)),
    }
}
