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
    /// One query, one more where the paginator promises a count, and one for each relation that
    /// the serializer shows.
    fn list(&self, request: &Request) -> impl Future<Output = Result<Response>> + Send {
        async move {
            let queryset = self.resolved_queryset(request).await?;
            let queryset = self.filter_queryset(request, queryset).await?;
            self.list_response(request, queryset).await
        }
    }
}
