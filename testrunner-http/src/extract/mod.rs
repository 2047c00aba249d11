//! What handlers take from a request. Refusals are problems, where axum's own are plain text.

mod json;
mod path;
mod query;
mod strict;

pub use json::ApiJson;
pub(crate) use json::WriteJson;
pub use path::ApiPath;
pub use query::ApiQuery;

use serde_path_to_error::{Path, Segment};

use crate::problem::Problem;

/// Where something is, as a JSON pointer.
fn pointer(path: &Path) -> String {
    path.iter().fold(String::new(), |pointer, segment| match segment {
        Segment::Seq { index } => format!("{pointer}/{index}"),
        Segment::Map { key } => format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1")),
        Segment::Enum { variant } => format!("{pointer}/{variant}"),
        Segment::Unknown => pointer,
    })
}

/// A value that is read well but not what is asked for. Serde says so in words only.
fn misfit(field: &str, message: &str) -> Problem {
    let unknown = message.strip_prefix("unknown field `").and_then(|rest| rest.split_once("`, "));
    match unknown {
        Some((name, known)) => Problem::unknown_field(name, known),
        None => Problem::invalid(field, message),
    }
}
