//! What every page and API call shares: errors, pages, forms, templates, headers, limits.
//!
//! A request passes, from the outside in: [`server`] (which logs, counts, catches panics, sets the
//! headers of [`headers`] and draws errors), [`limits`] (host, size, deadline), [`csrf`], the
//! `identify` hook that says who asks, and the handler.

pub mod assets;
pub mod csrf;
mod draw;
pub mod error;
mod fields;
pub mod flash;
pub mod form;
mod from_database;
pub mod headers;
pub mod json;
pub(crate) mod lanes;
pub mod limits;
mod methods;
pub mod page;
mod parts;
mod patience;
mod problem;
pub mod query;
pub mod real_ip;
pub mod request_id;
pub mod server;
pub mod templates;
pub mod xml;

pub use error::{ApiError, Error, FieldProblem, PageError, dressed};
pub use flash::Flash;
pub use form::{Form, FormLimit, Raw, Trouble, Typed, Upload};
pub use json::Json;
pub use lanes::Lane;
pub use methods::nothing_else;
pub use page::{Page, Redirect, Unidentified, Viewer, identified, local_path};
pub use parts::{Parts, SentFile};
pub use problem::Problem;
pub use query::{Pairs, Path, Query};
