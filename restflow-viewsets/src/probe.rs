//! Finds out which mixins a concrete viewset implements, by autoref specialization: on
//! `&Probe<V>` the method of the trait on `Probe<V>` is found before the one on `&Probe<V>`.

use http::Method;
use restflow_mixins::{
    CreateModelMixin, DestroyModelMixin, ListModelMixin, RetrieveModelMixin, UpdateModelMixin,
};
use restflow_views::{__private::Probe, HandlerFn, OperationShape};

use crate::{Action, CustomActions, DefaultAction};

const fn action<V>(
    name: &'static str,
    method: Method,
    detail: bool,
    shape: OperationShape,
    call: HandlerFn<V>,
) -> DefaultAction<V> {
    DefaultAction {
        name,
        method,
        detail,
        shape,
        doc: "",
        call,
        saves_fields_only: false,
    }
}

macro_rules! probes {
    ($($probe:ident / $fallback:ident :: $method:ident for $mixin:ident => [$($action:expr),+];)*) => {$(
        pub trait $probe {
            type View;
            fn $method(&self) -> Vec<DefaultAction<Self::View>>;
        }

        impl<V: $mixin> $probe for Probe<V> {
            type View = V;

            fn $method(&self) -> Vec<DefaultAction<V>> {
                vec![$($action),+]
            }
        }

        pub trait $fallback {
            type View;
            fn $method(&self) -> Vec<DefaultAction<Self::View>>;
        }

        impl<V> $fallback for &Probe<V> {
            type View = V;

            fn $method(&self) -> Vec<DefaultAction<V>> {
                Vec::new()
            }
        }
    )*};
}

probes! {
    ListProbe / ListProbeFallback :: list_actions for ListModelMixin => [
        action("list", Method::GET, false, OperationShape::List, |view, request| {
            Box::pin(view.list(request))
        })
    ];
    CreateProbe / CreateProbeFallback :: create_actions for CreateModelMixin => [
        DefaultAction {
            saves_fields_only: V::SAVES_FIELDS_ONLY,
            ..action("create", Method::POST, false, OperationShape::Create, |view, request| {
                Box::pin(view.create(request))
            })
        }
    ];
    RetrieveProbe / RetrieveProbeFallback :: retrieve_actions for RetrieveModelMixin => [
        action("retrieve", Method::GET, true, OperationShape::Retrieve, |view, request| {
            Box::pin(view.retrieve(request))
        })
    ];
    UpdateProbe / UpdateProbeFallback :: update_actions for UpdateModelMixin => [
        action("update", Method::PUT, true, OperationShape::Update, |view, request| {
            Box::pin(view.update(request, false))
        }),
        action("partial_update", Method::PATCH, true, OperationShape::PartialUpdate, |view, request| {
            Box::pin(view.partial_update(request))
        })
    ];
    DestroyProbe / DestroyProbeFallback :: destroy_actions for DestroyModelMixin => [
        action("destroy", Method::DELETE, true, OperationShape::Destroy, |view, request| {
            Box::pin(view.destroy(request))
        })
    ];
}

pub trait CustomProbe {
    type View;
    fn custom_actions(&self) -> Vec<Action<Self::View>>;
    fn own_default_actions(&self) -> Vec<DefaultAction<Self::View>>;
}

impl<V: CustomActions> CustomProbe for Probe<V> {
    type View = V;

    fn custom_actions(&self) -> Vec<Action<V>> {
        V::custom_actions()
    }

    fn own_default_actions(&self) -> Vec<DefaultAction<V>> {
        V::own_default_actions()
    }
}

pub trait CustomProbeFallback {
    type View;
    fn custom_actions(&self) -> Vec<Action<Self::View>>;
    fn own_default_actions(&self) -> Vec<DefaultAction<Self::View>>;
}

impl<V> CustomProbeFallback for &Probe<V> {
    type View = V;

    fn custom_actions(&self) -> Vec<Action<V>> {
        Vec::new()
    }

    fn own_default_actions(&self) -> Vec<DefaultAction<V>> {
        Vec::new()
    }
}
