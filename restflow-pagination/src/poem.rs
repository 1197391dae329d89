//! Pages in handlers of poem.

use poem::{IntoResponse, Request, Response, web::Json};
use serde::Serialize;

use crate::{PageRequest, Paginated};

/// JSON with the headers of the page.
impl<T: Serialize + Send> IntoResponse for Paginated<T> {
    fn into_response(self) -> Response {
        let headers = self.headers().clone();
        let mut response = Json(self).into_response();
        response.headers_mut().extend(headers);
        response
    }
}

/// The URL before `nest` stripped a prefix; links are relative to the host.
impl From<&Request> for PageRequest<'static> {
    fn from(request: &Request) -> Self {
        let (original, stripped) = (request.original_uri(), request.uri());
        // A request that was made in process has no original one.
        let is_whole = original.path().ends_with(stripped.path());
        let uri = if is_whole && original.query() == stripped.query() {
            original
        } else {
            stripped
        };
        let url = uri.path_and_query();
        Self::from_url(url.map_or_else(|| "/".to_owned(), ToString::to_string))
    }
}
