//! A row that those of the serializer do not refer to.

#[path = "../entities.rs"]
mod entities;

use entities::{product, tag};
use restflow::prelude::*;

#[derive(ModelSerializer)]
#[serializer(entity = tag::Entity)]
struct TagSerializer {
    label: String,
}

#[derive(ModelSerializer)]
#[serializer(entity = product::Entity)]
struct ProductSerializer {
    #[serializer(read_only, source = "label")]
    tag: Option<TagSerializer>,
}

fn main() {}
