//! What the integration tests stand on.

pub(crate) mod api;
pub(crate) mod app;
pub(crate) mod people;
pub(crate) mod postgres;
pub(crate) mod program;
pub(crate) mod store;
