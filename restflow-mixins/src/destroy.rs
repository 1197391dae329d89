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
    fn destroy(&self, request: &Request) -> impl Future<Output = Result<Response>> + Send {
        async move {
            let instance = self.get_object(request).await?;
            self.perform_destroy(request, instance).await?;
            Ok(Response::no_content())
        }
    }

    /// Deletes the row. A row that others still point to is a 409 (where DRF lets Django's
    /// `ProtectedError` through as a 500).
    fn perform_destroy(
        &self,
        request: &Request,
        instance: Instance<Self>,
    ) -> impl Future<Output = Result<()>> + Send {
        async move {
            match instance.delete(request.db()).await {
                Ok(_) => Ok(()),
                Err(error) => Err(match error.sql_err() {
                    Some(SqlErr::ForeignKeyConstraintViolation(_)) => {
                        ApiError::conflict("Other objects still refer to this one.")
                            .with_source(error)
                    }
                    _ => error.into(),
                }),
            }
        }
    }
}
