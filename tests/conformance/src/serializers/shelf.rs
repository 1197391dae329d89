use restflow::prelude::*;

use crate::entities::{category, tag};

#[derive(ModelSerializer)]
#[serializer(entity = category::Entity)]
pub(crate) struct CategorySerializer {
    #[serializer(read_only)]
    id: i64,
    #[validate(length(max = 100))]
    #[serializer(unique)]
    name: String,
    #[validate(slug, length(max = 50))]
    #[serializer(unique)]
    slug: String,
    #[serializer(required = false, allow_blank)]
    description: String,
}

#[derive(ModelSerializer)]
#[serializer(entity = tag::Entity)]
pub(crate) struct TagSerializer {
    #[serializer(read_only)]
    id: i64,
    #[validate(length(max = 50))]
    #[serializer(unique)]
    name: String,
}
