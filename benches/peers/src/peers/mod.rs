//! The peers: the same four endpoints on different stacks.
//!
//! | Method and path | |
//! |---|---|
//! | `GET /api/products/` | a page of 20 with `count`, `next`, `previous`, `results`; `page`, `price__gte`, `price__lte`, `in_stock`, `name__icontains`, `order_by` |
//! | `GET /api/products/{id}/` | one product, with `description` and `created_at` |
//! | `POST /api/products/` | 201 with the product; 400 with messages by field |
//!
//! Every peer opens the file with [`data::settings`](crate::data::settings) and
//! [`POOL_SIZE`](crate::shop::POOL_SIZE) connections and otherwise leaves its libraries at
//! their defaults, as most programs do.

mod axum_sqlx;
mod poem_seaorm;
pub(crate) mod restflow;

use std::{future::Future, path::PathBuf, pin::Pin};

use anyhow::Result;
use clap::builder::PossibleValuesParser;

/// The future of a server; it only ends if it fails.
pub(crate) type Serving = Pin<Box<dyn Future<Output = Result<()>> + Send>>;

/// One implementation of the endpoints. A new one is written in a file beside this one and
/// added to [`PEERS`].
pub(crate) trait Peer: Sync {
    /// What the command line and the tables call it.
    fn name(&self) -> &'static str;

    /// Whether the others are compared with it.
    fn is_yardstick(&self) -> bool {
        false
    }

    /// Whether its SQL is written by hand, so that [`Endpoint::least`] holds beside it.
    ///
    /// [`Endpoint::least`]: crate::endpoints::Endpoint::least
    fn has_own_sql(&self) -> bool {
        false
    }

    /// Serves on 127.0.0.1 from the SQLite file, which exists and is filled.
    fn serve(&self, port: u16, db: PathBuf) -> Serving;
}

/// All peers, in the order of the tables.
pub(crate) const PEERS: &[&dyn Peer] = &[
    &axum_sqlx::AxumSqlx,
    &poem_seaorm::PoemSeaOrm,
    &restflow::Restflow,
];

/// The peer of this name.
pub(crate) fn named(name: &str) -> Option<&'static dyn Peer> {
    PEERS.iter().copied().find(|peer| peer.name() == name)
}

/// The names, for the command line.
pub(crate) fn names() -> PossibleValuesParser {
    PEERS
        .iter()
        .map(|peer| peer.name())
        .collect::<Vec<_>>()
        .into()
}
