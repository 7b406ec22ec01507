//! Hansei: a self-hosted, blameless post-mortem knowledge base.
#![doc = include_str!("ARCHITECTURE.md")]

pub mod platform;

pub mod accounts;
pub mod reports;

pub mod archive;

pub mod evaluation;

pub mod cli;
pub mod config;
pub mod routes;
mod worker;
