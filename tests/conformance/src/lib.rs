//! The conformance corpus of restflow: a shop application, the requests that were
//! recorded against its original on Django REST framework and drf-restflow, and a player
//! that compares answers the way the recorder did.
//!
//! - [`app`](fn@app) is the shop (SPEC.md), over [`entities`].
//! - [`Database`] creates the tables, [`Fixtures`] fills them.
//! - [`Scenario`] is one recorded conversation, [`play`] holds it with an endpoint in
//!   process, and [`compare_step`] states what counts as the same answer.
//!
//! The crate is not published: it is how the workspace knows that a client of DRF cannot
//! tell the difference.

mod api;
mod app;
mod authentication;
mod compare;
mod database;
pub mod entities;
mod envelope;
mod filters;
mod fixtures;
mod generic;
mod neg;
mod pagination;
mod perm;
mod permissions;
mod player;
mod postfetch;
mod raise;
mod renderers;
mod scenario;
mod serializers;
mod stable_order;
mod stream;
mod throttle;
mod validate;

pub use app::{Shop, app};
pub use compare::{Answer, Body, Diff, compare_step};
pub use database::Database;
pub use fixtures::Fixtures;
pub use player::{Exchange, Outcome, play};
pub use scenario::{Expected, Mask, RecordedRequest, Rule, Scenario, Step, load_cases};
