//! Actions that the macro refuses, each with its own complaint.

use restflow::prelude::*;

#[derive(ViewSet)]
struct Products;

impl ApiView for Products {}

#[actions]
impl Products {
    #[action(detail = false)]
    async fn without_a_request(&self) -> Result<Response> {
        Ok(Response::no_content())
    }

    #[action(detail = false)]
    async fn for_itself_alone(&mut self, _request: &Request) -> Result<Response> {
        Ok(Response::no_content())
    }

    #[action(detail = false, url_path = "/stats/")]
    async fn stats(&self, _request: &Request) -> Result<Response> {
        Ok(Response::no_content())
    }

    #[action(detail = false, status = 404)]
    async fn never_there(&self, _request: &Request) -> Result<Response> {
        Ok(Response::no_content())
    }
}

fn main() {}
