use restflow_views::{GenericView, GenericViewExt, Request, Response, Result};

/// Gives a view the action `list`.
///
/// DRF: `rest_framework.mixins.ListModelMixin`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no action `list`",
    note = "add `ListModelMixin` to its derive list, or write `impl ListModelMixin for {Self} {{}}` to override it"
)]
pub trait ListModelMixin: GenericView {
    /// Filters the rows and answers one page of them, or all where the view has no paginator.
    ///
    /// One query, and one more for each relation that the serializer shows. Overridden when the
    /// standard flow is wrong; for other rows override
    /// [`get_queryset`](GenericView::get_queryset), for another body the paginator.
    ///
    /// Default: [`defaults::list`](crate::defaults::list).
    fn list(&self, request: &Request) -> impl Future<Output = Result<Response>> + Send {
        list(self, request)
    }
}

/// The default of [`ListModelMixin::list`].
pub async fn list<V: ListModelMixin>(view: &V, request: &Request) -> Result<Response> {
    let queryset = view.resolved_queryset(request).await?;
    let queryset = view.filter_queryset(request, queryset).await?;
    view.list_response(request, queryset).await
}
