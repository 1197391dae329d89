//! Requests, responses and the dispatch loop of class-based views.
