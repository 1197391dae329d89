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
    ///
    /// Default: [`defaults::update`](crate::defaults::update).
    fn update(
        &self,
        request: &Request,
        partial: bool,
    ) -> impl Future<Output = Result<Response>> + Send {
        update(self, request, partial)
    }

    /// `update` with `partial`. Overridden where PATCH differs from PUT by more than that.
    ///
    /// Default: [`defaults::partial_update`](crate::defaults::partial_update).
    fn partial_update(&self, request: &Request) -> impl Future<Output = Result<Response>> + Send {
        partial_update(self, request)
    }

    /// Stores the changed row. Overridden to set further columns, and for what else has to
    /// happen: an audit trail, a notification.
    ///
    /// Default: [`defaults::perform_update`](crate::defaults::perform_update).
    fn perform_update(
        &self,
        request: &Request,
        serializer: Validated<Self>,
    ) -> impl Future<Output = Result<Instance<Self>>> + Send {
        perform_update(self, request, serializer)
    }
}

/// The default of [`UpdateModelMixin::update`].
pub async fn update<V: UpdateModelMixin>(
    view: &V,
    request: &Request,
    partial: bool,
) -> Result<Response> {
    let instance = view.get_object(request).await?;
    let serializer = view.validated(request, Some(instance), partial).await?;
    let instance = view.perform_update(request, serializer).await?;
    view.serialized_response(request, instance).await
}

/// The default of [`UpdateModelMixin::partial_update`].
pub async fn partial_update<V: UpdateModelMixin>(view: &V, request: &Request) -> Result<Response> {
    view.update(request, true).await
}

/// The default of [`UpdateModelMixin::perform_update`].
pub async fn perform_update<V: UpdateModelMixin>(
    _view: &V,
    request: &Request,
    serializer: Validated<V>,
) -> Result<Instance<V>> {
    serializer.save(request).await
}
