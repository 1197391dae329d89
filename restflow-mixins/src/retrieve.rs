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
    /// serializer shows.
    fn retrieve(&self, request: &Request) -> impl Future<Output = Result<Response>> + Send {
        async move {
            let class = self.resolved_response_serializer(request)?;
            let data = self.get_object(request).represent(class).await?;
            Ok(Response::from_representation(data))
        }
    }
}
