//! Errors by name, with DRF's exception handler.

use restflow::prelude::*;
use serde_json::json;

use crate::raise::{Foreign, raise};

pub(super) struct RaiseView;

impl ApiView for RaiseView {}

#[handlers]
impl RaiseView {
    async fn get(&self, request: &Request) -> Result<Response> {
        let kind = request.kwargs().get("kind").unwrap_or_default();
        raise(kind, translate)?;
        Ok(Response::new(json!({"kind": kind})))
    }
}

/// DRF's handler knows two of Django's errors; the others are the server's fault.
fn translate(error: Foreign) -> ApiError {
    let with_text = |error: ApiError, text: Option<&'static str>| match text {
        Some(text) => error.with_detail(text),
        None => error,
    };
    match error {
        Foreign::NoPage(text) => with_text(ApiError::not_found(), text),
        Foreign::Forbidden(text) => with_text(ApiError::permission_denied(), text),
        Foreign::MissingRow(text) => ApiError::internal(text),
        Foreign::Invalid(detail) => ApiError::internal(detail.to_string()),
        Foreign::Plain(status, code, detail) => ApiError::new(status, code, detail),
    }
}
