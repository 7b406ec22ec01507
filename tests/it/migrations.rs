//! What the program believes about the database, against a migrated one. Up and down are tested in `database`.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use diesel_async::SimpleAsyncConnection as _;
use hansei::platform::db::Connection;
use hansei::platform::db::migrate::{self, MigrateError};

use crate::support::postgres::{TestDatabase, text};

const SCHEMA: &str = include_str!("../../src/platform/db/schema.rs");
const CONSTRAINTS: &str = include_str!("../../src/platform/db/constraints.rs");

/// A table of `schema.rs` and its columns, each with diesel's name of its type.
struct Table<'a> {
    name: &'a str,
    columns: Vec<(&'a str, &'a str)>,
}

fn tables() -> Vec<Table<'static>> {
    let blocks = SCHEMA.split("diesel::table! {").skip(1);
    blocks
        .map(|block| {
            let mut lines = block.lines().map(str::trim).filter(|line| !line.is_empty());
            let name = lines.next().unwrap().split(' ').next().unwrap();
            let mut columns = Vec::new();
            let mut renamed = None;
            for line in lines.take_while(|line| *line != "}") {
                if let Some(rest) = line.strip_prefix("#[sql_name = \"") {
                    renamed = rest.split('"').next();
                } else if let Some((column, kind)) = line.split_once(" -> ") {
                    columns.push((renamed.take().unwrap_or(column), kind.trim_end_matches(',')));
                }
            }
            Table { name, columns }
        })
        .collect()
}

/// What Postgres calls the type, and whether it may be null.
fn postgres_type(kind: &str) -> (String, bool) {
    if let Some(inner) = kind.strip_prefix("Nullable<") {
        return (postgres_type(inner.trim_end_matches('>')).0, true);
    }
    if let Some(inner) = kind.strip_prefix("Array<") {
        return (
            format!("_{}", postgres_type(inner.trim_end_matches('>')).0),
            false,
        );
    }
    let name = match kind {
        "Int2" => "int2",
        "Int4" => "int4",
        "Int8" => "int8",
        "Text" => "text",
        "Bool" => "bool",
        "Bytea" => "bytea",
        "Jsonb" => "jsonb",
        "Date" => "date",
        "Uuid" => "uuid",
        "Float8" => "float8",
        "Timestamptz" => "timestamptz",
        other => panic!("{other} is new: say here what Postgres calls it"),
    };
    (name.to_owned(), false)
}

#[tokio::test]
async fn tools_migrate_nothing_but_an_empty_database() {
    let database = TestDatabase::empty().await;
    let settings = database.settings();
    let all = migrate::known().len();
    let refusal = migrate::check(&settings).await.unwrap_err();
    assert!(
        matches!(refusal, MigrateError::Behind(lacking) if lacking == all),
        "{refusal}"
    );
    migrate::run_if_fresh(&settings).await.unwrap();
    migrate::check(&settings).await.unwrap();
    let mut connection = database.connect().await;
    let older = "DELETE FROM __diesel_schema_migrations
        WHERE version = (SELECT max(version) FROM __diesel_schema_migrations)";
    connection.batch_execute(older).await.unwrap();
    for refusal in [
        migrate::check(&settings).await.unwrap_err(),
        migrate::run_if_fresh(&settings).await.unwrap_err(),
    ] {
        assert!(matches!(refusal, MigrateError::Behind(1)), "{refusal}");
    }
}

#[tokio::test]
async fn every_column_of_the_schema_is_in_the_database_and_the_other_way_round() {
    let database = TestDatabase::new().await;
    let mut connection = database.connect().await;
    let mut expected = BTreeSet::new();
    for table in tables() {
        let mut list = String::new();
        for (column, kind) in &table.columns {
            write!(
                list,
                "{}\"{column}\"",
                if list.is_empty() { "" } else { ", " }
            )
            .unwrap();
            let (kind, nullable) = postgres_type(kind);
            expected.insert(format!(
                "{} {column} {kind}{}",
                table.name,
                if nullable { " null" } else { "" }
            ));
        }
        let sql = format!(
            "SELECT (SELECT count(*) FROM (SELECT {list} FROM {}) AS t)::text AS text",
            table.name
        );
        assert_eq!(text(&mut connection, &sql).await.len(), 1);
    }
    let sql = "SELECT concat_ws(' ', c.relname, a.attname, t.typname, CASE WHEN NOT a.attnotnull THEN 'null' END) AS text
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_type t ON t.oid = a.atttypid
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
          AND c.relname <> 'change_log' AND c.relname NOT LIKE '\\_\\_diesel%' AND t.typname NOT IN ('xid8', 'tsvector')";
    let actual: BTreeSet<String> = text(&mut connection, sql).await.into_iter().collect();
    let missing: Vec<_> = expected.difference(&actual).collect();
    let unknown: Vec<_> = actual.difference(&expected).collect();
    assert!(
        missing.is_empty() && unknown.is_empty(),
        "only in schema.rs: {missing:?}; only in the database: {unknown:?}"
    );
}

/// The constraints and indexes of the database.
const NAMED: &str = "SELECT concat_ws(' ', c.conrelid::regclass, c.conname) AS text FROM pg_constraint c
        WHERE c.connamespace = 'public'::regnamespace AND c.contype <> 'n' AND c.conrelid::regclass::text NOT LIKE '%diesel%'
    UNION SELECT concat_ws(' ', i.indrelid::regclass, i.indexrelid::regclass) FROM pg_index i
        JOIN pg_class t ON t.oid = i.indrelid
        WHERE t.relnamespace = 'public'::regnamespace AND t.relname NOT LIKE '%diesel%'";

#[tokio::test]
async fn every_constraint_that_is_explained_exists() {
    let database = TestDatabase::new().await;
    let mut connection = database.connect().await;
    let existing: BTreeSet<String> = text(&mut connection, NAMED)
        .await
        .iter()
        .map(|named| named.split(' ').nth(1).unwrap().to_owned())
        .collect();
    let (_, list) = CONSTRAINTS.split_once("const PROBLEMS").unwrap();
    let (entries, _) = list.split_once("];").unwrap();
    let texts: Vec<&str> = entries.split('"').skip(1).step_by(2).collect();
    assert!(
        texts.len() > 60 && texts.len().is_multiple_of(3),
        "{}",
        texts.len()
    );
    for entry in texts.chunks(3) {
        assert!(existing.contains(entry[0]), "no constraint {}", entry[0]);
    }
}

/// The names that the migrations write down: an automatic one stands nowhere.
fn written_names() -> BTreeSet<String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations");
    let mut names = BTreeSet::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let Ok(sql) = std::fs::read_to_string(entry.unwrap().path().join("up.sql")) else {
            continue;
        };
        let words: Vec<&str> = sql.split_whitespace().collect();
        let introduced = words
            .windows(2)
            .filter(|pair| matches!(pair[0], "CONSTRAINT" | "INDEX"));
        names.extend(introduced.map(|pair| pair[1].to_owned()));
    }
    names
}

/// Those that Postgres named, or whose name does not begin with that of their table.
async fn badly_named(connection: &mut Connection) -> Vec<String> {
    let written = written_names();
    let mut found = text(connection, NAMED).await;
    found.sort();
    found.retain(|named| {
        let (table, name) = named.split_once(' ').unwrap();
        let follows = name
            .strip_prefix(table)
            .is_some_and(|rest| rest.starts_with('_'));
        !follows || name.ends_with("_check") || !written.contains(name)
    });
    found
}

#[tokio::test]
async fn every_constraint_and_index_has_a_name_of_ours() {
    let database = TestDatabase::new().await;
    let mut connection = database.connect().await;
    assert_eq!(badly_named(&mut connection).await, Vec::<String>::new());
    // The test sees what it is for.
    let sql = "CREATE TABLE plain (id bigint PRIMARY KEY, report bigint REFERENCES reports, n int UNIQUE CHECK (n > 0));
        ALTER TABLE reports ADD CHECK (revision < 1000000), ADD CONSTRAINT other_name CHECK (revision > 0);
        CREATE INDEX ON reports (facilitator)";
    connection.batch_execute(sql).await.unwrap();
    assert_eq!(
        badly_named(&mut connection).await,
        [
            "plain plain_n_check",
            "plain plain_n_key",
            "plain plain_pkey",
            "plain plain_report_fkey",
            "reports other_name",
            "reports reports_facilitator_idx",
            "reports reports_revision_check",
        ]
    );
}
