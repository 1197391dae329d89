//! `/validate/`: what each kind of field accepts (SPEC.md, section 7).

mod bulk;
mod fields;
mod forms;
mod nested;

use std::marker::PhantomData;

use restflow::{prelude::*, serializers::Validation};
use serde::Serialize;
use serde_json::json;

pub(crate) use self::forms::order;

pub(crate) fn urls() -> Urls {
    Urls::new()
        .include("field/", fields::urls())
        .include("form/", forms::urls())
        .include("bulk/", bulk::urls())
}

/// Validates by `S` and shows what was accepted.
struct FormView<S>(PhantomData<fn() -> S>);

impl<S> FormView<S> {
    const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<S: Serializer> ApiView for FormView<S> {}

#[handlers]
impl<S> FormView<S>
where
    S: Serializer,
    S::Data: Serialize,
{
    async fn post(&self, request: &Request) -> Result<Response> {
        Ok(Response::new(validate::<S>(self, request, false).await?))
    }

    async fn patch(&self, request: &Request) -> Result<Response> {
        sent_keys::<S>(self, request).await
    }
}

/// The body as data of `S`.
async fn validate<S: Serializer>(
    view: &impl ApiView,
    request: &Request,
    partial: bool,
) -> Result<S::Data> {
    let context = view.get_serializer_context(request);
    let validation = Validation::new(&context).partial(partial);
    S::validate(request.input().await?, &validation).await
}

/// Which fields a partial update would change.
async fn sent_keys<S>(view: &impl ApiView, request: &Request) -> Result<Response>
where
    S: Serializer,
    S::Data: Serialize,
{
    let data = validate::<S>(view, request, true).await?;
    let data = serde_json::to_value(data).map_err(ApiError::internal)?;
    let mut keys: Vec<_> = data
        .as_object()
        .into_iter()
        .flat_map(|data| data.keys())
        .collect();
    keys.sort_unstable();
    Ok(Response::new(json!({"keys": keys})))
}
