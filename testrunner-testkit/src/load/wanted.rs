//! What is asked for on the command line of an example `rates`.

use std::time::Duration;

use serde::Serialize;
use strum::{Display, EnumIter, EnumString, IntoEnumIterator as _};

use super::Answer;

/// Something to measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Display, EnumIter, EnumString)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Part {
    /// Items from claim to verdict, straight from the store.
    Items,
    /// Items from claim to verdict, through a worker whose executor does nothing.
    Worker,
    /// Events appended.
    Events,
    /// Events appended and read by a subscriber at the same time.
    Followed,
    /// Testruns created.
    Creates,
    /// The newest 50 Testruns listed.
    Lists,
}

impl Part {
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Items => "items claimed and finished",
            Self::Worker => "items through a worker that does nothing",
            Self::Events => "events",
            Self::Followed => "events, stored and followed",
            Self::Creates => "Testruns created",
            Self::Lists => "times the newest 50 Testruns",
        }
    }
}

/// What to measure, where, for how long, and how to say it.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The database: a path or a URL.
    pub place: Option<String>,
    /// What to measure, in this order.
    pub parts: Vec<Part>,
    /// Each figure for so long.
    pub time: Duration,
    /// As JSON, one object a line.
    pub json: bool,
}

impl Wanted {
    /// Reads `[PLACE] [--part PART]… [--seconds N] [--json]`.
    ///
    /// # Errors
    /// What cannot be understood.
    pub fn read(arguments: impl IntoIterator<Item = String>) -> Answer<Self> {
        let mut wanted = Self { place: None, parts: Vec::new(), time: Duration::from_secs(5), json: false };
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().ok_or_else(|| format!("{argument} needs a value"));
            match argument.as_str() {
                "--json" => wanted.json = true,
                "--seconds" => wanted.time = Duration::try_from_secs_f64(value()?.parse()?)?,
                "--part" => {
                    let name = value()?;
                    wanted.parts.push(name.parse().map_err(|_| unknown(&name))?);
                }
                option if option.starts_with('-') => return Err(unknown(option).into()),
                _ => wanted.place = Some(argument),
            }
        }
        if wanted.parts.is_empty() {
            wanted.parts = Part::iter().collect();
        }
        Ok(wanted)
    }
}

fn unknown(what: &str) -> String {
    let parts: Vec<String> = Part::iter().map(|part| part.to_string()).collect();
    format!("{what} is not known: [PLACE] [--part {}] [--seconds N] [--json]", parts.join("|"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Answer<Wanted> {
        Wanted::read(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn the_line_is_read_strictly() {
        let wanted = read("").expect("nothing is everything");
        assert_eq!((wanted.parts.len(), wanted.place, wanted.json), (6, None, false));
        let wanted = read("a.db --part lists --part items --seconds 0.5 --json").expect("to be understood");
        assert_eq!(wanted.parts, [Part::Lists, Part::Items]);
        assert_eq!((wanted.place.as_deref(), wanted.time), (Some("a.db"), Duration::from_millis(500)));
        for bad in ["--part", "--part all", "--seconds -1", "--seconds x", "--fast"] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
