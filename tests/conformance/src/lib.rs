//! The application of the conformance corpus.
