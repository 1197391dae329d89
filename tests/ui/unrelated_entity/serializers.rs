//! Rows that do not belong to those of the serializer.

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
struct NestedSerializer {
    #[serializer(read_only)]
    tags: Vec<TagSerializer>,
}

#[derive(ModelSerializer)]
#[serializer(entity = product::Entity)]
struct WrittenSerializer {
    #[serializer(nested(write = "replace"))]
    tags: Vec<TagSerializer>,
}

#[derive(ModelSerializer)]
#[serializer(entity = product::Entity)]
struct KeysSerializer {
    #[serializer(related = tag::Entity)]
    tags: Vec<i32>,
    #[serializer(related = tag::Entity, slug_field = "label")]
    labels: Vec<String>,
}

#[derive(ModelSerializer)]
#[serializer(entity = product::Entity, supplied(colour))]
struct SuppliedSerializer {
    name: String,
}

fn main() {}
