//! What one file says.

use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::key::Key;
use super::keys::{KEYS, TABLES};
use super::near::nearest;
use super::search::Source;
use crate::failure::{Failure, Result};

/// One setting in a file.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) key: &'static Key,
    /// As the option takes them; several for a list.
    pub(super) values: Vec<String>,
    /// Counted from 1.
    pub(super) line: usize,
}

/// Reads and checks a file.
///
/// # Errors
/// It is not TOML, or something in it is unknown, of the wrong type, wrong, or not for a project to say. Names file
/// and line.
pub(super) fn read(source: &Source) -> Result<Vec<Said>> {
    let table = DeTable::parse(&source.text).map_err(|error| {
        let line = source.line(error.span().map_or(0, |span| span.start));
        source.wrong(line, error.message())
    })?;
    let mut said = Vec::new();
    read_table(source, None, table.get_ref(), &mut said)?;
    Ok(said)
}

fn read_table(
    source: &Source,
    table: Option<&'static str>,
    content: &DeTable<'_>,
    said: &mut Vec<Said>,
) -> Result<()> {
    for (name, value) in content {
        let line = source.line(name.span().start);
        let name = name.get_ref().as_ref();
        let inner = TABLES.into_iter().find(|known| table.is_none() && *known == name);
        if let (Some(inner), DeValue::Table(content)) = (inner, value.get_ref()) {
            read_table(source, Some(inner), content, said)?;
            continue;
        }
        let known = KEYS.iter().find(|key| key.table == table && key.name == name);
        let key = known.ok_or_else(|| unknown(source, line, table, name))?;
        said.push(setting(source, key, line, value)?);
    }
    Ok(())
}

fn setting(source: &Source, key: &'static Key, line: usize, value: &Spanned<DeValue<'_>>) -> Result<Said> {
    let name = key.full_name();
    if let Some(why) = key.not_in_a_project.filter(|_| source.is_project) {
        let refused = source.wrong(line, &format!("a project's file may not set `{name}`"));
        return Err(refused.hint(format!("{why}; set it in your own config.toml, or on the command line")));
    }
    let folder = source.path.parent().unwrap_or(Path::new("/"));
    let values = key.read(value.get_ref(), folder);
    let values = values.map_err(|why| source.wrong(line, &format!("`{name}`: {why}")))?;
    Ok(Said { key, values, line })
}

fn unknown(source: &Source, line: usize, table: Option<&str>, name: &str) -> Failure {
    let full = |table: Option<&str>, name: &str| {
        table.map_or_else(|| name.to_owned(), |table| format!("{table}.{name}"))
    };
    let wrong = source.wrong(line, &format!("there is no setting `{}`", full(table, name)));
    let here = KEYS.iter().filter(|key| key.table == table).map(|key| key.name);
    let tables = TABLES.into_iter().filter(|_| table.is_none());
    if let Some(meant) = nearest(name, here.chain(tables)) {
        return wrong.hint(format!("did you mean `{}`?", full(table, meant)));
    }
    match KEYS.iter().find(|key| key.name == name) {
        Some(key) => wrong.hint(format!("did you mean `{}`?", key.full_name())),
        None => wrong.hint("`testrunner config show` lists those there are"),
    }
}

impl Source {
    /// The line of a position, counted from 1.
    fn line(&self, position: usize) -> usize {
        self.text.bytes().take(position).filter(|byte| *byte == b'\n').count() + 1
    }

    fn wrong(&self, line: usize, what: &str) -> Failure {
        Failure::usage(format!("{}:{line}: {what}", self.path.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str, is_project: bool) -> std::result::Result<Vec<(String, Vec<String>, usize)>, String> {
        let source = Source { path: "/p/testrunner.toml".into(), text: text.to_owned(), is_project };
        let said = read(&source).map_err(|failure| failure.text())?;
        Ok(said.into_iter().map(|said| (said.key.full_name(), said.values, said.line)).collect())
    }

    #[test]
    fn what_is_said_is_read_with_its_line() {
        let text = "jobs = 4\n\n# more\ntimeout = '2m'\ntoken_file = 'sub/token'\n[serve]\nallowed_hosts = ['a', 'b']\n";
        let mut all = told(text, false).unwrap_or_default();
        all.sort();
        let wanted = [
            ("jobs", &["4"][..], 1),
            ("serve.allowed_hosts", &["a", "b"], 7),
            ("timeout", &["2m"], 4),
            ("token_file", &["/p/sub/token"], 5),
        ];
        let wanted = wanted.map(|(name, values, line)| {
            (name.to_owned(), values.iter().map(|value| (*value).to_owned()).collect::<Vec<_>>(), line)
        });
        assert_eq!(all, wanted);
        assert_eq!(told("", false), Ok(vec![]));
    }

    #[test]
    fn mistakes_are_told_with_their_place() {
        for (text, line, part) in [
            ("\njob = 4", 2, "did you mean `jobs`?"),
            ("jobs = 4\nzebra = 1", 2, "config show"),
            ("[serv]\nbind = 'x'", 1, "did you mean `serve`?"),
            ("[serve]\nbnd = 'x'", 2, "did you mean `serve.bind`?"),
            ("bind = '127.0.0.1:1'", 1, "did you mean `serve.bind`?"),
            ("[serve]\njobs = 4", 2, "did you mean `jobs`?"),
            ("jobs = '4'", 1, "it must be a whole number, not a string"),
            ("jobs = 0", 1, "1 to 1024"),
            ("jobs = 4.5", 1, "a number with a point"),
            ("timeout = true", 1, "not true or false"),
            ("timeout = 'soon'", 1, "30s, 2m"),
            ("max_log = '10 tons'", 1, "64MiB"),
            ("plan = 'best'", 1, "weighted"),
            ("color = 'red'", 1, "always"),
            ("data_dir = '~/x'", 1, "write the path in full"),
            ("server = 'ftp://x'", 1, "http"),
            ("serve = 3", 1, "no setting `serve`"),
            ("[serve]\nallowed_hosts = [1]", 2, "a list of strings"),
            ("[serve]\nallowed_hosts = ['https://x']", 2, "without http://"),
            ("[serve]\nhttps = 'yes'", 2, "it must be true or false"),
            ("[serve]\nbind = 'example.org:1'", 2, "127.0.0.1:7878"),
            ("timeout = 0", 1, "at most 24h"),
            ("\ntimeout = '25h'", 2, "at most 24h"),
            ("grace = '51s'", 1, "at most 50s"),
            ("username = ' '", 1, "1 to 64 characters"),
            ("maxfail = 4294967296", 1, "1 to 4294967295"),
            ("[serve]\nqueue_limit = 0", 2, "from 1 on"),
            ("jobs = 1\njobs = 2", 2, "duplicate"),
            ("jobs = ", 1, ""),
        ] {
            let said = told(text, false).err().unwrap_or_default();
            assert!(said.starts_with(&format!("error: /p/testrunner.toml:{line}: ")), "{text:?}: {said}");
            assert!(said.contains(part), "{text:?}: {said}");
        }
    }

    #[test]
    fn a_project_may_not_lead_data_tokens_or_programs_astray() {
        for text in [
            "data_dir = '/x'",
            "server = 'http://x'",
            "token_file = '/x'",
            "python = '/x'",
            "username = 'x'",
            "[serve]\nbind = '0.0.0.0:1'",
        ] {
            let said = told(text, true).err().unwrap_or_default();
            assert!(said.contains("a project's file may not set"), "{text:?}: {said}");
            assert!(told(text, false).is_ok(), "{text:?}");
        }
        assert!(told("jobs = 2\ntimeout = 5\nplan = 'whole'\nisolation_level = 'run'", true).is_ok());
    }
}
