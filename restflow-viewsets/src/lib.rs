//! Viewsets: the actions of one resource on one type, with custom actions and per-action configuration.
