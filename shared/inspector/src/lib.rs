//! The Inspector adapter: what one region's Amazon Inspector looks like, and the calls that change it.
//!
//! [`Inspector`] implements the core's `SecurityService` for one region. AWS's words become the core's state in
//! `translate`, `settings`, `effective_policy` and `failure`, which do no I/O; all calls are in `calls`, and nothing is
//! called before the first look.

mod adapter;
mod administrator;
mod apply;
mod calls;
mod details;
mod effective_policy;
mod failure;
mod isolation;
mod members;
mod observe;
mod retries;
mod settings;
mod spec;
mod translate;
mod turn;

pub use adapter::Inspector;
pub use spec::SPEC;
