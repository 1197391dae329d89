#![doc = include_str!("../README.md")]

mod action;
#[allow(missing_docs, reason = "only generated code names it")]
mod probe;
mod urls;
mod view_set;

pub use self::{
    action::{Action, ActionMethod, ActionTitle},
    urls::{
        At, By, ByPrimaryKey, IntoKey, KeyFor, LookupKey, NoParents, PathFor, PathKey, PathParam,
        Place, Push, ViewSetUrls,
    },
    view_set::{Actions, CustomActions, DeclaredKey, DefaultAction, PlainLookup, ViewSet},
};

#[doc(no_inline)]
pub use restflow_views::{ActionConfig, ActionConfigs};

/// What the generated code needs; not part of the public interface.
#[doc(hidden)]
pub mod __private {
    pub use http;
    pub use restflow_views::{
        __private::{GenericProbe, GenericProbeFallback, Probe},
        ActionConfig, ActionOverrides, ApiView, NestedUnder, Nesting, OperationShape, Result,
    };

    pub use crate::{
        action::{Action, ActionMethod, ActionTitle},
        probe::{
            CreateProbe, CreateProbeFallback, CustomProbe, CustomProbeFallback, DestroyProbe,
            DestroyProbeFallback, ListProbe, ListProbeFallback, RetrieveProbe,
            RetrieveProbeFallback, UpdateProbe, UpdateProbeFallback,
        },
        urls::{PathOf, action_url},
        view_set::{Actions, CustomActions, DefaultAction, PlainLookup, ViewSet},
    };
}
