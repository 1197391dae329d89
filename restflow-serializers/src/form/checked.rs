//! What is left to do when all fields were read and checked: hooks and defaults.

use std::{fmt, future::ready};

use restflow_exceptions::{ApiError, ErrorDetail, FieldErrors, Result};

use super::{Errors, nested::split};
use crate::{Field, Validation};

/// One object whose fields were read and checked, and for which the database was asked.
///
/// The derives emit the hook and the default of each field, then [`finish`](Self::finish).
pub struct Checked<'v> {
    pub(super) errors: Errors,
    pub(super) validation: Validation<'v>,
}

impl Checked<'_> {
    /// The value for the hook of a field: none if it was not sent, or if something is wrong with it.
    pub fn passed<T>(&self, index: usize, value: Option<T>) -> Option<T> {
        value.filter(|_| !self.errors.has(index))
    }

    /// Takes what the hook of a field said. DRF: `validate_<field>`.
    ///
    /// An error of the input stands at the field; any other error ends the validation.
    pub async fn hook<M>(
        &mut self,
        index: usize,
        outcome: Option<impl HookOutcome<M>>,
    ) -> Result<()> {
        let Some(outcome) = outcome else {
            return Ok(());
        };
        if let Err(detail) = split(outcome.outcome().await)? {
            self.errors.fail(index, detail);
        }
        Ok(())
    }

    /// Puts in a value for a field that was not sent; never in a partial update.
    pub fn default<T>(&self, index: usize, slot: &mut Option<T>, default: impl FnOnce() -> T) {
        if slot.is_none() && self.takes_default(index) {
            *slot = Some(default());
        }
    }

    /// Puts in a value for a field that may be missing in the struct but not null in the input.
    pub fn default_some<T>(
        &self,
        index: usize,
        slot: &mut Option<T>,
        default: impl FnOnce() -> Option<T>,
    ) {
        if slot.is_none() && self.takes_default(index) {
            *slot = default();
        }
    }

    fn takes_default(&self, index: usize) -> bool {
        let is_for_updates = !self.field(index).create_only;
        !self.validation.is_partial()
            && (is_for_updates || !self.validation.is_update())
            && !self.errors.has(index)
    }

    const fn field(&self, index: usize) -> &'static Field {
        &self.errors.fields[index]
    }

    /// Succeeds when nothing has failed.
    pub fn finish(self) -> Result<()> {
        self.errors.into_result()
    }
}

impl fmt::Debug for Checked<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Checked")
            .field("errors", &self.errors)
            .finish_non_exhaustive()
    }
}

/// What a hook of a serializer returns: `Result<(), ErrorDetail>`, `Result<()>` with an
/// [`ApiError`], or, of an `async fn`, a future of one of them.
///
/// An [`ApiError`] that is not about the input, such as that of a database that did not answer,
/// ends the validation as it is. Nobody implements it; `M` tells the cases apart and is inferred.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not what a hook of a serializer returns",
    label = "not `Result<(), ErrorDetail>`, nor a future of it that is `Send`",
    note = "the hook of a field is `fn(&mut T, &Validation<'_>) -> Result<(), ErrorDetail>`, `T` without `Option`",
    note = "the hook of the whole object is `fn(&mut Data, &Validation<'_>) -> Result<(), ErrorDetail>`",
    note = "either may be an `async fn`, and either may fail with an `ApiError`: `Result<()>`",
    note = "what an `async fn` holds across an `.await` must be `Send`"
)]
pub trait HookOutcome<M>: Sized {
    /// Waits for the hook.
    fn outcome(self) -> impl Future<Output = Result<()>> + Send;
}

/// The outcome of a plain function.
#[derive(Debug)]
pub enum Now {}

/// The outcome of an `async fn` that fails with `E`.
#[derive(Debug)]
pub struct Later<E>(std::marker::PhantomData<E>);

#[diagnostic::do_not_recommend]
impl<E: Into<ApiError>> HookOutcome<Now> for Result<(), E> {
    fn outcome(self) -> impl Future<Output = Result<()>> + Send {
        ready(self.map_err(Into::into))
    }
}

#[diagnostic::do_not_recommend]
impl<F, E> HookOutcome<Later<E>> for F
where
    F: Future<Output = Result<(), E>> + Send,
    E: Into<ApiError>,
{
    async fn outcome(self) -> Result<()> {
        self.await.map_err(Into::into)
    }
}

/// Takes what the hook of the whole object said. DRF: `Serializer.validate`.
pub async fn object_hook<M>(outcome: impl HookOutcome<M>) -> Result<()> {
    split(outcome.outcome().await)?.map_err(|detail: ErrorDetail| FieldErrors::from(detail).into())
}
