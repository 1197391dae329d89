use restflow_views::{ApiViewExt, GenericView, Request, Response, Result};

/// Gives a view the action `retrieve`.
///
/// DRF: `rest_framework.mixins.RetrieveModelMixin`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no action `retrieve`",
    note = "add `RetrieveModelMixin` to its derive list, or write `impl RetrieveModelMixin for {Self} {{}}` to override it"
)]
pub trait RetrieveModelMixin: GenericView {
    /// Looks up the object of the path and answers it, reading only the columns that the response
    /// serializer shows: one query, and one more for each relation that it shows.
    ///
    /// Rarely overridden; [`get_object`](GenericView::get_object) or
    /// [`get_queryset`](GenericView::get_queryset) is the better choice.
    ///
    /// Default: [`defaults::retrieve`](crate::defaults::retrieve).
    fn retrieve(&self, request: &Request) -> impl Future<Output = Result<Response>> + Send {
        retrieve(self, request)
    }
}

/// The default of [`RetrieveModelMixin::retrieve`].
pub async fn retrieve<V: RetrieveModelMixin>(view: &V, request: &Request) -> Result<Response> {
    let class = view.resolved_response_serializer(request)?;
    let data = view.get_object(request).represent(class).await?;
    Ok(Response::from_representation(data))
}
