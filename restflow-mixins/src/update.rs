use restflow_views::{ApiViewExt, GenericView, Instance, Request, Response, Result, Validated};

/// Gives a view the actions `update` and `partial_update`.
///
/// DRF: `rest_framework.mixins.UpdateModelMixin`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no actions `update` and `partial_update`",
    note = "add `UpdateModelMixin` to its derive list, or write `impl UpdateModelMixin for {Self} {{}}` to override its hooks"
)]
pub trait UpdateModelMixin: GenericView {
    /// Looks up the object, validates the body, saves, and answers the row.
    ///
    /// With `partial` only the fields that were sent are validated and written. Override
    /// [`perform_update`](Self::perform_update) for side effects rather than this.
    fn update(
        &self,
        request: &Request,
        partial: bool,
    ) -> impl Future<Output = Result<Response>> + Send {
        async move {
            let instance = self.get_object(request).await?;
            let serializer = self.validated(request, Some(instance), partial).await?;
            let instance = self.perform_update(request, serializer).await?;
            self.serialized_response(request, instance).await
        }
    }

    /// `update` with `partial`.
    fn partial_update(&self, request: &Request) -> impl Future<Output = Result<Response>> + Send {
        self.update(request, true)
    }

    /// Stores the changed row. Overridden to set further columns, and for what else has to
    /// happen.
    fn perform_update(
        &self,
        request: &Request,
        serializer: Validated<Self>,
    ) -> impl Future<Output = Result<Instance<Self>>> + Send {
        serializer.save(request)
    }
}
