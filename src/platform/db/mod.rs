//! The database: pool, schema, migrations, constraint names, and the private Postgres.

pub mod constraints;
pub mod embedded;
mod facts;
pub mod listen;
pub mod migrate;
pub mod pool;
pub mod prepared;
pub mod schema;
pub mod settings;
mod tls;

pub use self::facts::{Facts, facts};
pub use self::pool::{Pool, REQUEST_CONNECTIONS, is_unavailable};
pub use self::settings::{Session, Settings};
pub use self::tls::TlsError;

/// What a query answers, for those who only hand it on.
pub use diesel::QueryResult;

/// A connection to Postgres.
pub type Connection = diesel_async::AsyncPgConnection;
