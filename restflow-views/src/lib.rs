#![doc = include_str!("../README.md")]

mod action_config;
mod api_view;
mod authentication;
mod blocking;
mod bulk;
mod configuration;
mod csv_renderer;
mod data;
pub mod defaults;
mod disconnect;
mod dispatch;
mod generic_view;
mod handlers;
mod json_renderer;
mod key;
mod kwargs;
mod lookup;
mod media_type;
mod metadata;
mod multipart;
mod negotiation;
mod nesting;
mod object;
mod parsers;
mod permissions;
mod policies;
mod renderers;
mod request;
mod request_body;
mod request_id;
mod response;
mod responses;
mod route;
mod settings;
mod shared_state;
mod streaming;
mod text_renderer;
mod throttling;
mod upload_limits;
mod urls;
mod user;
mod validated_serializer;

pub use self::{
    action_config::{ActionConfig, ActionConfigs, ActionOverrides, FitsView, IntoQueryset},
    api_view::{ApiView, ApiViewExt},
    authentication::{
        Authenticated, Authentication, Authenticators, SecurityScheme, TokenAuthentication,
    },
    blocking::blocking,
    csv_renderer::CsvRenderer,
    data::Data,
    disconnect::{CancelOnDisconnect, ClientConnection},
    dispatch::{
        Binding, MountPoint, MountedEndpoint, MountedView, Operation, OperationShape, RequestSeed,
    },
    generic_view::{GenericView, GenericViewExt, Instance, PaginatedQueryset, Queryset, Validated},
    handlers::{AsView, Handler, HandlerFn, Handlers},
    json_renderer::JsonRenderer,
    kwargs::Kwargs,
    lookup::{Lookup, LookupField, ObjectLookup},
    metadata::{ActionFields, Metadata, MetadataClass, SimpleMetadata},
    multipart::{LimitedMultiPartParser, MultiPartParser},
    negotiation::{Accepted, negotiate},
    nesting::{ChildOf, NestedUnder, Nesting, ParentScope, ParentView},
    object::ObjectRef,
    parsers::{FormParser, JsonParser, Parser, ParserContext, Parsers},
    permissions::{
        AllowAny, IsAdminUser, IsAuthenticated, IsAuthenticatedOrReadOnly, ObjectPermission,
        Permission, Permissions,
    },
    renderers::{Renderer, RendererContext, Renderers},
    request::{Request, original_uri},
    request_body::RequestBody,
    response::{Body, Response},
    responses::{IntoRows, PaginatedResponse, Rows, SerializedResponse},
    route::{ActionMap, GenericDescription, RouteContext, ViewState},
    settings::Settings,
    shared_state::SharedState,
    streaming::{
        EventStreamRenderer, NdjsonRenderer, NdjsonResponse, RowStream, SseEvent, SseResponse,
        StreamSettings, StreamedRows, StreamingJsonListResponse,
    },
    text_renderer::PlainTextRenderer,
    throttling::{Throttle, ThrottleDecision, Throttles},
    upload_limits::UploadLimits,
    urls::{Under, UrlBase, UrlPlace, UrlTable, UrlTemplate, UrlValues},
    user::{AuthUser, User},
    validated_serializer::ValidatedSerializer,
};

#[doc(no_inline)]
pub use restflow_exceptions::{ApiError, Result};
#[doc(no_inline)]
pub use restflow_serializers::{PostFetch, PostFetches};

/// What the generated code needs; not part of the public interface.
#[doc(hidden)]
pub mod __private {
    pub use http;

    pub use crate::{
        handlers::{GenericProbe, GenericProbeFallback, Probe, success_status},
        urls::encode_path,
    };
}
