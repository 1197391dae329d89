//! How many streams may hold a connection.

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use restflow_exceptions::{ApiError, Result};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use crate::Request;

/// Fewer than half of the connections of a pool (10 unless it is told otherwise).
const DEFAULT_MAX_SINGLE_STATEMENTS: usize = 4;

/// As long as a query of a few rows may take, so that several of them do not refuse each other.
const WAIT: Duration = Duration::from_secs(1);

/// Exports that last are what the place is taken by.
const RETRY_AFTER: Duration = Duration::from_secs(30);

/// The streams' part of an API's settings.
///
/// ```
/// use restflow::prelude::*;
///
/// fn settings() -> Settings {
///     Settings::new().with(StreamSettings::new().max_single_statements(8))
/// }
/// ```
#[derive(Debug, Clone)]
pub struct StreamSettings {
    max_single_statements: usize,
}

impl StreamSettings {
    /// At most 4 streams that hold a connection.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            max_single_statements: DEFAULT_MAX_SINGLE_STATEMENTS,
        }
    }

    /// How many streams of one API may each
    /// [hold a connection](crate::StreamedRows::single_statement) at once, 4 by default. One more
    /// waits for up to a second and is then answered with 503 and a `Retry-After` of 30 seconds; 0
    /// refuses them all.
    ///
    /// It should be less than the connections of the pool, which are 10 by default: those that are
    /// left serve the other requests, and the relations of these streams.
    #[must_use]
    pub const fn max_single_statements(mut self, maximum: usize) -> Self {
        self.max_single_statements = maximum;
        self
    }
}

impl Default for StreamSettings {
    fn default() -> Self {
        Self::new()
    }
}

/// The places of the streams of one API that hold a connection.
#[derive(Debug, Clone, Default)]
struct Places(Arc<OnceLock<Arc<Semaphore>>>);

/// A place among the streams that hold a connection, given back when it is dropped.
pub(super) async fn single_statement_place(request: &Request) -> Result<OwnedSemaphorePermit> {
    let settings = request.route().view.settings.get::<StreamSettings>();
    let maximum = settings.map_or(DEFAULT_MAX_SINGLE_STATEMENTS, |settings| {
        settings.max_single_statements
    });
    let places = request.shared::<Places>();
    let places = places
        .0
        .get_or_init(|| Arc::new(Semaphore::new(maximum.min(Semaphore::MAX_PERMITS))));
    let place = timeout(WAIT, Arc::clone(places).acquire_owned()).await;
    // The semaphore is never closed.
    place.ok().and_then(|place| place.ok()).ok_or_else(|| {
        ApiError::service_unavailable()
            .with_retry_after(RETRY_AFTER)
            .with_source(format!(
                "{maximum} streams hold a connection each, which is the maximum: let the query be \
                 read in chunks, see `StreamedRows`, or raise \
                 `StreamSettings::max_single_statements`"
            ))
    })
}
