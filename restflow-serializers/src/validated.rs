//! Validated input: what a view saves.

use std::{
    any::{Any, type_name},
    fmt,
};

use restflow_exceptions::{ApiError, Result};
use sea_orm::{DatabaseConnection, DatabaseExecutor, Value};

use crate::{
    RestEntity, Serializer, Write,
    write::{RowWrite, save},
};

/// Whatever can give a database connection: the connection itself, a request.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no database",
    note = "pass the request, or a `DatabaseConnection`; inside a transaction use `save_in`"
)]
pub trait HasDatabase: Sync {
    /// The connection.
    fn database(&self) -> &DatabaseConnection;
}

impl HasDatabase for DatabaseConnection {
    fn database(&self) -> &DatabaseConnection {
        self
    }
}

/// Validated input for one row of `E`, with the row itself where it is updated.
///
/// DRF: a serializer after `is_valid()`. Add columns with [`set`](Self::set), then
/// [`save`](Self::save).
#[must_use = "validated input is not saved until `save` is called"]
pub struct Validated<E: RestEntity> {
    row: RowWrite<E>,
    partial: bool,
    data: Box<dyn Any + Send + Sync>,
    error: Option<ApiError>,
}

impl<E: RestEntity> Validated<E> {
    /// Sets a column besides the fields of the serializer, such as the owner: DRF's
    /// `serializer.save(owner=request.user)`.
    ///
    /// Whole numbers of another width and a null of any type fit. A value that does not fit the
    /// column is an internal error of [`save`](Self::save).
    pub fn set(mut self, column: E::Column, value: impl Into<Value>) -> Self {
        if let Err(error) = self.row.write.set(column, value.into()) {
            self.error.get_or_insert(error);
        }
        self
    }

    /// The columns that will be saved.
    pub const fn active_model(&self) -> &E::ActiveModel {
        self.row.write.active_model()
    }

    /// The columns that will be saved, to change them by name.
    pub const fn active_model_mut(&mut self) -> &mut E::ActiveModel {
        self.row.write.active_model_mut()
    }

    /// The row that is updated, as it was before; `None` for a new one.
    #[must_use]
    pub const fn instance(&self) -> Option<&E::Model> {
        self.row.instance.as_ref()
    }

    /// Whether only the sent fields are updated.
    #[must_use]
    pub const fn is_partial(&self) -> bool {
        self.partial
    }

    /// The validated data, if it was validated by the serializer `S`.
    #[must_use]
    pub fn data<S: Serializer>(&self) -> Option<&S::Data> {
        self.data.downcast_ref()
    }

    /// Inserts the row, or updates the columns that are set; an update of nothing gives the row as
    /// it was. Many-to-many links and nested rows are written in the same transaction, which is
    /// run again where the database gives it up for another one, five times at most.
    ///
    /// A constraint of the database that was broken in spite of validation, because another
    /// request was faster, is a validation error at the field whose column it names.
    pub fn save<D: HasDatabase>(self, db: &D) -> impl Future<Output = Result<E::Model>> + Send {
        self.save_in(db.database())
    }

    /// The same on a connection or in a transaction of the caller, who commits it. There the row
    /// and what belongs to it are written up to a savepoint, so that the transaction goes on where
    /// this fails, and nothing is run again.
    pub async fn save_in<'c>(self, db: impl Into<DatabaseExecutor<'c>> + Send) -> Result<E::Model> {
        let db = db.into();
        match self.error {
            Some(error) => Err(error),
            None => save(&self.row, &db).await,
        }
    }

    pub(crate) fn into_row(self) -> Result<RowWrite<E>> {
        match self.error {
            Some(error) => Err(error),
            None => Ok(self.row),
        }
    }
}

impl<E: RestEntity> fmt::Debug for Validated<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Validated")
            .field("write", &self.row.write)
            .field("is_new", &self.row.instance.is_none())
            .field("partial", &self.partial)
            .finish_non_exhaustive()
    }
}

/// Validated input of a serializer class whose type is not known.
pub struct ErasedValidated {
    serializer: &'static str,
    data: Box<dyn Any + Send + Sync>,
    write: Option<ErasedWrite>,
    partial: bool,
}

/// A `Write<E>` with the name of `E`.
struct ErasedWrite {
    entity: &'static str,
    write: Box<dyn Any + Send + Sync>,
}

impl ErasedValidated {
    pub(crate) fn new<S: Serializer>(data: S::Data, partial: bool) -> Self {
        Self {
            serializer: type_name::<S>(),
            data: Box::new(data),
            write: None,
            partial,
        }
    }

    pub(crate) fn with_write<E: RestEntity>(mut self, write: Write<E>) -> Self {
        self.write = Some(ErasedWrite {
            entity: type_name::<E>(),
            write: Box::new(write),
        });
        self
    }

    /// The validated data, if it was validated by the serializer `S`.
    #[must_use]
    pub fn data<S: Serializer>(&self) -> Option<&S::Data> {
        self.data.downcast_ref()
    }

    /// Takes the data.
    ///
    /// Fails with an internal error if it was validated by another serializer.
    pub fn into_data<S: Serializer>(self) -> Result<S::Data> {
        let serializer = self.serializer;
        match self.data.downcast::<S::Data>() {
            Ok(data) => Ok(*data),
            Err(_) => Err(ApiError::internal(format!(
                "the input was validated by `{serializer}`, not by `{}`",
                type_name::<S>()
            ))),
        }
    }

    /// Makes it input for a row of `E`: for a new one, or for `instance`.
    ///
    /// A serializer without an entity brings its data but sets no column. Fails with an internal
    /// error that names both types if the serializer is over another entity.
    pub fn into_typed<E: RestEntity>(self, instance: Option<E::Model>) -> Result<Validated<E>> {
        let write = match self.write {
            None => Write::new("object"),
            Some(erased) => match erased.write.downcast::<Write<E>>() {
                Ok(write) => *write,
                Err(_) => {
                    return Err(ApiError::internal(format!(
                        "`{}` is a serializer over `{}`, not over `{}`",
                        self.serializer,
                        erased.entity,
                        type_name::<E>()
                    )));
                }
            },
        };
        Ok(Validated {
            row: RowWrite { instance, write },
            partial: self.partial,
            data: self.data,
            error: None,
        })
    }
}

impl fmt::Debug for ErasedValidated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ErasedValidated")
            .field("serializer", &self.serializer)
            .field("partial", &self.partial)
            .finish_non_exhaustive()
    }
}
