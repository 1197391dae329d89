//! Database errors: the text of the database is for the log only.

use sea_orm::DbErr;

use crate::ApiError;

/// A row that is not there is 404, a pool without a free connection is 503, the rest is 500.
///
/// The text of the database is kept as the source and never rendered.
impl From<DbErr> for ApiError {
    fn from(error: DbErr) -> Self {
        match error {
            DbErr::RecordNotFound(_) | DbErr::RecordNotUpdated => {
                Self::object_not_found().with_source(error)
            }
            DbErr::ConnectionAcquire(_) => Self::service_unavailable().with_source(error),
            _ => Self::internal(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use sea_orm::{ConnAcquireErr, RuntimeErr};

    use super::*;
    use crate::{envelope, exception_handler};

    #[test]
    fn database_texts_stay_in_the_log() {
        let secret = "UNIQUE constraint failed: product.sku";
        let table = [
            (DbErr::RecordNotFound(secret.into()), 404),
            (DbErr::RecordNotUpdated, 404),
            (DbErr::ConnectionAcquire(ConnAcquireErr::Timeout), 503),
            (DbErr::Custom(secret.into()), 500),
            (DbErr::Query(RuntimeErr::Internal(secret.into())), 500),
        ];
        for (database_error, status) in table {
            let text = database_error.to_string();
            let error = ApiError::from(database_error);
            assert_eq!(error.status(), status);
            assert!(!exception_handler(&error).to_string().contains("UNIQUE"));
            assert!(
                !envelope::exception_handler(&error)
                    .to_string()
                    .contains("UNIQUE")
            );
            assert_eq!(error.log_source().unwrap().to_string(), text);
        }
    }
}
