use restflow_views::{ApiError, GenericView, Instance, Request, Response, Result};
use sea_orm::{ModelTrait, SqlErr};

/// Gives a view the action `destroy`.
///
/// DRF: `rest_framework.mixins.DestroyModelMixin`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no action `destroy`",
    note = "add `DestroyModelMixin` to its derive list, or write `impl DestroyModelMixin for {Self} {{}}` to override its hook"
)]
pub trait DestroyModelMixin: GenericView {
    /// Looks up the object, deletes it, and answers 204.
    ///
    /// Override [`perform_destroy`](Self::perform_destroy) to archive instead of deleting.
    ///
    /// Default: [`defaults::destroy`](crate::defaults::destroy).
    fn destroy(&self, request: &Request) -> impl Future<Output = Result<Response>> + Send {
        destroy(self, request)
    }

    /// Deletes the row. A row that others still point to is a 409 (where DRF lets Django's
    /// `ProtectedError` through as a 500). Overridden to archive, or to clean up beside it.
    ///
    /// Default: [`defaults::perform_destroy`](crate::defaults::perform_destroy).
    fn perform_destroy(
        &self,
        request: &Request,
        instance: Instance<Self>,
    ) -> impl Future<Output = Result<()>> + Send {
        perform_destroy(self, request, instance)
    }
}

/// The default of [`DestroyModelMixin::destroy`].
pub async fn destroy<V: DestroyModelMixin>(view: &V, request: &Request) -> Result<Response> {
    let instance = view.get_object(request).await?;
    view.perform_destroy(request, instance).await?;
    Ok(Response::no_content())
}

/// The default of [`DestroyModelMixin::perform_destroy`].
pub async fn perform_destroy<V: DestroyModelMixin>(
    _view: &V,
    request: &Request,
    instance: Instance<V>,
) -> Result<()> {
    let Err(error) = instance.delete(request.db()).await else {
        return Ok(());
    };
    Err(match error.sql_err() {
        Some(SqlErr::ForeignKeyConstraintViolation(_)) => {
            ApiError::conflict("Other objects still refer to this one.").with_source(error)
        }
        _ => error.into(),
    })
}
