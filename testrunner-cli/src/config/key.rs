//! One setting: its name, what it may be, and where it may stand.

use std::path::Path;

use toml::de::DeValue;

/// A setting, by the name of its option.
#[derive(Debug)]
pub(crate) struct Key {
    /// The table that it stands in; `None` at the top.
    pub(crate) table: Option<&'static str>,
    /// The option's name, with `_` between words.
    pub(crate) name: &'static str,
    /// The commands that have the option; empty when all have.
    pub(crate) commands: &'static [&'static str],
    /// The variable that is read before files are.
    pub(crate) variable: Option<&'static str>,
    pub(crate) kind: Kind,
    /// Says what is wrong with a value.
    pub(crate) check: fn(&str) -> Result<(), String>,
    /// What counts when nobody has set it.
    pub(crate) fallback: Fallback,
    /// Why a project's file may not set it; `None` where it may.
    pub(crate) not_in_a_project: Option<&'static str>,
}

/// How a value is written in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A string.
    Text,
    /// A whole number.
    Number,
    /// A string with a unit, or a whole number of the smallest one (seconds, bytes).
    Measure,
    /// A string; relative to the folder of the file.
    Path,
    /// Several strings.
    Texts,
    /// True or false.
    Switch,
}

/// What counts when nobody has set something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fallback {
    /// This value.
    Value(&'static str),
    /// No value; in words, what is done instead.
    Words(&'static str),
}

impl Key {
    /// `jobs`, `serve.bind`
    pub(crate) fn full_name(&self) -> String {
        self.table.map_or_else(|| self.name.to_owned(), |table| format!("{table}.{}", self.name))
    }

    /// The values as the option takes them, from a file in `folder`.
    ///
    /// # Errors
    /// Says what is wrong.
    pub(super) fn read(&self, value: &DeValue<'_>, folder: &Path) -> Result<Vec<String>, String> {
        let values = match (self.kind, value) {
            (Kind::Text | Kind::Measure, DeValue::String(text)) => vec![text.to_string()],
            (Kind::Number | Kind::Measure, DeValue::Integer(number)) if number.radix() == 10 => {
                vec![number.as_str().to_owned()]
            }
            (Kind::Switch, DeValue::Boolean(on)) => vec![on.to_string()],
            (Kind::Path, DeValue::String(text)) => vec![path(text, folder)?],
            (Kind::Texts, DeValue::Array(all)) => all
                .iter()
                .map(|one| {
                    one.get_ref().as_str().map(str::to_owned).ok_or_else(|| self.wrong_type(one.get_ref()))
                })
                .collect::<Result<_, _>>()?,
            _ => return Err(self.wrong_type(value)),
        };
        values.iter().try_for_each(|value| (self.check)(value).map_err(|why| format!("{value:?}: {why}")))?;
        Ok(values)
    }

    fn wrong_type(&self, found: &DeValue<'_>) -> String {
        let wanted = match self.kind {
            Kind::Text | Kind::Path => "a string",
            Kind::Number => "a whole number",
            Kind::Measure => "a string like \"30s\" or \"64MiB\", or a whole number",
            Kind::Texts => "a list of strings",
            Kind::Switch => "true or false",
        };
        format!("it must be {wanted}, not {}", name_of(found))
    }
}

fn path(text: &str, folder: &Path) -> Result<String, String> {
    if text.is_empty() {
        return Err("the path is empty".to_owned());
    }
    if text.starts_with('~') {
        return Err("`~` stands for nothing in here; write the path in full".to_owned());
    }
    let path = folder.join(text);
    path.to_str().map(str::to_owned).ok_or_else(|| "the folder's name is not UTF-8".to_owned())
}

const fn name_of(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number with a point",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
