//! URLs with keys that the rows do not have.

mod author {
    use restflow::prelude::sea_orm::{self, entity::prelude::*};

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "author")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub name: String,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod book {
    use restflow::prelude::sea_orm::{self, entity::prelude::*};

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "book")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub author_id: i32,
        #[sea_orm(belongs_to, from = "author_id", to = "id")]
        pub author: BelongsTo<super::author::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

use restflow::prelude::*;

#[derive(ModelSerializer)]
#[serializer(entity = author::Entity)]
struct AuthorSerializer {
    name: String,
}

#[derive(ModelSerializer)]
#[serializer(entity = book::Entity)]
struct BookSerializer {
    #[serializer(read_only)]
    id: i32,
}

#[derive(ReadOnlyModelViewSet)]
struct AuthorViewSet;

impl ApiView for AuthorViewSet {}

impl GenericView for AuthorViewSet {
    type Entity = author::Entity;
    type Serializer = AuthorSerializer;
}

#[derive(ReadOnlyModelViewSet)]
#[nested_under(AuthorViewSet)]
struct BookViewSet;

impl ApiView for BookViewSet {}

impl GenericView for BookViewSet {
    type Entity = book::Entity;
    type Serializer = BookSerializer;
}

#[actions]
impl BookViewSet {
    #[action(detail = true, url_path = "as/{format}")]
    async fn convert(&self, _request: &Request) -> Result<Response> {
        Ok(Response::new(()))
    }
}

/// A viewset without an entity, whose keys have no type.
#[derive(ViewSet)]
struct FileViewSet;

impl ApiView for FileViewSet {}

fn links(request: &Request, book: &book::Model) {
    // A text for a number.
    let _ = AuthorViewSet::detail_url(request, "ann");
    // The parent is missing.
    let _ = BookViewSet::detail_url(request, book.id);
    // The key of the parent is a text.
    let _ = BookViewSet::detail_url(request.under("ann"), book.id);
    // There are two parents.
    let _ = BookViewSet::list_url(request.under((1, 2)));
    // No text in a path.
    let _ = BookViewSet::convert_url(request.under(1), book.id, Some("pdf"));
    // No type of a key.
    let _ = FileViewSet::detail_url(request, 1);
}

fn main() {}
