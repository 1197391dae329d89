//! Handlers and actions of a wrong shape, found by the macros.

use restflow::prelude::*;

#[derive(ViewSet)]
struct HealthViewSet;

impl ApiView for HealthViewSet {}

#[actions]
impl HealthViewSet {
    #[action(methods("post"))]
    async fn no_detail(&self, _request: &Request) -> Result<Response> {
        Ok(Response::no_content())
    }

    #[action(detail = false)]
    fn sync(&self, _request: &Request) -> Result<Response> {
        Ok(Response::no_content())
    }

    #[action(detail = false, path = "unknown")]
    async fn unknown(&self, _request: &Request) -> Result<Response> {
        Ok(Response::no_content())
    }

    #[action(detail = false, methods("fetch"))]
    async fn fetch(&self, _request: &Request) -> Result<Response> {
        Ok(Response::no_content())
    }

    #[action(mapping = "nothing", methods("put"))]
    async fn mapped(&self, _request: &Request) -> Result<Response> {
        Ok(Response::no_content())
    }
}

struct Health;

impl ApiView for Health {}

#[handlers]
impl Health {
    fn get(&self, _request: &Request) -> Result<Response> {
        Ok(Response::no_content())
    }

    async fn post(&self) -> Result<Response> {
        Ok(Response::no_content())
    }

    async fn put(&mut self, _request: &Request) -> Result<Response> {
        Ok(Response::no_content())
    }
}

struct Silent;

impl ApiView for Silent {}

#[handlers]
impl Silent {
    async fn fetch(&self, _request: &Request) -> Result<Response> {
        Ok(Response::no_content())
    }
}

fn main() {}
