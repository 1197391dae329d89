#![doc = include_str!("../README.md")]

use http::Method;
use restflow_mixins::{
    CreateModelMixin, DestroyModelMixin, ListModelMixin, RetrieveModelMixin, UpdateModelMixin,
};
use restflow_views::{GenericView, Handlers, OperationShape};

/// GET lists (DRF: `ListAPIView`). `doc` describes the view.
#[must_use]
pub fn list<V: ListModelMixin>(doc: &'static str) -> Handlers<V> {
    bind_list(generic(doc))
}

/// POST creates (DRF: `CreateAPIView`). `doc` describes the view.
#[must_use]
pub fn create<V: CreateModelMixin>(doc: &'static str) -> Handlers<V> {
    bind_create(generic(doc))
}

/// GET retrieves (DRF: `RetrieveAPIView`). `doc` describes the view.
#[must_use]
pub fn retrieve<V: RetrieveModelMixin>(doc: &'static str) -> Handlers<V> {
    bind_retrieve(generic(doc))
}

/// PUT and PATCH update (DRF: `UpdateAPIView`). `doc` describes the view.
#[must_use]
pub fn update<V: UpdateModelMixin>(doc: &'static str) -> Handlers<V> {
    bind_update(generic(doc))
}

/// DELETE destroys (DRF: `DestroyAPIView`). `doc` describes the view.
#[must_use]
pub fn destroy<V: DestroyModelMixin>(doc: &'static str) -> Handlers<V> {
    bind_destroy(generic(doc))
}

/// GET lists and POST creates (DRF: `ListCreateAPIView`). `doc` describes the view.
#[must_use]
pub fn list_create<V>(doc: &'static str) -> Handlers<V>
where
    V: ListModelMixin + CreateModelMixin,
{
    bind_create(bind_list(generic(doc)))
}

/// GET retrieves, PUT and PATCH update (DRF: `RetrieveUpdateAPIView`). `doc` describes the view.
#[must_use]
pub fn retrieve_update<V>(doc: &'static str) -> Handlers<V>
where
    V: RetrieveModelMixin + UpdateModelMixin,
{
    bind_update(bind_retrieve(generic(doc)))
}

/// GET retrieves and DELETE destroys (DRF: `RetrieveDestroyAPIView`). `doc` describes the view.
#[must_use]
pub fn retrieve_destroy<V>(doc: &'static str) -> Handlers<V>
where
    V: RetrieveModelMixin + DestroyModelMixin,
{
    bind_destroy(bind_retrieve(generic(doc)))
}

/// GET retrieves, PUT and PATCH update, DELETE destroys (DRF: `RetrieveUpdateDestroyAPIView`).
/// `doc` describes the view.
#[must_use]
pub fn retrieve_update_destroy<V>(doc: &'static str) -> Handlers<V>
where
    V: RetrieveModelMixin + UpdateModelMixin + DestroyModelMixin,
{
    bind_destroy(bind_update(bind_retrieve(generic(doc))))
}

fn generic<V: GenericView>(doc: &'static str) -> Handlers<V> {
    Handlers::new(doc).generic()
}

fn bind_list<V: ListModelMixin>(handlers: Handlers<V>) -> Handlers<V> {
    handlers.on(Method::GET, OperationShape::List, "", |view, request| {
        Box::pin(view.list(request))
    })
}

fn bind_create<V: CreateModelMixin>(handlers: Handlers<V>) -> Handlers<V> {
    handlers
        .on(Method::POST, OperationShape::Create, "", |view, request| {
            Box::pin(view.create(request))
        })
        .saves_fields_only(V::SAVES_FIELDS_ONLY)
}

fn bind_retrieve<V: RetrieveModelMixin>(handlers: Handlers<V>) -> Handlers<V> {
    handlers.on(
        Method::GET,
        OperationShape::Retrieve,
        "",
        |view, request| Box::pin(view.retrieve(request)),
    )
}

fn bind_update<V: UpdateModelMixin>(handlers: Handlers<V>) -> Handlers<V> {
    handlers
        .on(Method::PUT, OperationShape::Update, "", |view, request| {
            Box::pin(view.update(request, false))
        })
        .on(
            Method::PATCH,
            OperationShape::PartialUpdate,
            "",
            |view, request| Box::pin(view.partial_update(request)),
        )
}

fn bind_destroy<V: DestroyModelMixin>(handlers: Handlers<V>) -> Handlers<V> {
    handlers.on(
        Method::DELETE,
        OperationShape::Destroy,
        "",
        |view, request| Box::pin(view.destroy(request)),
    )
}
