//! A `PostFetch` of other rows, columns and types than its field has.

#[path = "../entities.rs"]
mod entities;

use entities::{product, tag};
use restflow::prelude::*;
use sea_orm::Order;

#[derive(ModelSerializer)]
#[serializer(entity = tag::Entity)]
struct TagSerializer {
    label: String,
}

#[derive(ModelSerializer)]
#[serializer(entity = product::Entity)]
struct ProductSerializer {
    name: String,
    #[serializer(post_fetch(label = "name"))]
    one: Option<TagSerializer>,
    #[serializer(post_fetch(label = "name"))]
    all: Vec<TagSerializer>,
}

#[derive(ModelSerializer)]
#[serializer(entity = product::Entity)]
struct WrongKeySerializer {
    #[serializer(post_fetch(label = "id"))]
    tags: Vec<TagSerializer>,
}

#[derive(ModelSerializer)]
#[serializer(entity = product::Entity)]
struct UnknownKeySerializer {
    #[serializer(post_fetch(product_id = "id"))]
    tags: Vec<TagSerializer>,
}

struct ProductView;

impl ApiView for ProductView {}

impl ProductView {
    async fn get(&self, request: &Request, tags: Vec<tag::Model>) -> Result<Response> {
        let _other_rows = PostFetch::new(ProductSerializer::ONE, product::Entity::find());
        let _other_column = PostFetch::new(ProductSerializer::ALL, tag::Entity::find())
            .order_by(product::Column::Name, Order::Asc);
        let one = PostFetch::new(ProductSerializer::ONE, tag::Entity::find());
        let _one_has_no_limit = one.clone().limit(2);
        self.serialized_response(request, tags).post_fetch(one).await
    }

    fn post(&self, request: &Request) {
        let _no_row = self.serialized_response(request, "no row");
    }
}

fn main() {}
