//! From data to bytes.

use std::{fmt, sync::Arc};

use http::StatusCode;
use restflow_exceptions::Result;
use restflow_serializers::Representation;

use crate::{JsonRenderer, Request, media_type, policies::PolicyList};

/// Writes the data of a response in one media type.
///
/// ```
/// use restflow_views::{ApiError, Renderer, RendererContext, Result};
/// use restflow_serializers::Representation;
///
/// /// What Rust's `Debug` shows.
/// struct DebugRenderer;
///
/// impl Renderer for DebugRenderer {
///     fn media_type(&self) -> &'static str {
///         "text/x-debug"
///     }
///
///     fn format(&self) -> &'static str {
///         "debug"
///     }
///
///     fn render(&self, data: &dyn Representation, context: &RendererContext<'_>) -> Result<Vec<u8>> {
///         let value = data.to_value().map_err(ApiError::internal)?;
///         Ok(match context.parameter("pretty") {
///             Some("yes") => format!("{value:#?}").into_bytes(),
///             _ => format!("{value:?}").into_bytes(),
///         })
///     }
/// }
/// ```
///
/// DRF: `rest_framework.renderers.BaseRenderer`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a renderer",
    note = "implement `Renderer`: `media_type`, `format` and `render`"
)]
pub trait Renderer: Send + Sync + 'static {
    /// The media type: `application/json`. One with parameters (`text/html; level=1`) answers
    /// only to ranges that do not ask for other values of them.
    fn media_type(&self) -> &'static str;

    /// The short name for `?format=` and for suffixes: `json`.
    fn format(&self) -> &'static str;

    /// The charset to add to the `Content-Type`; `None` for JSON, which has none (RFC 8259 §11).
    fn charset(&self) -> Option<&'static str> {
        None
    }

    /// The body of `data`, of an error too. A renderer of a tabular format works on
    /// [`Representation::to_value`].
    ///
    /// It runs on the event loop, and must not block.
    fn render(&self, data: &dyn Representation, context: &RendererContext<'_>) -> Result<Vec<u8>>;
}

/// What a renderer is told beside the data.
///
/// DRF: `accepted_media_type` and `renderer_context`.
#[derive(Debug, Clone, Copy)]
pub struct RendererContext<'a> {
    request: &'a Request,
    status: StatusCode,
}

impl<'a> RendererContext<'a> {
    pub(crate) const fn new(request: &'a Request, status: StatusCode) -> Self {
        Self { request, status }
    }

    /// The request that is answered.
    #[must_use]
    pub const fn request(&self) -> &'a Request {
        self.request
    }

    /// The status of the response.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    /// Whether the data is the body of an error.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.status.is_client_error() || self.status.is_server_error()
    }

    /// A parameter of the range that the client accepts: `4` for `indent` in
    /// `Accept: application/json; indent=4`. `None` also where nothing was agreed upon.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&'a str> {
        self.request.accepted()?.parameter(name)
    }
}

/// The renderers of a view; the first is the default one.
#[derive(Clone)]
pub struct Renderers(PolicyList<dyn Renderer>);

impl Renderers {
    /// No renderer yet. A view needs at least one, which is checked when it is put on a path.
    #[must_use]
    pub const fn new() -> Self {
        Self(PolicyList::new())
    }

    /// Those of the API's settings, which take the place of this value when the view is put on a
    /// path; what is added to it comes after them.
    #[must_use]
    pub const fn from_settings() -> Self {
        Self(PolicyList::from_settings())
    }

    pub(crate) fn or_settings(self, settings: &Self) -> Self {
        Self(self.0.or_settings(&settings.0))
    }

    /// Adds a renderer, preferred less than those before it.
    #[must_use]
    pub fn with(self, renderer: impl Renderer) -> Self {
        Self(self.0.with(Arc::new(renderer)))
    }

    /// The renderers in order of preference.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<dyn Renderer>> {
        self.0.iter()
    }

    /// Fails when no answer could be written with them; `owner` is whose they are.
    pub(crate) fn check(&self, owner: &str) {
        assert!(
            !self.is_empty(),
            "{owner} has no renderer: `renderer_classes` must name at least one"
        );
        for renderer in self.iter() {
            let name = renderer.media_type();
            let parsed = media_type::parse(name);
            assert!(
                parsed.is_some_and(|parsed| parsed.subtype() != mime::STAR),
                "{owner} has a renderer with the media type `{name}`: `Renderer::media_type` \
                 must be one type such as `text/csv`"
            );
        }
    }

    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.len() == 0
    }
}

impl Default for Renderers {
    fn default() -> Self {
        Self::new().with(JsonRenderer)
    }
}

impl fmt::Debug for Renderers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.0.iter().map(|renderer| renderer.media_type()))
            .finish()
    }
}

impl<R: Renderer> From<R> for Renderers {
    fn from(renderer: R) -> Self {
        Self::new().with(renderer)
    }
}
