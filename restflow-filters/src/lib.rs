//! Filter backends: filter sets, search and ordering on SeaORM queries.
