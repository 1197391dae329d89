use restflow::prelude::*;

use crate::entities::{note, user};

#[derive(ModelSerializer)]
#[serializer(entity = note::Entity)]
pub(crate) struct NoteSerializer {
    #[serializer(read_only)]
    id: i64,
    #[validate(length(max = 50))]
    title: String,
    #[serializer(required = false, allow_blank)]
    body: String,
    #[serializer(read_only, related = user::Entity, slug_field = "username")]
    user: String,
}
