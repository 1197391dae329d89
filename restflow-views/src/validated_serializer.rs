//! The validation of a body, or of input of the handler's own, by one serializer.

use std::{fmt, marker::PhantomData};

use futures_util::future::BoxFuture;
use restflow_exceptions::{ApiError, Result};
use restflow_serializers::{FromData, Input, Validation};

use crate::{ApiView, Request};

/// A serializer that is about to be validated, made by
/// [`validated_serializer`](crate::ApiViewExt::validated_serializer) and awaited.
#[must_use = "a validation does nothing until it is awaited"]
pub struct ValidatedSerializer<'a, V, S> {
    view: &'a V,
    request: &'a Request,
    input: Option<Input>,
    serializer: PhantomData<fn() -> S>,
}

impl<'a, V: ApiView, S: FromData> ValidatedSerializer<'a, V, S> {
    pub(crate) const fn new(view: &'a V, request: &'a Request) -> Self {
        Self {
            view,
            request,
            input: None,
            serializer: PhantomData,
        }
    }

    /// Validates `input` instead of the body: a part of it, or the query
    /// (drf-restflow: `data=…`).
    pub fn input(mut self, input: Input) -> Self {
        self.input = Some(input);
        self
    }

    async fn validate(self) -> Result<S> {
        let input = match self.input {
            Some(input) => input,
            None => self.request.input().await?,
        };
        let context = self.view.get_serializer_context(self.request);
        let data = S::validate(input, &Validation::new(&context)).await?;
        S::from_data(data).map_err(ApiError::validation)
    }
}

impl<'a, V: ApiView, S: FromData> IntoFuture for ValidatedSerializer<'a, V, S> {
    type Output = Result<S>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.validate())
    }
}

impl<V, S> fmt::Debug for ValidatedSerializer<'_, V, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ValidatedSerializer")
            .field("serializer", &std::any::type_name::<S>())
            .finish_non_exhaustive()
    }
}
