//! One line in the log for each request.

use std::time::Instant;

use poem::{Endpoint, IntoResponse, Middleware, Request, Response, Result};

/// Logs method, path, status and duration.
pub struct Trace;

impl<E: Endpoint> Middleware<E> for Trace {
    type Output = Traced<E>;

    fn transform(&self, endpoint: E) -> Traced<E> {
        Traced(endpoint)
    }
}

pub struct Traced<E>(E);

impl<E: Endpoint> Endpoint for Traced<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let start = Instant::now();
        let response = self.0.get_response(request).await.into_response();
        tracing::info!(
            %method,
            path,
            status = response.status().as_u16(),
            milliseconds = start.elapsed().as_millis(),
            "request"
        );
        Ok(response)
    }
}
