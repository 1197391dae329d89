//! Paginators for SeaORM queries, with views or alone.
