//! All settings together.

use std::path::PathBuf;

use clap::parser::ValueSource;
use clap::{ArgMatches, Command};

use super::file::{self, Said};
use super::key::{Fallback, Key};
use super::keys::KEYS;
use super::origin::Origin;
use super::search::{self, Source};
use crate::failure::{Failure, Result};

/// What files say, and what came from elsewhere.
#[derive(Debug, Default)]
pub(crate) struct Config {
    /// In the order of the keys; only those that a file has set.
    said: Vec<(PathBuf, Said)>,
    /// Options that stood on the command line.
    flags: Vec<&'static Key>,
    /// The same, with their values, where every command has them.
    given: Vec<(&'static Key, String)>,
}

/// A setting as it counts.
#[derive(Debug)]
pub(crate) struct Setting {
    pub(crate) key: &'static Key,
    /// Several for a list; none when there is no value.
    pub(crate) values: Vec<String>,
    pub(crate) origin: Origin,
}

impl Config {
    /// Reads the files that count for a command line.
    ///
    /// # Errors
    /// One cannot be read, or something in it is wrong.
    pub(crate) fn load(matches: &ArgMatches) -> Result<Self> {
        let named: Option<&PathBuf> = matches.get_one("config");
        let sources = search::search(named.map(PathBuf::as_path))?;
        let mut config = Self::of(&sources)?;
        let command = matches.subcommand().map_or("", |(name, _)| name);
        let inner = matches.subcommand().map_or(matches, |(_, inner)| inner);
        config.flags = KEYS
            .iter()
            .filter(|key| key.is_of(command))
            .filter(|key| inner.try_contains_id(key.name).is_ok())
            .filter(|key| inner.value_source(key.name) == Some(ValueSource::CommandLine))
            .collect();
        config.given = config.flags.iter().filter_map(|key| Some((*key, raw(inner, key.name)?))).collect();
        Ok(config)
    }

    /// Of several files the first that says something counts.
    fn of(sources: &[Source]) -> Result<Self> {
        let mut said: Vec<(PathBuf, Said)> = Vec::new();
        for source in sources {
            for new in file::read(source)? {
                if !said.iter().any(|(_, old)| std::ptr::eq(old.key, new.key)) {
                    said.push((source.path.clone(), new));
                }
            }
        }
        Ok(Self { said, ..Self::default() })
    }

    /// Makes what files say the default of the options of that name.
    pub(crate) fn put_into(&self, mut command: Command) -> Command {
        for (_, Said { key, values, .. }) in &self.said {
            command = set_in(command, key, values);
        }
        command
    }

    /// Whether an option stood on the command line.
    pub(crate) fn is_flag(&self, name: &str) -> bool {
        self.flags.iter().any(|key| key.name == name)
    }

    /// Every setting, as it counts now.
    ///
    /// # Errors
    /// A variable has a value that cannot be used.
    pub(crate) fn settings(&self) -> Result<Vec<Setting>> {
        KEYS.iter().map(|key| self.setting(key)).collect()
    }

    fn setting(&self, key: &'static Key) -> Result<Setting> {
        if let Some((_, value)) = self.given.iter().find(|(given, _)| std::ptr::eq(*given, key)) {
            return Ok(Setting { key, values: vec![value.clone()], origin: Origin::Flag });
        }
        if let Some((variable, value)) = key.variable.and_then(|name| Some((name, std::env::var_os(name)?))) {
            let value = value.to_string_lossy().into_owned();
            (key.check)(&value).map_err(|why| Failure::usage(format!("{variable}={value}: {why}")))?;
            return Ok(Setting { key, values: vec![value], origin: Origin::Environment(variable) });
        }
        if let Some((path, said)) = self.said.iter().find(|(_, said)| std::ptr::eq(said.key, key)) {
            let origin = Origin::File { path: path.clone(), line: said.line };
            return Ok(Setting { key, values: said.values.clone(), origin });
        }
        let values = match key.fallback {
            Fallback::Value(value) => vec![value.to_owned()],
            Fallback::Words(_) => Vec::new(),
        };
        Ok(Setting { key, values, origin: Origin::Default })
    }
}

impl Key {
    fn is_of(&self, command: &str) -> bool {
        self.commands.is_empty() || self.commands.contains(&command)
    }
}

fn set_in(mut command: Command, key: &Key, values: &[String]) -> Command {
    if key.commands.is_empty() {
        command = set(command, key, values);
    }
    for name in key.commands {
        command = command.mut_subcommand(name, |command| set(command, key, values));
    }
    command
}

fn set(command: Command, key: &Key, values: &[String]) -> Command {
    command.mut_arg(key.name, |option| option.default_values(values.to_vec()).hide_default_value(true))
}

fn raw(matches: &ArgMatches, name: &str) -> Option<String> {
    Some(matches.get_raw(name)?.next()?.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory as _, FromArgMatches as _};

    use super::*;
    use crate::cli::{Cli, Command as Asked};

    fn source(path: &str, text: &str) -> Source {
        Source { path: path.into(), text: text.to_owned(), is_project: false }
    }

    #[test]
    fn every_key_is_an_option_of_its_commands() {
        let mut command = Cli::command();
        command.build();
        for key in KEYS {
            let name = |command: &Command| command.get_arguments().any(|option| option.get_id() == key.name);
            if key.commands.is_empty() {
                assert!(name(&command), "{}", key.full_name());
            }
            for one in key.commands {
                let found = command.find_subcommand(one).is_some_and(&name);
                assert!(found, "{one} has no {}", key.full_name());
            }
        }
    }

    #[test]
    fn every_option_of_server_and_worker_is_a_setting() {
        let command = Cli::command();
        for name in ["serve", "worker"] {
            let options = command.find_subcommand(name).into_iter().flat_map(Command::get_arguments);
            for option in options {
                let option = option.get_id().as_str();
                assert!(KEYS.iter().any(|key| key.name == option && key.is_of(name)), "{name} {option}");
            }
        }
    }

    /// A value that a file may say must be one that the option takes: else it is refused without file and line.
    #[test]
    fn what_a_file_may_say_the_option_takes() {
        let values = [
            "0",
            "1",
            "10",
            "50",
            "51",
            "1025",
            "4294967295",
            "4294967296",
            "0s",
            "24h",
            "25h",
            "90d",
            "1KiB",
            "true",
            "false",
            "none",
            "text",
            "file",
            "whole",
            "auto",
            "local",
            "postgres://x/y",
            "sqlite:x",
            "store",
            "amqp://x",
            "redis://x",
            "http://x",
            "localhost:0",
            "127.0.0.1:1",
            "ada",
            " ",
            "x.example",
            "x:1",
        ];
        for key in KEYS {
            for value in values.into_iter().filter(|value| (key.check)(value).is_ok()) {
                let command = set_in(Cli::command(), key, &[value.to_owned()]);
                let name = key.commands.first().copied().unwrap_or("list");
                let operands: &[&str] = match name {
                    "rerun" => &["1"],
                    "submit" => &["x"],
                    _ => &[],
                };
                let args = [&["testrunner", name][..], operands].concat();
                let taken = command.try_get_matches_from(args).map(drop);
                assert!(taken.is_ok(), "{} = {value:?}: {taken:?}", key.full_name());
            }
        }
    }

    #[test]
    fn defaults_are_values_that_can_be_used() {
        for key in KEYS {
            if let Fallback::Value(value) = key.fallback {
                assert_eq!((key.check)(value), Ok(()), "{}", key.full_name());
            }
        }
    }

    #[test]
    fn the_first_file_counts_and_a_flag_before_it() -> Result<()> {
        let sources = [source("/a", "jobs = 3\ncolor = 'never'"), source("/b", "jobs = 5\nslow = '7s'")];
        let config = Config::of(&sources)?;
        let parse = |args: &[&str]| {
            let matches = config.put_into(Cli::command()).try_get_matches_from(args);
            matches.and_then(|matches| Cli::from_arg_matches(&matches)).ok()
        };
        let how = |args: &[&str]| match parse(args) {
            Some(Cli { command: Asked::Run(args), .. }) => Some((args.how.jobs, args.how.slow)),
            _ => None,
        };
        let seven = Some(std::time::Duration::from_secs(7));
        assert_eq!(how(&["testrunner", "run"]), Some((Some(3), seven)));
        assert_eq!(how(&["testrunner", "run", "-j", "9"]), Some((Some(9), seven)));
        let color = parse(&["testrunner", "list"]).map(|cli| cli.global.color);
        assert_eq!(color, Some(clap::ColorChoice::Never));
        let all = config.settings()?;
        let origin = |name| all.iter().find(|one| one.key.name == name).map(|one| one.origin.to_string());
        assert_eq!(origin("slow"), Some("/b:2".to_owned()));
        assert_eq!(origin("plan"), Some("default".to_owned()));
        Ok(())
    }
}
