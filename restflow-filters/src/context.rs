use std::fmt;
use std::sync::LazyLock;

use http::Extensions;
use sea_orm::{DatabaseConnection, DbBackend};

use crate::QueryParams;

static NO_EXTENSIONS: LazyLock<Extensions> = LazyLock::new(Extensions::new);

/// What a filter knows about the request.
#[derive(Clone, Copy)]
pub struct FilterContext<'a> {
    /// The query parameters.
    pub params: &'a QueryParams,
    /// The database that the query will run on.
    pub db: &'a DatabaseConnection,
    /// What the application has attached to the request, such as the user.
    pub extensions: &'a Extensions,
    ignored: &'a [&'a str],
}

impl<'a> FilterContext<'a> {
    /// A context without extensions.
    #[must_use]
    pub fn new(params: &'a QueryParams, db: &'a DatabaseConnection) -> Self {
        Self {
            params,
            db,
            extensions: &NO_EXTENSIONS,
            ignored: &[],
        }
    }

    /// Leaves out parameters of filter sets, each by its whole name, in this one call: `price` is
    /// not `price__gte`. They are read all the same, so that a wrong value is still a 400.
    ///
    /// drf-restflow: `filter_queryset(queryset, ignore=["price"])`.
    #[must_use]
    pub fn ignoring(mut self, names: &'a [&'a str]) -> Self {
        self.ignored = names;
        self
    }

    /// Whether a parameter is left out in this call.
    #[must_use]
    pub fn ignores(&self, name: &str) -> bool {
        self.ignored.contains(&name)
    }

    /// Attaches the extensions of the request.
    #[must_use]
    pub fn with_extensions(mut self, extensions: &'a Extensions) -> Self {
        self.extensions = extensions;
        self
    }

    /// The dialect of the database.
    #[must_use]
    pub fn backend(&self) -> DbBackend {
        self.db.get_database_backend()
    }
}

impl fmt::Debug for FilterContext<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FilterContext")
            .field("params", self.params)
            .finish_non_exhaustive()
    }
}
