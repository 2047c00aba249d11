//! Where all statements with a fixed text pass, to be noted down and, for a mutant, changed. What a thread runs
//! is its own: a runtime of one thread is one store with one mutant.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ops::{Deref, DerefMut};

use driver::postgres::PgRow;
use driver::query::{Query, QueryAs, QueryScalar};
use driver::{AssertSqlSafe, Database, FromRow, Postgres, RawSql, SqlSafeStr as _, SqlStr};

/// A change to one statement.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Edit {
    /// What is found in this statement and in no other.
    pub(crate) of: &'static str,
    /// What is taken out. The same as `of`: it is the whole statement.
    pub(crate) cut: &'static str,
    /// What is put there.
    pub(crate) put: &'static str,
}

impl Edit {
    pub(crate) fn fits(self, statement: &str) -> bool {
        if self.of == self.cut { statement == self.of } else { statement.contains(self.of) }
    }
}

/// What this thread's statements go through.
#[derive(Default)]
struct Seam {
    edits: &'static [Edit],
    seen: BTreeSet<&'static str>,
    built: BTreeSet<String>,
}

thread_local! {
    static SEAM: RefCell<Seam> = RefCell::default();
}

/// From here on this thread's statements are changed.
pub(crate) fn mutate(edits: &'static [Edit]) {
    SEAM.set(Seam { edits, ..Seam::default() });
}

/// The statements that this thread wanted to run, as they stand in the sources.
pub(crate) fn seen() -> BTreeSet<&'static str> {
    SEAM.with_borrow(|seam| seam.seen.clone())
}

/// The statements of this thread that were put together from parts.
pub(crate) fn built() -> BTreeSet<String> {
    SEAM.with_borrow(|seam| seam.built.clone())
}

fn pass(statement: &'static str) -> SqlStr {
    SEAM.with_borrow_mut(|seam| {
        seam.seen.insert(statement);
        let edits = seam.edits.iter().filter(|edit| edit.fits(statement));
        let text = edits.fold(statement.to_owned(), |text, edit| text.replace(edit.cut, edit.put));
        AssertSqlSafe(text).into_sql_str()
    })
}

type Arguments = <Postgres as Database>::Arguments;

/// [`driver::query`], of the statement as the mutant has it.
pub fn query<'a>(statement: &'static str) -> Query<'a, Postgres, Arguments> {
    driver::query(pass(statement))
}

/// [`driver::query_as`], of the statement as the mutant has it.
pub fn query_as<'a, O>(statement: &'static str) -> QueryAs<'a, Postgres, O, Arguments>
where
    O: for<'r> FromRow<'r, PgRow>,
{
    driver::query_as(pass(statement))
}

/// [`driver::query_scalar`], of the statement as the mutant has it.
pub fn query_scalar<'a, O>(statement: &'static str) -> QueryScalar<'a, Postgres, O, Arguments>
where
    (O,): for<'r> FromRow<'r, PgRow>,
{
    driver::query_scalar(pass(statement))
}

/// [`driver::raw_sql`], of the statement as the mutant has it.
pub fn raw_sql(statement: &'static str) -> RawSql {
    driver::raw_sql(pass(statement))
}

/// [`driver::QueryBuilder`], whose statements are noted down.
#[expect(missing_debug_implementations, reason = "neither has the real one")]
pub struct QueryBuilder<DB: Database>(driver::QueryBuilder<DB>);

impl<DB: Database> Deref for QueryBuilder<DB> {
    type Target = driver::QueryBuilder<DB>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<DB: Database> DerefMut for QueryBuilder<DB> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

impl QueryBuilder<Postgres> {
    /// Begins with this text.
    pub fn new(init: impl Into<String>) -> Self {
        Self(driver::QueryBuilder::new(init))
    }

    /// [`driver::QueryBuilder::build`].
    pub fn build(&mut self) -> Query<'_, Postgres, Arguments> {
        self.note();
        self.0.build()
    }

    /// [`driver::QueryBuilder::build_query_scalar`].
    pub fn build_query_scalar<'q, O>(&'q mut self) -> QueryScalar<'q, Postgres, O, Arguments>
    where
        (O,): for<'r> FromRow<'r, PgRow>,
    {
        self.note();
        self.0.build_query_scalar()
    }

    fn note(&self) {
        SEAM.with_borrow_mut(|seam| seam.built.insert(self.0.sql().as_str().to_owned()));
    }
}
