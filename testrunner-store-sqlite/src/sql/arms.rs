//! What leads to the Testruns that a query asks for, and what else they are held against.

use sqlx::{QueryBuilder, Sqlite, SqliteConnection};
use testrunner_core::store::{LabelQuery, ListQuery};

use super::texts;
use crate::error::Result;
use crate::rows::int_list;

/// More than so many Testruns are not sorted for one page.
const FEW: u32 = 2_000;
/// For so many texts Testruns are looked up one by one; SQLite takes 500 in one statement.
const TEXTS: usize = 400;

/// What leads to the rows.
#[derive(Clone, Debug)]
pub(crate) enum Arm<'a> {
    Label(&'a LabelQuery),
    User,
    Reason(&'static str),
    Status(&'static str),
    /// A time in which few were created.
    Time,
    /// A time in which many were created.
    LongTime,
    /// The text of this number, which many may have.
    Text(i64),
    /// The texts of this JSON array, all at once, and the one Testrun of this number, if there is one.
    Texts(String, Option<i64>),
    /// The one Testrun of this number, which was asked for as a text.
    Number(i64),
    All,
}

/// For a page: one for each part of it; each part is in order.
pub(crate) async fn of_page<'a>(conn: &mut SqliteConnection, asked: &'a ListQuery) -> Result<Vec<Arm<'a>>> {
    let number = asked.number().map(|run| run.0);
    let arms = match asked.text.as_deref().filter(|text| !text.is_empty()) {
        None => arms(asked),
        Some(text) => {
            let found = texts::with_part(conn, text, texts::RARE + 1).await?;
            if is_rare(conn, &found).await? {
                vec![Arm::Texts(int_list(found), number)]
            } else if found.len() <= TEXTS && asked.has_text_alone() {
                found.into_iter().map(Arm::Text).chain(number.map(Arm::Number)).collect()
            } else {
                arms(asked)
            }
        }
    };
    match arms.as_slice() {
        [Arm::Time] if !is_short(conn, asked).await? => Ok(vec![Arm::LongTime]),
        _ => Ok(arms),
    }
}

/// For counts: all of it, in the order of an index, and whether there may be more that it does not lead to. Those to be
/// counted are not asked for by status.
pub(crate) async fn of_counts<'a>(
    conn: &mut SqliteConnection,
    asked: &'a ListQuery,
) -> Result<(Arm<'a>, bool)> {
    if let Some(text) = asked.text.as_deref().filter(|text| !text.is_empty()) {
        let most = texts::RARE.max(asked.limit) + 1;
        let found = texts::with_part(conn, text, most).await?;
        let more = found.len() as u64 >= u64::from(most);
        // Where not all are counted it does not matter which ones are.
        if is_rare(conn, &found).await? || (asked.has_text_alone() && !(more && asked.limit == 0)) {
            return Ok((Arm::Texts(int_list(found), asked.number().map(|run| run.0)), more));
        }
    }
    let arm = match arms(asked).swap_remove(0) {
        // All reasons are counted at once.
        Arm::Reason(_) => Arm::All,
        arm => arm,
    };
    Ok((arm, false))
}

async fn is_rare(conn: &mut SqliteConnection, found: &[i64]) -> Result<bool> {
    Ok(found.len() <= texts::RARE as usize && texts::are_rare(conn, found).await?)
}

/// Without a look at the text.
fn arms(asked: &ListQuery) -> Vec<Arm<'_>> {
    if let Some(label) = asked.labels.first() {
        return vec![Arm::Label(label)];
    }
    if asked.username.is_some() {
        return vec![Arm::User];
    }
    let distinct = |mut words: Vec<&'static str>| {
        words.sort_unstable();
        words.dedup();
        words
    };
    if !asked.reasons.is_empty() {
        let words = distinct(asked.reasons.iter().map(<&str>::from).collect());
        return words.into_iter().map(Arm::Reason).collect();
    }
    if !asked.statuses.is_empty() {
        let words = distinct(asked.statuses.iter().map(<&str>::from).collect());
        return words.into_iter().map(Arm::Status).collect();
    }
    if asked.created_from.is_some() || asked.created_before.is_some() {
        return vec![Arm::Time];
    }
    vec![Arm::All]
}

impl Arm<'_> {
    /// The column that holds the number in the order of the index.
    pub(crate) const fn number(&self) -> &'static str {
        match self {
            Self::Label(_) => "l.run",
            Self::Text(_) => "u.run",
            Self::User
            | Self::Reason(_)
            | Self::Status(_)
            | Self::Time
            | Self::LongTime
            | Self::Texts(..)
            | Self::Number(_)
            | Self::All => "t.id",
        }
    }

    /// Whether the text that was asked for leads here.
    const fn is_of_text(&self) -> bool {
        matches!(self, Self::Text(_) | Self::Texts(..) | Self::Number(_))
    }

    /// Tables and the first condition.
    pub(crate) fn push_from(&self, query: &mut QueryBuilder<Sqlite>) {
        match self {
            Self::Label(LabelQuery { key, value }) => {
                query.push("labels l INDEXED BY ");
                query.push(if value.is_some() { "labels_by_value" } else { "labels_by_key" });
                query.push(" CROSS JOIN testruns t ON t.id = l.run WHERE l.key = ").push_bind(key.clone());
                if let Some(value) = value {
                    query.push(" AND l.value = ").push_bind(value.clone());
                }
            }
            Self::User => {
                query.push("testruns t INDEXED BY testruns_by_user WHERE TRUE");
            }
            Self::Reason(word) => {
                query.push("testruns t INDEXED BY testruns_by_reason WHERE t.reason = ").push_bind(*word);
            }
            Self::Status(word) => {
                query.push("testruns t INDEXED BY testruns_by_status WHERE t.status = ").push_bind(*word);
            }
            Self::Time => {
                query.push("testruns t INDEXED BY testruns_by_creation WHERE TRUE");
            }
            Self::LongTime => {
                query.push("testruns t INDEXED BY testruns_in_time WHERE TRUE");
            }
            Self::Text(text) => {
                query
                    .push("text_uses u CROSS JOIN testruns t ON t.id = u.run WHERE u.text = ")
                    .push_bind(*text);
            }
            Self::Texts(list, number) => {
                query
                    .push("(SELECT DISTINCT run FROM (SELECT u.run AS run FROM json_each(")
                    .push_bind(list.clone());
                query.push(") AS j CROSS JOIN text_uses u ON u.text = j.value");
                query.push(" UNION ALL SELECT ").push_bind(*number).push(")) AS f");
                query.push(" CROSS JOIN testruns t ON t.id = f.run WHERE TRUE");
            }
            Self::Number(number) => {
                query.push("testruns t WHERE t.id = ").push_bind(*number);
            }
            Self::All => {
                query.push("testruns t WHERE TRUE");
            }
        }
    }
}

/// Whether so few were created in this time that they can be sorted.
async fn is_short(conn: &mut SqliteConnection, asked: &ListQuery) -> Result<bool> {
    let found: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM (SELECT 1 FROM testruns INDEXED BY testruns_by_creation
                               WHERE created_at >= ?1 AND created_at < ?2 LIMIT ?3)",
    )
    .bind(asked.created_from.map_or(i64::MIN, |from| from.0))
    .bind(asked.created_before.map_or(i64::MAX, |before| before.0))
    .bind(FEW)
    .fetch_one(conn)
    .await?;
    Ok(found < i64::from(FEW))
}

/// All but status and place, and but for what leads there already.
pub(crate) fn push_filters(query: &mut QueryBuilder<Sqlite>, asked: &ListQuery, arm: &Arm<'_>) {
    push_list(query, " AND t.reason IN (", asked.reasons.iter().map(<&str>::from));
    if let Some(username) = &asked.username {
        query.push(" AND t.username = ").push_bind(username.clone());
    }
    let leads = usize::from(matches!(arm, Arm::Label(_)));
    for LabelQuery { key, value } in asked.labels.iter().skip(leads) {
        query.push(" AND EXISTS (SELECT 1 FROM labels WHERE run = t.id AND key = ").push_bind(key.clone());
        if let Some(value) = value {
            query.push(" AND value = ").push_bind(value.clone());
        }
        query.push(")");
    }
    if let Some(from) = asked.created_from {
        query.push(" AND t.created_at >= ").push_bind(from.0);
    }
    if let Some(before) = asked.created_before {
        query.push(" AND t.created_at < ").push_bind(before.0);
    }
    if let Some(text) = asked.text.as_ref().filter(|_| !arm.is_of_text()) {
        // `lower` knows A to Z only, as was promised.
        let part = text.to_ascii_lowercase();
        query.push(" AND (CAST(t.id AS TEXT) = ").push_bind(text.clone());
        query.push(" OR instr(lower(t.username), ").push_bind(part.clone());
        query.push(") OR EXISTS (SELECT 1 FROM labels WHERE run = t.id AND (instr(lower(key), ");
        query.push_bind(part.clone()).push(") OR instr(lower(value), ").push_bind(part.clone());
        query.push("))) OR EXISTS (SELECT 1 FROM files WHERE run = t.id AND instr(lower(path), ");
        query.push_bind(part).push(")))");
    }
}

pub(crate) fn push_list(
    query: &mut QueryBuilder<Sqlite>,
    begin: &str,
    words: impl ExactSizeIterator<Item = &'static str>,
) {
    if words.len() == 0 {
        return;
    }
    query.push(begin);
    let mut list = query.separated(", ");
    for word in words {
        list.push_bind(word);
    }
    query.push(")");
}
