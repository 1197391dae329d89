//! The two answers that views make of rows.

use std::{
    fmt,
    future::{Future, IntoFuture},
    pin::Pin,
};

use futures_util::future::BoxFuture;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use restflow_exceptions::Result;
use restflow_pagination::{Envelope, Paginator};
use restflow_serializers::{ModelSerializer, Representation, RestEntity, SerializerClass};
use sea_orm::{ConnectionTrait, ModelTrait, QueryTrait, Select};
use serde_json::Value;

use crate::{ApiView, Request, Response, api_view::resolve, generic_view::paginate};

/// An answer with one row, made by [`serialized_response`](crate::ApiViewExt::serialized_response) and awaited.
#[must_use = "a response does nothing until it is awaited"]
pub struct SerializedResponse<'a, V, M> {
    view: &'a V,
    request: &'a Request,
    instance: M,
    class: Option<SerializerClass>,
    status: StatusCode,
    headers: HeaderMap,
}

impl<'a, V: ApiView, M: ModelTrait> SerializedResponse<'a, V, M> {
    pub(crate) fn new(view: &'a V, request: &'a Request, instance: M) -> Self {
        Self {
            view,
            request,
            instance,
            class: None,
            status: StatusCode::OK,
            headers: HeaderMap::new(),
        }
    }

    /// Writes the row with `S` instead of the response serializer of the view or the action.
    pub fn serializer<S: ModelSerializer<Entity = M::Entity>>(mut self) -> Self {
        self.class = Some(SerializerClass::of::<S>());
        self
    }

    /// Answers with `status` instead of 200.
    pub const fn status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// Adds headers.
    pub fn headers(mut self, headers: HeaderMap) -> Self {
        self.headers.extend(headers);
        self
    }
}

impl<'a, V, M> IntoFuture for SerializedResponse<'a, V, M>
where
    V: ApiView,
    M: ModelTrait + Send + Sync + 'static,
{
    type Output = Result<Response>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let class = match self.class {
                Some(class) => class,
                None => resolve::response_serializer_class(self.view, self.request)?,
            };
            let context = self.view.get_serializer_context(self.request);
            let data = class.represent_model(&self.instance, &context).await?;
            Ok(Response::from_representation(data)
                .with_status(self.status)
                .with_headers(self.headers))
        })
    }
}

impl<V, M> fmt::Debug for SerializedResponse<'_, V, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SerializedResponse")
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

/// An answer with a page of rows, made by [`paginated_response`](crate::ApiViewExt::paginated_response) and awaited.
#[must_use = "a response does nothing until it is awaited"]
pub struct PaginatedResponse<'a, V, E: RestEntity> {
    view: &'a V,
    request: &'a Request,
    queryset: Select<E>,
    class: Option<SerializerClass>,
    pagination: Option<Option<Paginator>>,
    headers: HeaderMap,
}

impl<'a, V: ApiView, E: RestEntity> PaginatedResponse<'a, V, E> {
    pub(crate) fn new(view: &'a V, request: &'a Request, queryset: Select<E>) -> Self {
        Self {
            view,
            request,
            queryset,
            class: None,
            pagination: None,
            headers: HeaderMap::new(),
        }
    }

    /// Writes the rows with `S` instead of the response serializer of the view or the action.
    pub fn serializer<S: ModelSerializer<Entity = E>>(mut self) -> Self {
        self.class = Some(SerializerClass::of::<S>());
        self
    }

    /// Pages with `paginator` instead of that of the view or the action; `None` answers all rows.
    pub fn pagination(mut self, paginator: impl Into<Option<Paginator>>) -> Self {
        self.pagination = Some(paginator.into());
        self
    }

    /// Adds a header; a name or value that HTTP does not allow is left out.
    pub fn header<N, T>(mut self, name: N, value: T) -> Self
    where
        N: TryInto<HeaderName>,
        T: TryInto<HeaderValue>,
    {
        if let (Ok(name), Ok(value)) = (name.try_into(), value.try_into()) {
            self.headers.insert(name, value);
        }
        self
    }

    async fn respond(self) -> Result<Response> {
        let Self {
            view,
            request,
            queryset,
            class,
            pagination,
            headers,
        } = self;
        let class = match class {
            Some(class) => class,
            None => resolve::response_serializer_class(view, request)?,
        };
        let pagination = pagination.unwrap_or_else(|| resolve::pagination(view, request));
        let context = view.get_serializer_context(request);
        let data = match pagination {
            Some(paginator) => {
                let page = paginate(request, &paginator, &queryset, Vec::new(), class).await?;
                let results = class.represent_rows(page.rows, &context).await?;
                paginated(page.envelope, results)
            }
            None => {
                let mut statement = queryset.into_query();
                class.project(&mut statement);
                let rows = request.db().query_all(&statement).await?;
                class.represent_rows(rows, &context).await?
            }
        };
        Ok(Response::from_representation(data).with_headers(headers))
    }
}

impl<'a, V: ApiView, E: RestEntity> IntoFuture for PaginatedResponse<'a, V, E> {
    type Output = Result<Response>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.respond())
    }
}

impl<V, E: RestEntity> fmt::Debug for PaginatedResponse<'_, V, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PaginatedResponse").finish_non_exhaustive()
    }
}

/// The envelope of a paginator around represented rows.
#[must_use]
pub(crate) fn paginated(
    envelope: Envelope,
    results: Box<dyn Representation>,
) -> Box<dyn Representation> {
    Box::new(PageRepresentation { envelope, results })
}

#[derive(Debug)]
struct PageRepresentation {
    envelope: Envelope,
    results: Box<dyn Representation>,
}

impl Representation for PageRepresentation {
    fn write_json(&self, out: &mut Vec<u8>) -> Result<(), serde_json::Error> {
        self.envelope
            .write_json(out, |out| self.results.write_json(out))
    }

    fn to_value(&self) -> Result<Value, serde_json::Error> {
        Ok(self.envelope.to_value(self.results.to_value()?))
    }
}
