//! Handlers with a wrong signature, found by the compiler.

use restflow::prelude::*;

struct Health;

impl ApiView for Health {}

#[handlers]
impl Health {
    async fn get(&self, _id: i32) -> Result<Response> {
        Ok(Response::no_content())
    }

    async fn post(&self, _request: &Request) -> Response {
        Response::no_content()
    }

    async fn put(&self, _request: &Request) -> Result<Response> {
        let not_send = std::rc::Rc::new(());
        std::future::ready(()).await;
        drop(not_send);
        Ok(Response::no_content())
    }
}

fn main() {}
