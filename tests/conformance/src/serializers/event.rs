use restflow::prelude::*;

use crate::entities::event;

#[derive(ModelSerializer)]
#[serializer(entity = event::Entity)]
pub(crate) struct EventSerializer {
    #[serializer(read_only)]
    id: i64,
    #[validate(length(max = 20))]
    kind: String,
    #[serializer(required = false)]
    payload: Json,
    #[serializer(read_only)]
    created_at: DateTimeUtc,
}
