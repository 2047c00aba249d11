//! How results are told: to people, to programs, and as JUnit XML.

pub(crate) mod clean;
pub(crate) mod copying;
pub(crate) mod failures;
pub(crate) mod file_line;
pub(crate) mod human;
pub(crate) mod json;
pub(crate) mod junit;
pub(crate) mod live;
pub(crate) mod outage;
pub(crate) mod plan;
pub(crate) mod repeats;
pub(crate) mod screen;
pub(crate) mod slow;
pub(crate) mod style;
pub(crate) mod summary;
pub(crate) mod table;
pub(crate) mod teller;
pub(crate) mod words;
