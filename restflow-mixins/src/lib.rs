//! The five model mixins: create, list, retrieve, update and destroy, each built of hooks.
