//! The two answers that views make of rows.

use std::fmt;

use futures_util::future::BoxFuture;
use http::{HeaderMap, HeaderValue, StatusCode};
use restflow_exceptions::Result;
use restflow_pagination::{Envelope, Page, Paginator, total_order};
use restflow_serializers::{
    ModelSerializer, PostFetch, PostFetched, PostFetches, Representation, RestEntity, Serializer,
    SerializerClass, SerializerContext,
};
use sea_orm::{ConnectionTrait, ModelTrait, QueryTrait, Select};
use serde_json::Value;

use crate::{
    ApiView, Request, Response,
    api_view::resolve,
    generic_view::{PaginatedQueryset, chosen_ordering, paginate},
    response::insert_header,
};

/// One row of an entity, or many: what
/// [`serialized_response`](crate::ApiViewExt::serialized_response) answers.
pub enum Rows<M> {
    /// A JSON object.
    One(M),
    /// A JSON array.
    Many(Vec<M>),
}

impl<M> fmt::Debug for Rows<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(_) => f.write_str("One(..)"),
            Self::Many(rows) => f.debug_tuple("Many").field(&rows.len()).finish(),
        }
    }
}

/// A model, or a `Vec` of models.
///
/// Nobody implements it; `K` tells the two apart and is inferred.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is neither a row nor a list of rows",
    label = "expected a model of an entity or a `Vec` of them",
    note = "anything else that serde can serialize is answered with `Response::new(…)`"
)]
pub trait IntoRows<K> {
    /// The model of one row.
    type Model: ModelTrait + Send + Sync + 'static;

    /// The rows.
    fn into_rows(self) -> Rows<Self::Model>;
}

/// The case of one row of [`IntoRows`].
#[derive(Debug)]
pub enum OneRow {}

/// The case of many rows of [`IntoRows`].
#[derive(Debug)]
pub enum ManyRows {}

#[diagnostic::do_not_recommend]
impl<M> IntoRows<OneRow> for M
where
    M: ModelTrait + Send + Sync + 'static,
{
    type Model = M;

    fn into_rows(self) -> Rows<M> {
        Rows::One(self)
    }
}

#[diagnostic::do_not_recommend]
impl<M> IntoRows<ManyRows> for Vec<M>
where
    M: ModelTrait + Send + Sync + 'static,
{
    type Model = M;

    fn into_rows(self) -> Rows<M> {
        Rows::Many(self)
    }
}

/// How rows are written: what every answer with rows can be told.
pub(crate) struct RowOptions {
    class: Option<SerializerClass>,
    post_fetches: PostFetches,
}

impl RowOptions {
    pub(crate) const fn new() -> Self {
        Self {
            class: None,
            post_fetches: PostFetches::new(),
        }
    }

    pub(crate) fn serializer<S: Serializer>(&mut self) {
        self.class = Some(SerializerClass::of::<S>());
    }

    pub(crate) fn post_fetches(&mut self, post_fetches: PostFetches) {
        let known = std::mem::take(&mut self.post_fetches);
        self.post_fetches = post_fetches.or(known);
    }

    /// The class that was chosen, else that of the view or the action.
    pub(crate) fn class<V: ApiView>(&self, view: &V, request: &Request) -> Result<SerializerClass> {
        match self.class {
            Some(class) => Ok(class),
            None => resolve::response_serializer_class(view, request),
        }
    }

    /// Those of the answer, and those of the view for the fields that are left.
    pub(crate) fn into_post_fetches<V: ApiView>(self, view: &V, request: &Request) -> PostFetches {
        self.post_fetches.or(view.get_post_fetches(request))
    }
}

/// An answer with one row or many, made by
/// [`serialized_response`](crate::ApiViewExt::serialized_response) and awaited.
#[must_use = "a response does nothing until it is awaited"]
pub struct SerializedResponse<'a, V, M> {
    view: &'a V,
    request: &'a Request,
    rows: Rows<M>,
    status: StatusCode,
    options: RowOptions,
    headers: HeaderMap,
}

impl<'a, V, M> SerializedResponse<'a, V, M>
where
    V: ApiView,
    M: ModelTrait + Send + Sync + 'static,
{
    pub(crate) fn new(view: &'a V, request: &'a Request, rows: Rows<M>) -> Self {
        Self {
            view,
            request,
            rows,
            status: StatusCode::OK,
            options: RowOptions::new(),
            headers: HeaderMap::new(),
        }
    }

    /// Writes the rows with `S` instead of the response serializer of the view or the action.
    pub fn serializer<S: ModelSerializer<Entity = M::Entity>>(mut self) -> Self {
        self.options.serializer::<S>();
        self
    }

    /// Answers with `status` instead of 200.
    pub const fn status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// Sets a header, in place of an earlier one of the same name. A name or value that HTTP does
    /// not allow is left out, and the log warns of it.
    pub fn header<N, T>(mut self, name: N, value: T) -> Self
    where
        N: AsRef<str>,
        T: TryInto<HeaderValue>,
    {
        insert_header(&mut self.headers, name, value);
        self
    }

    /// Sets headers, in place of earlier ones of the same names.
    pub fn headers(mut self, headers: HeaderMap) -> Self {
        self.headers.extend(headers);
        self
    }

    /// Fills one field of the serializer, whatever
    /// [`get_post_fetches`](crate::ApiView::get_post_fetches) of the view says of it.
    pub fn post_fetch<A>(mut self, post_fetch: PostFetch<M::Entity, A>) -> Self
    where
        A: PostFetched,
        M::Entity: RestEntity,
    {
        self.options
            .post_fetches(PostFetches::new().with(post_fetch));
        self
    }

    /// Fills several fields, also those of nested serializers.
    pub fn post_fetches(mut self, post_fetches: PostFetches) -> Self {
        self.options.post_fetches(post_fetches);
        self
    }

    async fn respond(self) -> Result<Response> {
        let Self {
            view,
            request,
            rows,
            status,
            options,
            headers,
        } = self;
        let class = options.class(view, request)?;
        let post_fetches = options.into_post_fetches(view, request);
        let context = view
            .get_serializer_context(request)
            .with_post_fetches(&post_fetches);
        let data = match &rows {
            Rows::One(row) => class.represent_model(row, &context).await?,
            Rows::Many(rows) => class.represent_models(rows, &context).await?,
        };
        Ok(Response::from_representation(data)
            .with_status(status)
            .with_headers(headers))
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
        Box::pin(self.respond())
    }
}

impl<V, M> fmt::Debug for SerializedResponse<'_, V, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SerializedResponse")
            .field("rows", &self.rows)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

/// An answer with a page of rows, made by
/// [`paginated_response`](crate::ApiViewExt::paginated_response) and awaited.
#[must_use = "a response does nothing until it is awaited"]
pub struct PaginatedResponse<'a, V, E: RestEntity> {
    view: &'a V,
    request: &'a Request,
    queryset: Select<E>,
    pagination: Option<Option<Paginator>>,
    options: RowOptions,
    headers: HeaderMap,
}

impl<'a, V: ApiView, E: RestEntity> PaginatedResponse<'a, V, E> {
    pub(crate) fn new(view: &'a V, request: &'a Request, queryset: Select<E>) -> Self {
        Self {
            view,
            request,
            queryset,
            pagination: None,
            options: RowOptions::new(),
            headers: HeaderMap::new(),
        }
    }

    /// Writes the rows with `S` instead of the response serializer of the view or the action.
    pub fn serializer<S: ModelSerializer<Entity = E>>(mut self) -> Self {
        self.options.serializer::<S>();
        self
    }

    /// Pages with `class` instead of the paginator of the view or the action; `None` answers all
    /// rows.
    pub fn pagination_class(mut self, class: impl Into<Option<Paginator>>) -> Self {
        self.pagination = Some(class.into());
        self
    }

    /// Sets a header, in place of an earlier one of the same name. A name or value that HTTP does
    /// not allow is left out, and the log warns of it.
    pub fn header<N, T>(mut self, name: N, value: T) -> Self
    where
        N: AsRef<str>,
        T: TryInto<HeaderValue>,
    {
        insert_header(&mut self.headers, name, value);
        self
    }

    /// Sets headers, in place of earlier ones of the same names.
    pub fn headers(mut self, headers: HeaderMap) -> Self {
        self.headers.extend(headers);
        self
    }

    /// Fills one field of the serializer, whatever
    /// [`get_post_fetches`](crate::ApiView::get_post_fetches) of the view says of it.
    pub fn post_fetch<A: PostFetched>(mut self, post_fetch: PostFetch<E, A>) -> Self {
        self.options
            .post_fetches(PostFetches::new().with(post_fetch));
        self
    }

    /// Fills several fields, also those of nested serializers.
    pub fn post_fetches(mut self, post_fetches: PostFetches) -> Self {
        self.options.post_fetches(post_fetches);
        self
    }

    async fn respond(self) -> Result<Response> {
        let Self {
            view,
            request,
            queryset,
            pagination,
            options,
            headers,
        } = self;
        let class = options.class(view, request)?;
        let pagination = match pagination {
            Some(class) => resolve::pagination_class(class, request),
            None => resolve::pagination(view, request),
        };
        let page = match pagination {
            Some(paginator) => {
                let ordering = chosen_ordering::<E>(request, &paginator)?;
                let page = paginate(request, &paginator, queryset, ordering, class).await?;
                PaginatedQueryset::Page(page)
            }
            None => PaginatedQueryset::Off(queryset),
        };
        let post_fetches = options.into_post_fetches(view, request);
        let context = view
            .get_serializer_context(request)
            .with_post_fetches(&post_fetches);
        let response = match page {
            PaginatedQueryset::Page(Page { rows, envelope, .. }) => {
                let page_headers = envelope.headers().clone();
                let data = paginated(envelope, class.represent_rows(rows, &context).await?);
                Response::from_representation(data).with_headers(page_headers)
            }
            PaginatedQueryset::Off(queryset) => {
                Response::from_representation(represent_all(queryset, class, &context).await?)
            }
        };
        Ok(response.with_headers(headers))
    }
}

impl<'a, V: ApiView, E: RestEntity> IntoFuture for PaginatedResponse<'a, V, E> {
    type Output = Result<Response>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.respond())
    }
}

impl<V, E: RestEntity> fmt::Debug for PaginatedResponse<'_, V, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PaginatedResponse").finish_non_exhaustive()
    }
}

/// All rows of `queryset` in the columns and the form of `class`; the primary key ends their order.
pub(crate) async fn represent_all<E: RestEntity>(
    queryset: Select<E>,
    class: SerializerClass,
    context: &SerializerContext<'_>,
) -> Result<Box<dyn Representation>> {
    let queryset = total_order(queryset, context.db().get_database_backend());
    let mut statement = queryset.into_query();
    class.project(&mut statement);
    let rows = context.db().query_all(&statement).await?;
    class.represent_rows(rows, context).await
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
