//! From data to bytes.

use std::{fmt, sync::Arc};

use restflow_exceptions::{ApiError, Result};
use restflow_serializers::Representation;

use crate::policies::PolicyList;

/// Writes the data of a response in one media type.
///
/// DRF: `rest_framework.renderers.BaseRenderer`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a renderer",
    note = "implement `Renderer`: `media_type`, `format` and `render`"
)]
pub trait Renderer: Send + Sync + 'static {
    /// The media type, without parameters: `application/json`.
    fn media_type(&self) -> &'static str;

    /// The short name for `?format=` and for suffixes: `json`.
    fn format(&self) -> &'static str;

    /// The charset to add to the `Content-Type`; `None` for JSON, which has none (RFC 8259 §11).
    fn charset(&self) -> Option<&'static str> {
        None
    }

    /// The body of `data`. A renderer of a tabular format works on
    /// [`Representation::to_value`].
    fn render(&self, data: &dyn Representation) -> Result<Vec<u8>>;
}

/// Compact JSON, the default renderer.
#[derive(Debug, Clone, Copy, Default)]
pub struct JsonRenderer;

impl Renderer for JsonRenderer {
    fn media_type(&self) -> &'static str {
        "application/json"
    }

    fn format(&self) -> &'static str {
        "json"
    }

    fn render(&self, data: &dyn Representation) -> Result<Vec<u8>> {
        let mut body = Vec::with_capacity(INITIAL_BODY_CAPACITY);
        data.write_json(&mut body).map_err(ApiError::internal)?;
        Ok(body)
    }
}

/// In bytes: a page of a list or a large object without growing more than once or twice.
const INITIAL_BODY_CAPACITY: usize = 1024;

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
