//! The methods of a view, as data.

use std::marker::PhantomData;

use futures_util::future::BoxFuture;
use http::{Method, StatusCode};
use restflow_exceptions::Result;

use crate::{
    ApiView, GenericDescription, GenericView, OperationShape, Request, Response,
    generic_view::describe,
};

/// A handler of the view `V`: an action, or the method of a plain view.
pub type HandlerFn<V> =
    for<'a> fn(view: &'a V, request: &'a Request) -> BoxFuture<'a, Result<Response>>;

/// One method of a view.
#[derive(Debug)]
pub struct Handler<V> {
    /// The HTTP method.
    pub method: Method,
    /// What runs.
    pub call: HandlerFn<V>,
    /// What the method does, for the OpenAPI document.
    pub shape: OperationShape,
    /// The doc comment of the handler; empty where there is none.
    pub doc: &'static str,
    /// Whether it saves nothing but the fields of the serializer.
    pub saves_fields_only: bool,
    /// The status of a success where it is not that of the shape, for the OpenAPI document.
    pub status: Option<StatusCode>,
}

/// The methods of a view that is put on a path by itself, and its doc comment.
///
/// The derives of the generic views and the attribute `#[handlers]` make it;
/// by hand it reads:
///
/// ```
/// use http::Method;
/// use restflow_views::{ApiView, AsView, Handlers, OperationShape, Request, Response, Result};
///
/// struct Ping;
///
/// impl ApiView for Ping {}
///
/// impl Ping {
///     async fn get(&self, _request: &Request) -> Result<Response> {
///         Ok(Response::new("pong"))
///     }
/// }
///
/// impl AsView for Ping {
///     fn handlers() -> Handlers<Self> {
///         Handlers::<Self>::new("Answers.").on(
///             Method::GET,
///             OperationShape::Custom,
///             "Answers with a pong.",
///             |view, request| Box::pin(view.get(request)),
///         )
///     }
/// }
/// ```
#[derive(Debug)]
pub struct Handlers<V> {
    list: Vec<Handler<V>>,
    generic: Option<fn(&V) -> GenericDescription>,
    doc: &'static str,
}

impl<V: ApiView> Handlers<V> {
    /// No method yet. `doc` is the doc comment of the view, shown by OPTIONS and in the document.
    #[must_use]
    pub const fn new(doc: &'static str) -> Self {
        Self {
            list: Vec::new(),
            generic: None,
            doc,
        }
    }

    /// Answers `method` with `call`.
    #[must_use]
    pub fn on(
        mut self,
        method: Method,
        shape: OperationShape,
        doc: &'static str,
        call: HandlerFn<V>,
    ) -> Self {
        self.list.push(Handler {
            method,
            call,
            shape,
            doc,
            saves_fields_only: false,
            status: None,
        });
        self
    }

    /// Says which status the last method answers a success with, for the OpenAPI document.
    /// Default: that of its shape.
    ///
    /// # Panics
    ///
    /// When `status` is none of a success, 200 to 299, or there is no method yet.
    #[must_use]
    #[track_caller]
    pub fn status(mut self, status: u16) -> Self {
        let handler = self.list.last_mut().expect("`status` follows an `on`");
        handler.status = Some(success_status(status));
        self
    }

    /// Says whether the last method saves nothing but the fields of the serializer, so that these
    /// must fill every column that a new row needs. Default: `false`.
    #[must_use]
    pub fn saves_fields_only(mut self, saves_fields_only: bool) -> Self {
        if let Some(handler) = self.list.last_mut() {
            handler.saves_fields_only = saves_fields_only;
        }
        self
    }

    /// Says that the view is generic, so that its backends, paginator and lookup are built once
    /// and documented.
    #[must_use]
    pub fn generic(mut self) -> Self
    where
        V: GenericView,
    {
        self.generic = Some(describe::<V>);
        self
    }

    #[doc(hidden)]
    #[must_use]
    pub fn generic_if(mut self, describe: Option<fn(&V) -> GenericDescription>) -> Self {
        self.generic = describe;
        self
    }
}

/// The status of a success that a developer has written down.
#[doc(hidden)]
#[must_use]
#[track_caller]
pub fn success_status(status: u16) -> StatusCode {
    let known = StatusCode::from_u16(status).ok();
    let known = known.filter(StatusCode::is_success);
    known.unwrap_or_else(|| panic!("{status} is not the status of a success: 200 to 299"))
}

impl<V> Handlers<V> {
    /// The doc comment of the view.
    #[must_use]
    pub const fn doc(&self) -> &'static str {
        self.doc
    }

    /// The attributes of `view`, if it is a generic view.
    #[must_use]
    pub fn describe(&self, view: &V) -> Option<GenericDescription> {
        self.generic.map(|describe| describe(view))
    }
}

impl<V> IntoIterator for Handlers<V> {
    type Item = Handler<V>;
    type IntoIter = std::vec::IntoIter<Handler<V>>;

    fn into_iter(self) -> Self::IntoIter {
        self.list.into_iter()
    }
}

/// A view that can be put on a path by itself (DRF: `as_view()`).
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be put on a path by itself",
    label = "no HTTP methods are bound",
    note = "derive one of the generic views (`#[derive(ListCreateApiView)]`), or write `#[handlers] impl {Self} {{ async fn get(&self, request: &Request) -> Result<Response> … }}`",
    note = "a viewset is registered on a router: `router.register(\"prefix\", …)`"
)]
pub trait AsView: ApiView {
    /// The methods of the view.
    fn handlers() -> Handlers<Self>;
}

/// Finds out whether a concrete view type is generic, by autoref specialization: the method of
/// the trait on `Probe<V>` is found before the one on `&Probe<V>`.
#[doc(hidden)]
#[derive(Debug)]
pub struct Probe<V>(PhantomData<fn(V)>);

impl<V> Probe<V> {
    #[allow(clippy::new_without_default, reason = "only macros make it")]
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

#[doc(hidden)]
pub trait GenericProbe {
    type View;
    fn describe_generic(&self) -> Option<fn(&Self::View) -> GenericDescription>;
}

impl<V: GenericView> GenericProbe for Probe<V> {
    type View = V;

    fn describe_generic(&self) -> Option<fn(&V) -> GenericDescription> {
        Some(describe::<V>)
    }
}

#[doc(hidden)]
pub trait GenericProbeFallback {
    type View;
    fn describe_generic(&self) -> Option<fn(&Self::View) -> GenericDescription>;
}

impl<V> GenericProbeFallback for &Probe<V> {
    type View = V;

    fn describe_generic(&self) -> Option<fn(&V) -> GenericDescription> {
        None
    }
}
