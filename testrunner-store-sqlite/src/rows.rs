//! Reading typed values out of rows. What we cannot have written is an error that names the column.

use std::str::FromStr;

use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;
use testrunner_core::{Digest, Timestamp};

use crate::error::{Error, Result};

/// Typed access to the columns of a row, by name.
pub(crate) trait Cells {
    fn int(&self, column: &str) -> Result<i64>;
    fn maybe_int(&self, column: &str) -> Result<Option<i64>>;
    fn text(&self, column: &str) -> Result<String>;
    fn maybe_text(&self, column: &str) -> Result<Option<String>>;
    fn maybe_bytes(&self, column: &str) -> Result<Option<Vec<u8>>>;

    /// An integer of a smaller type.
    fn number<T: TryFrom<i64>>(&self, column: &str) -> Result<T> {
        narrow(self.int(column)?, column)
    }

    fn maybe_number<T: TryFrom<i64>>(&self, column: &str) -> Result<Option<T>> {
        self.maybe_int(column)?.map(|value| narrow(value, column)).transpose()
    }

    fn time(&self, column: &str) -> Result<Timestamp> {
        self.int(column).map(Timestamp)
    }

    fn maybe_time(&self, column: &str) -> Result<Option<Timestamp>> {
        Ok(self.maybe_int(column)?.map(Timestamp))
    }

    /// An enumeration by its name.
    fn word<T: FromStr>(&self, column: &str) -> Result<T> {
        parse(&self.text(column)?, column)
    }

    fn maybe_word<T: FromStr>(&self, column: &str) -> Result<Option<T>> {
        self.maybe_text(column)?.map(|text| parse(&text, column)).transpose()
    }

    fn json<T: DeserializeOwned>(&self, column: &str) -> Result<T> {
        from_json(&self.text(column)?, column)
    }

    fn maybe_digest(&self, column: &str) -> Result<Option<Digest>> {
        let Some(bytes) = self.maybe_bytes(column)? else { return Ok(None) };
        let bytes = bytes.try_into().map_err(|_| Error::Row(format!("{column} is not a digest")))?;
        Ok(Some(Digest(bytes)))
    }
}

impl Cells for SqliteRow {
    fn int(&self, column: &str) -> Result<i64> {
        Ok(self.try_get(column)?)
    }

    fn maybe_int(&self, column: &str) -> Result<Option<i64>> {
        Ok(self.try_get(column)?)
    }

    fn text(&self, column: &str) -> Result<String> {
        Ok(self.try_get(column)?)
    }

    fn maybe_text(&self, column: &str) -> Result<Option<String>> {
        Ok(self.try_get(column)?)
    }

    fn maybe_bytes(&self, column: &str) -> Result<Option<Vec<u8>>> {
        Ok(self.try_get(column)?)
    }
}

fn narrow<T: TryFrom<i64>>(value: i64, column: &str) -> Result<T> {
    T::try_from(value).map_err(|_| Error::Row(format!("{column} is {value}, which is out of range")))
}

fn parse<T: FromStr>(text: &str, column: &str) -> Result<T> {
    text.parse().map_err(|_| Error::Row(format!("{column} is {text:?}, which has no meaning")))
}

pub(crate) fn from_json<T: DeserializeOwned>(text: &str, column: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| Error::Row(format!("{column} cannot be read: {error}")))
}

/// Text for a JSON column. Only a path that is not UTF-8 can fail.
pub(crate) fn to_json<T: Serialize>(value: &T, what: &str) -> Result<String> {
    serde_json::to_string(value).map_err(|error| Error::invalid(format!("{what} cannot be stored: {error}")))
}

/// A list of numbers for `json_each`.
pub(crate) fn int_list(values: impl IntoIterator<Item = i64>) -> String {
    let mut list = String::from("[");
    for (n, value) in values.into_iter().enumerate() {
        if n > 0 {
            list.push(',');
        }
        list.push_str(&value.to_string());
    }
    list.push(']');
    list
}

/// Counts are unsigned, SQLite's integers are not.
pub(crate) fn to_int(value: u64, what: &str) -> Result<i64> {
    i64::try_from(value).map_err(|_| Error::invalid(format!("{what} {value} is too large")))
}
