//! Reading typed values out of rows. What we cannot have written is an error that names the column.

use std::str::FromStr;

use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::Row as _;
use sqlx::postgres::PgRow;
use testrunner_core::{Digest, Timestamp};

use crate::error::{Error, Result};

/// Typed access to the columns of a row, by name.
pub(crate) trait Cells {
    fn int(&self, column: &str) -> Result<i64>;
    fn maybe_int(&self, column: &str) -> Result<Option<i64>>;
    fn text(&self, column: &str) -> Result<String>;
    fn maybe_text(&self, column: &str) -> Result<Option<String>>;
    fn maybe_bytes(&self, column: &str) -> Result<Option<Vec<u8>>>;

    fn ints(&self, column: &str) -> Result<Vec<i64>>;

    /// An integer of a smaller type.
    fn number<T: TryFrom<i64>>(&self, column: &str) -> Result<T> {
        narrow(self.int(column)?, column)
    }

    fn maybe_number<T: TryFrom<i64>>(&self, column: &str) -> Result<Option<T>> {
        self.maybe_int(column)?.map(|value| narrow(value, column)).transpose()
    }

    fn numbers<T: TryFrom<i64>>(&self, column: &str) -> Result<Vec<T>> {
        self.ints(column)?.into_iter().map(|value| narrow(value, column)).collect()
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

impl Cells for PgRow {
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

    fn ints(&self, column: &str) -> Result<Vec<i64>> {
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

/// Counts are unsigned, the integers of the database are not.
pub(crate) fn to_int(value: u64, what: &str) -> Result<i64> {
    i64::try_from(value).map_err(|_| Error::invalid(format!("{what} {value} is too large")))
}
