//! Who may do what, at every address: each cell says its status, and a route that is in no table fails the test.

mod random;
pub(crate) mod routes;
mod traces;
