use restflow::prelude::*;

use crate::entities::{product, review, user};

#[derive(ModelSerializer)]
#[serializer(entity = review::Entity)]
pub(crate) struct ReviewSerializer {
    #[serializer(read_only)]
    id: i64,
    #[serializer(read_only, related = product::Entity)]
    product: i64,
    #[serializer(read_only, related = user::Entity, slug_field = "username")]
    author: Option<String>,
    #[validate(range(min = 1, max = 5))]
    rating: i32,
    #[validate(length(max = 500))]
    comment: String,
    #[serializer(read_only)]
    created_at: DateTimeUtc,
}
