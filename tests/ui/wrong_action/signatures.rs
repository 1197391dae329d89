//! Actions with a wrong signature, found by the compiler.

use restflow::prelude::*;

#[derive(ViewSet)]
struct Products;

impl ApiView for Products {}

#[actions]
impl Products {
    #[action(detail = true)]
    async fn archive(&self, _pk: i32) -> Result<Response> {
        Ok(Response::no_content())
    }

    #[action(detail = false)]
    async fn popular(&self, _request: &Request) -> Response {
        Response::no_content()
    }
}

fn main() {}
