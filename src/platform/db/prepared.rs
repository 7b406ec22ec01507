//! SQL text that Postgres parses and plans once per connection.
//!
//! Why: diesel's own `sql_query` is prepared anew at every use, because its text could be different each time. The
//! planning of a search's one read costs more than running it. Texts here come from constants, so they are few and
//! the connection's statement cache may keep them, by text.

use diesel::QueryResult;
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::{HasSqlType, Untyped};

/// A statement with `$1`, `$2`, … and their values; any may stand in several places.
pub struct Prepared<'a> {
    sql: String,
    values: Vec<Box<dyn QueryFragment<Pg> + Send + Sync + 'a>>,
}

impl std::fmt::Debug for Prepared<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Prepared").field(&self.sql).finish()
    }
}

/// A statement made of constants. Never put what somebody wrote into its text: that is what [`Prepared::bind`] is for.
pub fn prepared<'a>(sql: impl Into<String>) -> Prepared<'a> {
    Prepared {
        sql: sql.into(),
        values: Vec::new(),
    }
}

impl<'a> Prepared<'a> {
    /// The value of the next placeholder.
    #[must_use]
    pub fn bind<ST, V>(mut self, value: V) -> Self
    where
        Pg: HasSqlType<ST>,
        V: ToSql<ST, Pg> + Send + Sync + 'a,
        ST: Send + Sync + 'a,
    {
        self.values.push(Box::new(Value::<ST, V> {
            value,
            kind: std::marker::PhantomData,
        }));
        self
    }
}

struct Value<ST, V> {
    value: V,
    kind: std::marker::PhantomData<ST>,
}

impl<ST, V> QueryFragment<Pg> for Value<ST, V>
where
    Pg: HasSqlType<ST>,
    V: ToSql<ST, Pg>,
{
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        pass.push_bind_param::<ST, V>(&self.value)
    }
}

impl QueryFragment<Pg> for Prepared<'_> {
    /// Each place of a value gets a placeholder of its own, which is how diesel counts them.
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let mut rest = self.sql.as_str();
        while let Some((before, number, after)) = next_place(rest) {
            pass.push_sql(before);
            let value = number
                .checked_sub(1)
                .and_then(|index| self.values.get(index));
            value.ok_or(Missing(number))?.walk_ast(pass.reborrow())?;
            rest = after;
        }
        pass.push_sql(rest);
        Ok(())
    }
}

/// Splits at the next `$12`: what stands before it, its number, what follows. A dollar sign without a number is text.
fn next_place(sql: &str) -> Option<(&str, usize, &str)> {
    sql.match_indices('$').find_map(|(at, sign)| {
        let (before, rest) = sql.split_at_checked(at)?;
        let rest = rest.strip_prefix(sign)?;
        let digits = rest
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(rest.len());
        let (number, after) = rest.split_at_checked(digits)?;
        Some((before, number.parse().ok()?, after))
    })
}

/// The text names a value that was not bound.
#[derive(Debug, thiserror::Error)]
#[error("the statement names ${0}, which has no value")]
struct Missing(usize);

impl From<Missing> for diesel::result::Error {
    fn from(missing: Missing) -> Self {
        Self::QueryBuilderError(Box::new(missing))
    }
}

/// Known by its text.
impl QueryId for Prepared<'_> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

/// Read by column names, as with `sql_query`.
impl Query for Prepared<'_> {
    type SqlType = Untyped;
}

impl<Conn> diesel::query_dsl::RunQueryDsl<Conn> for Prepared<'_> {}

#[cfg(test)]
mod tests {
    use super::*;
    use diesel::sql_types::Int8;

    fn text(statement: &Prepared<'_>) -> String {
        let debug = diesel::debug_query::<Pg, _>(statement).to_string();
        debug.split(" -- ").next().unwrap_or_default().to_owned()
    }

    #[test]
    fn a_value_may_stand_in_several_places() {
        let statement =
            prepared("SELECT $1 + $2 + $1 WHERE a = $10 OR true").bind::<Int8, _>(1_i64);
        assert_eq!(next_place("a $10 b"), Some(("a ", 10, " b")));
        assert_eq!(next_place("~ '(x|$)' $2 b"), Some(("~ '(x|$)' ", 2, " b")));
        assert_eq!(next_place("'$'"), None);
        assert_eq!(next_place("no place"), None);
        // $2 was never given.
        assert!(statement.is_safe_to_cache_prepared(&Pg).is_err());
        let statement = prepared("SELECT $1 + $2 + $1")
            .bind::<Int8, _>(1_i64)
            .bind::<Int8, _>(2_i64);
        assert_eq!(text(&statement), "SELECT $1 + $2 + $3");
        assert!(statement.is_safe_to_cache_prepared(&Pg).unwrap());
    }
}
