//! pytest's settings files: which one counts, and what it says.

use std::collections::BTreeMap;

use configparser::ini::Ini;
use testrunner_core::executor::{ExecError, Tree};

use super::words;

/// The files in the order in which pytest looks for them, in one folder.
pub(super) const NAMES: [&str; 7] =
    ["pytest.toml", ".pytest.toml", "pytest.ini", ".pytest.ini", "pyproject.toml", "tox.ini", "setup.cfg"];

/// A settings file that counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SettingsFile {
    /// Its path in the tree.
    pub(crate) path: String,
    values: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Value {
    Text(String),
    List(Vec<String>),
    /// A number, a truth value or a table, which no setting that we read is.
    Other,
}

impl SettingsFile {
    /// The file that pytest takes its settings from when it looks in one folder (`""` is the root).
    ///
    /// # Errors
    /// A file that cannot be read or understood, by name.
    pub(crate) fn find(tree: &dyn Tree, folder: &str) -> Result<Option<Self>, ExecError> {
        let slash = if folder.is_empty() { "" } else { "/" };
        for name in NAMES {
            let path = format!("{folder}{slash}{name}");
            if tree.paths().binary_search(&path).is_err() {
                continue;
            }
            let bytes = tree.read(&path).map_err(|error| broken(&path, &error.to_string()))?;
            let Some(bytes) = bytes else { continue };
            let text = String::from_utf8(bytes).map_err(|_| broken(&path, "it is not UTF-8"))?;
            let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
            let values = match name {
                "pytest.toml" | ".pytest.toml" => Some(pytest_toml(&path, text)?),
                "pytest.ini" | ".pytest.ini" => Some(section(&path, text, "pytest")?.unwrap_or_default()),
                "pyproject.toml" => pyproject(&path, text)?,
                "tox.ini" => section(&path, text, "pytest")?,
                _ => section(&path, text, "tool:pytest")?,
            };
            if let Some(values) = values {
                return Ok(Some(Self { path, values }));
            }
        }
        Ok(None)
    }

    /// A setting that is a list of words; `None` where it is not set.
    ///
    /// # Errors
    /// It is not a list of words.
    pub(crate) fn list(&self, name: &str) -> Result<Option<Vec<String>>, ExecError> {
        match self.values.get(name) {
            None => Ok(None),
            Some(Value::List(words)) => Ok(Some(words.clone())),
            Some(Value::Text(text)) => match words::split(text) {
                Some(words) => Ok(Some(words)),
                None => Err(broken(&self.path, &format!("{name} has a quote that is not closed"))),
            },
            Some(Value::Other) => Err(broken(&self.path, &format!("{name} is not a list of texts"))),
        }
    }
}

fn broken(path: &str, why: &str) -> ExecError {
    ExecError::fatal(format!("cannot read pytest's settings in {path}: {why}"))
}

fn section(path: &str, text: &str, name: &str) -> Result<Option<BTreeMap<String, Value>>, ExecError> {
    let mut ini = Ini::new_cs();
    ini.set_multiline(true);
    ini.set_inline_comment_symbols(Some(&[]));
    let mut sections = ini.read(text.to_owned()).map_err(|error| broken(path, &error))?;
    let Some(section) = sections.remove(name) else { return Ok(None) };
    let text = |value: Option<String>| Value::Text(value.unwrap_or_default());
    Ok(Some(section.into_iter().map(|(key, value)| (key, text(value))).collect()))
}

fn pytest_toml(path: &str, text: &str) -> Result<BTreeMap<String, Value>, ExecError> {
    Ok(table(&toml(path, text)?, "pytest").map(values).unwrap_or_default())
}

fn pyproject(path: &str, text: &str) -> Result<Option<BTreeMap<String, Value>>, ExecError> {
    let document = toml(path, text)?;
    let Some(pytest) = table(&document, "tool").and_then(|tool| table(tool, "pytest")) else {
        return Ok(None);
    };
    let mut native = values(pytest);
    native.remove("ini_options");
    let options = table(pytest, "ini_options").map(values);
    match (native.is_empty(), options) {
        (false, Some(_)) => {
            Err(broken(path, "[tool.pytest] and [tool.pytest.ini_options] cannot both have settings"))
        }
        (false, None) => Ok(Some(native)),
        (true, options) => Ok(options),
    }
}

fn toml(path: &str, text: &str) -> Result<toml::Table, ExecError> {
    text.parse().map_err(|error: toml::de::Error| broken(path, error.message()))
}

fn table<'a>(table: &'a toml::Table, name: &str) -> Option<&'a toml::Table> {
    table.get(name)?.as_table()
}

fn values(table: &toml::Table) -> BTreeMap<String, Value> {
    let value = |value: &toml::Value| match value {
        toml::Value::String(text) => Value::Text(text.clone()),
        toml::Value::Array(items) => {
            let texts = items.iter().map(|item| item.as_str().map(str::to_owned));
            texts.collect::<Option<_>>().map_or(Value::Other, Value::List)
        }
        _ => Value::Other,
    };
    table.iter().map(|(key, item)| (key.clone(), value(item))).collect()
}
