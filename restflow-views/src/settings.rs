//! The defaults of an API: what Django calls `REST_FRAMEWORK`.

use http::Extensions;
use restflow_exceptions::{ApiError, ExceptionHandler};
use restflow_pagination::Paginator;

use crate::{
    Authenticators, MetadataClass, Parsers, Permissions, Renderers, SimpleMetadata, Throttles,
    UploadLimits,
};

/// The policies that views take where they do not say otherwise.
///
/// A URL configuration returns them from `UrlConf::settings`. The defaults are DRF's, without the
/// browsable API: no authenticator, everything allowed, no throttle, JSON out, and JSON, form and
/// multipart in; OPTIONS is answered by [`SimpleMetadata`].
#[derive(Debug, Clone)]
pub struct Settings {
    pub(crate) authentication_classes: Authenticators,
    pub(crate) permission_classes: Permissions,
    pub(crate) throttle_classes: Throttles,
    pub(crate) parser_classes: Parsers,
    pub(crate) renderer_classes: Renderers,
    pub(crate) metadata_class: Option<MetadataClass>,
    pagination_class: Option<Paginator>,
    pub(crate) exception_handler: ExceptionHandler,
    pub(crate) url_format_override: Option<&'static str>,
    pub(crate) max_body_size: usize,
    extensions: Extensions,
    pub(crate) upload_limits: UploadLimits,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            authentication_classes: Authenticators::new(),
            permission_classes: Permissions::new(),
            throttle_classes: Throttles::new(),
            parser_classes: Parsers::default(),
            renderer_classes: Renderers::default(),
            metadata_class: SimpleMetadata.into(),
            pagination_class: None,
            exception_handler: restflow_exceptions::exception_handler,
            url_format_override: Some("format"),
            max_body_size: DEFAULT_MAX_BODY_SIZE,
            extensions: Extensions::new(),
            upload_limits: UploadLimits::new(),
        }
    }
}

/// 2.5 MiB, Django's `DATA_UPLOAD_MAX_MEMORY_SIZE`.
const DEFAULT_MAX_BODY_SIZE: usize = 2_621_440;

impl Settings {
    /// The defaults.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The authenticators (DRF: `DEFAULT_AUTHENTICATION_CLASSES`). None by default.
    #[must_use]
    pub fn authentication_classes(mut self, classes: impl Into<Authenticators>) -> Self {
        self.authentication_classes = classes.into();
        self
    }

    /// The permissions (DRF: `DEFAULT_PERMISSION_CLASSES`). None by default: everybody may.
    #[must_use]
    pub fn permission_classes(mut self, classes: impl Into<Permissions>) -> Self {
        self.permission_classes = classes.into();
        self
    }

    /// The throttles (DRF: `DEFAULT_THROTTLE_CLASSES`). None by default.
    #[must_use]
    pub fn throttle_classes(mut self, classes: impl Into<Throttles>) -> Self {
        self.throttle_classes = classes.into();
        self
    }

    /// The parsers (DRF: `DEFAULT_PARSER_CLASSES`). JSON, form and multipart by default.
    #[must_use]
    pub fn parser_classes(mut self, classes: impl Into<Parsers>) -> Self {
        self.parser_classes = classes.into();
        self
    }

    /// The renderers (DRF: `DEFAULT_RENDERER_CLASSES`). JSON by default.
    #[must_use]
    pub fn renderer_classes(mut self, classes: impl Into<Renderers>) -> Self {
        self.renderer_classes = classes.into();
        self
    }

    /// Who answers OPTIONS (DRF: `DEFAULT_METADATA_CLASS`). [`SimpleMetadata`] by default; `None`
    /// refuses the method with 405.
    #[must_use]
    pub fn metadata_class(mut self, class: impl Into<Option<MetadataClass>>) -> Self {
        let class = class.into();
        if !class.as_ref().is_some_and(MetadataClass::is_from_settings) {
            self.metadata_class = class;
        }
        self
    }

    /// The paginator of lists (DRF: `DEFAULT_PAGINATION_CLASS` with `PAGE_SIZE`). None by default:
    /// a list is answered whole. A view or an action turns it off with `None`.
    #[must_use]
    pub fn pagination_class(mut self, class: impl Into<Option<Paginator>>) -> Self {
        let class = class.into();
        if !class.as_ref().is_some_and(Paginator::is_from_settings) {
            self.pagination_class = class;
        }
        self
    }

    /// `class`, or the paginator of these settings if it stands for it.
    pub(crate) fn paginator_of(&self, class: Option<Paginator>) -> Option<Paginator> {
        match class {
            Some(class) if class.is_from_settings() => self.pagination_class.clone(),
            class => class,
        }
    }

    /// How errors become bodies (DRF: `EXCEPTION_HANDLER`). DRF's handler by default; the other
    /// one is `restflow_exceptions::envelope::exception_handler`.
    #[must_use]
    pub fn exception_handler(mut self, handler: ExceptionHandler) -> Self {
        self.exception_handler = handler;
        self
    }

    /// The query parameter that picks a renderer (DRF: `URL_FORMAT_OVERRIDE`). `format` by
    /// default; `None` turns it off.
    #[must_use]
    pub const fn url_format_override(mut self, parameter: Option<&'static str>) -> Self {
        self.url_format_override = parameter;
        self
    }

    /// Adds the settings of a policy that has its own, one value of each type:
    /// `ThrottleSettings`, say. A second value of a type replaces the first.
    #[must_use]
    pub fn with<T: Clone + Send + Sync + 'static>(mut self, settings: T) -> Self {
        self.extensions.insert(settings);
        self
    }

    /// The settings of type `T`, if [`with`](Self::with) added them.
    #[must_use]
    pub fn get<T: Send + Sync + 'static>(&self) -> Option<&T> {
        self.extensions.get()
    }

    /// The body of `error`, for errors outside of any view: an unknown path.
    #[must_use]
    pub fn render_error(&self, error: &ApiError) -> serde_json::Value {
        (self.exception_handler)(error)
    }

    /// The largest body in bytes; a larger one is a 413. 2,621,440 by default. The files of a form
    /// do not count, they have [limits of their own](Self::upload_limits).
    #[must_use]
    pub const fn max_body_size(mut self, bytes: usize) -> Self {
        self.max_body_size = bytes;
        self
    }

    /// What forms may contain.
    #[must_use]
    pub fn upload_limits(mut self, limits: UploadLimits) -> Self {
        self.upload_limits = limits;
        self
    }
}
