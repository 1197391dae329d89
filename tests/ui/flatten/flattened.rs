//! Serializers that cannot be flattened.

#[path = "../entities.rs"]
mod entities;

use entities::{product, tag};
use restflow::prelude::*;

#[derive(Serializer)]
struct Named {
    name: String,
}

#[derive(Serializer)]
struct Titled {
    #[serializer(rename = "name")]
    title: String,
}

// Both have a `name`.
#[derive(ModelSerializer)]
#[serializer(entity = product::Entity)]
struct ProductSerializer {
    #[serializer(flatten)]
    named: Named,
    name: String,
}

#[derive(Serializer)]
struct Twice {
    #[serializer(flatten)]
    named: Named,
    #[serializer(flatten)]
    titled: Titled,
}

// A serializer of another entity, and values that are no columns.
#[derive(ModelSerializer)]
#[serializer(entity = tag::Entity)]
struct TagSerializer {
    label: String,
}

#[derive(Serializer)]
struct Counts {
    numbers: std::collections::HashMap<String, i32>,
}

#[derive(ModelSerializer)]
#[serializer(entity = product::Entity)]
struct OtherSerializer {
    #[serializer(flatten)]
    tag: TagSerializer,
    #[serializer(flatten)]
    counts: Counts,
}

fn main() {}
