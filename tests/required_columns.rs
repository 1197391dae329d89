//! Views that could only fail at each insert, and nested rows that are none: both are refused at
//! the start of the program.

#![allow(
    dead_code,
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    reason = "tests"
)]

use restflow::prelude::*;

mod owner {
    use restflow::prelude::sea_orm::{self, entity::prelude::*};

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "owner")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub name: String,
        #[sea_orm(has_many)]
        pub notes: HasMany<super::note::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod note {
    use restflow::prelude::{
        Set,
        sea_orm::{self, ConnectionTrait, entity::prelude::*},
    };

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "note")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub text: String,
        pub subtitle: Option<String>,
        #[sea_orm(default_value = 0)]
        pub likes: i32,
        pub token: String,
        pub slug: String,
        pub owner_id: i32,
        #[sea_orm(belongs_to, from = "owner_id", to = "id")]
        pub owner: BelongsTo<super::owner::Entity>,
    }

    #[sea_orm::prelude::async_trait::async_trait]
    impl ActiveModelBehavior for ActiveModel {
        fn new() -> Self {
            Self {
                token: Set("new".to_owned()),
                ..ActiveModelTrait::default()
            }
        }

        async fn before_save<C: ConnectionTrait>(
            mut self,
            _db: &C,
            _insert: bool,
        ) -> Result<Self, DbErr> {
            self.slug = Set("slug".to_owned());
            Ok(self)
        }
    }
}

#[derive(Default, ModelSerializer)]
#[serializer(entity = owner::Entity)]
pub struct OwnerSerializer {
    #[serializer(read_only)]
    pub id: i32,
    pub name: String,
}

/// Neither the slug nor the owner.
#[derive(ModelSerializer)]
#[serializer(entity = note::Entity, name = "Short")]
pub struct ShortSerializer {
    pub text: String,
}

/// The slug is that of `before_save`, the owner the one who is logged in.
#[derive(ModelSerializer)]
#[serializer(entity = note::Entity, name = "Whole", supplied(slug))]
pub struct WholeSerializer {
    pub text: String,
    #[serializer(related = owner::Entity, hidden, default = 7)]
    pub owner: i32,
    #[serializer(read_only, source = "owner")]
    pub owner_detail: Option<OwnerSerializer>,
}

/// The owner is written with the note.
#[derive(ModelSerializer)]
#[serializer(entity = note::Entity, name = "Nesting", supplied(slug))]
pub struct NestingSerializer {
    pub text: String,
    #[serializer(nested(write = "create"))]
    pub owner: OwnerSerializer,
}

/// The same in a column that refers to no owner.
#[derive(ModelSerializer)]
#[serializer(entity = note::Entity, name = "Misplaced", supplied(slug, owner_id))]
pub struct MisplacedSerializer {
    pub text: String,
    #[serializer(write_only, nested(write = "create"), column = "likes")]
    pub owner: OwnerSerializer,
}

/// All of another serializer.
#[derive(ModelSerializer)]
#[serializer(entity = note::Entity, name = "Flat")]
pub struct FlatSerializer {
    #[serializer(flatten)]
    pub nesting: NestingSerializer,
}

/// The primary key of a note is not that of an owner.
#[derive(ModelSerializer)]
#[serializer(entity = note::Entity, name = "Misled", supplied(slug))]
pub struct MisledSerializer {
    pub text: String,
    #[serializer(related = owner::Entity)]
    pub owner: i32,
    #[serializer(read_only, column = "likes")]
    pub likes_detail: Option<OwnerSerializer>,
}

/// Notes without a slug; their owner is the row around them.
#[derive(ModelSerializer)]
#[serializer(entity = owner::Entity, name = "Writing")]
pub struct WritingSerializer {
    pub name: String,
    #[serializer(nested(write = "replace"))]
    pub notes: Vec<ShortSerializer>,
}

/// The same below a note.
#[derive(ModelSerializer)]
#[serializer(entity = note::Entity, name = "Deep", supplied(slug))]
pub struct DeepSerializer {
    pub text: String,
    #[serializer(nested(write = "upsert"))]
    pub owner: WritingSerializer,
}

#[derive(ModelSerializer)]
#[serializer(entity = owner::Entity, name = "Nameless")]
pub struct NamelessSerializer {
    pub id: i32,
}

/// An owner without a name.
#[derive(ModelSerializer)]
#[serializer(entity = note::Entity, name = "Anonymous", supplied(slug))]
pub struct AnonymousSerializer {
    pub text: String,
    #[serializer(nested(write = "create"))]
    pub owner: NamelessSerializer,
}

/// An owner who has a name already.
#[derive(ModelSerializer)]
#[serializer(entity = note::Entity, name = "Linking", supplied(slug))]
pub struct LinkingSerializer {
    pub text: String,
    #[serializer(nested(write = "link"))]
    pub owner: NamelessSerializer,
}

#[derive(ModelSerializer)]
#[serializer(entity = note::Entity, name = "Slugged", supplied(slug))]
pub struct SluggedSerializer {
    pub text: String,
}

#[derive(ModelSerializer)]
#[serializer(entity = owner::Entity, name = "Author")]
pub struct AuthorSerializer {
    pub name: String,
    #[serializer(nested(write = "create"))]
    pub notes: Vec<SluggedSerializer>,
}

/// A viewset and a generic view of one serializer, with what the derives make of them.
macro_rules! views {
    ($($module:ident: $serializer:ident;)*) => {$(
        mod $module {
            use super::*;

            #[derive(ModelViewSet)]
            pub struct ByViewSet;

            impl ApiView for ByViewSet {}

            impl GenericView for ByViewSet {
                type Entity = note::Entity;
                type Serializer = $serializer;
            }

            #[derive(CreateApiView)]
            pub struct ByView;

            impl ApiView for ByView {}

            impl GenericView for ByView {
                type Entity = note::Entity;
                type Serializer = $serializer;
            }

            /// Sets the rest itself.
            #[derive(ViewSet)]
            pub struct ByHand;

            impl ApiView for ByHand {}

            impl GenericView for ByHand {
                type Entity = note::Entity;
                type Serializer = $serializer;
            }

            impl CreateModelMixin for ByHand {
                async fn perform_create(
                    &self,
                    request: &Request,
                    serializer: restflow::views::Validated<Self>,
                ) -> Result<note::Model> {
                    let serializer = serializer.set(note::Column::OwnerId, 7);
                    serializer.set(note::Column::Slug, "slug").save(request).await
                }
            }

            #[derive(ReadOnlyModelViewSet)]
            pub struct Reading;

            impl ApiView for Reading {}

            impl GenericView for Reading {
                type Entity = note::Entity;
                type Serializer = $serializer;
            }
        }
    )*};
}

views! {
    short: ShortSerializer;
    whole: WholeSerializer;
    nesting: NestingSerializer;
    misplaced: MisplacedSerializer;
    flat: FlatSerializer;
    misled: MisledSerializer;
    deep: DeepSerializer;
    anonymous: AnonymousSerializer;
    linking: LinkingSerializer;
}

/// Notes of an owner of notes.
#[derive(Default, ModelSerializer)]
#[serializer(entity = owner::Entity, name = "Endless")]
pub struct EndlessSerializer {
    pub name: String,
    #[serializer(write_only, nested(write = "create"), required = false)]
    pub notes: Vec<EndlessNoteSerializer>,
}

#[derive(ModelSerializer)]
#[serializer(entity = note::Entity, name = "EndlessNote", supplied(slug))]
pub struct EndlessNoteSerializer {
    pub text: String,
    #[serializer(write_only, nested(write = "create"), required = false)]
    pub owner: EndlessSerializer,
}

macro_rules! owners {
    ($($view:ident: $serializer:ident;)*) => {$(
        #[derive(ModelViewSet)]
        pub struct $view;

        impl ApiView for $view {}

        impl GenericView for $view {
            type Entity = owner::Entity;
            type Serializer = $serializer;
        }
    )*};
}

owners! {
    Writers: WritingSerializer;
    Authors: AuthorSerializer;
}

/// Puts a view on a path: of a viewset, or by itself.
macro_rules! configuration {
    ($view:path, viewset) => {
        struct Api;

        impl UrlConf for Api {
            fn urls() -> Urls {
                let mut router = SimpleRouter::new();
                router.register("notes", $view);
                Urls::new().include("", router)
            }
        }
    };
    ($view:path, view) => {
        struct Api;

        impl UrlConf for Api {
            fn urls() -> Urls {
                Urls::new().path("notes/", $view)
            }
        }
    };
}

macro_rules! refused {
    ($($name:ident: $view:path, $kind:ident, $message:literal;)*) => {$(
        #[test]
        #[should_panic(expected = $message)]
        fn $name() {
            configuration!($view, $kind);
            let _ = restflow::routers::RouteTable::of::<Api>();
        }
    )*};
}

macro_rules! accepted {
    ($($name:ident: $view:path, $kind:ident;)*) => {$(
        #[test]
        fn $name() {
            configuration!($view, $kind);
            let _ = restflow::routers::RouteTable::of::<Api>();
        }
    )*};
}

refused! {
    a_viewset_without_the_columns: short::ByViewSet, viewset,
        "`create` of `required_columns::short::ByViewSet` at `/notes/` inserts what \
         `required_columns::ShortSerializer` reads, but no field of it is a value for slug, \
         owner_id. There are four ways to supply it: declare the field;";
    a_view_without_the_columns: short::ByView, view,
        "say so on the serializer: `#[serializer(supplied(slug, owner_id))]`";
    a_nested_row_that_no_column_refers_to: misled::Reading, viewset,
        "`required_columns::MisledSerializer` nests `required_columns::OwnerSerializer` in the \
         field `likes_detail`, but `note.likes` does not refer to `owner`";
    a_nested_row_of_a_view_that_writes: misled::ByView, view, "does not refer to `owner`";
    a_nested_row_that_is_only_written: misplaced::ByView, view,
        "`note.likes` does not refer to `owner`";
    new_rows_without_the_columns: Writers, viewset,
        "`create` of `required_columns::Writers` at `/notes/` inserts the rows of `notes` that \
         `required_columns::ShortSerializer` reads, but no field of it is a value for slug. There \
         are four ways";
    a_new_row_without_the_columns: anonymous::ByView, view,
        "inserts the rows of `owner` that `required_columns::NamelessSerializer` reads, but no \
         field of it is a value for name. There are";
    new_rows_of_new_rows_without_the_columns: deep::ByViewSet, viewset,
        "inserts the rows of `owner.notes` that `required_columns::ShortSerializer` reads";
}

accepted! {
    columns_that_perform_create_sets: short::ByHand, viewset;
    columns_of_a_view_that_creates_nothing: short::Reading, viewset;
    columns_that_are_hidden_or_supplied: whole::ByViewSet, viewset;
    columns_that_are_hidden_or_supplied_in_a_view: whole::ByView, view;
    columns_that_are_set_and_supplied: whole::ByHand, viewset;
    columns_of_nested_rows_that_are_written: nesting::ByViewSet, viewset;
    columns_of_a_flattened_serializer: flat::ByViewSet, viewset;
    columns_of_rows_that_get_their_owner: Authors, viewset;
    columns_of_rows_that_are_linked: linking::ByViewSet, viewset;
    columns_of_new_rows_of_a_view_that_creates_nothing: deep::Reading, viewset;
    nested_rows_that_the_column_refers_to: whole::Reading, viewset;
}

#[test]
fn a_serializer_tells_which_columns_it_leaves_out() {
    let short = SerializerClass::of::<ShortSerializer>();
    assert_eq!(short.missing_columns(), ["slug", "owner_id"]);
    assert_eq!(
        SerializerClass::of::<WholeSerializer>().missing_columns(),
        [""; 0]
    );
    assert_eq!(short.unrelated(), None);
    assert_eq!(short.missing_nested_columns(), None);
    let missing = SerializerClass::of::<DeepSerializer>().missing_nested_columns();
    let missing = missing.map(|missing| (missing.field, missing.columns));
    assert_eq!(
        missing,
        Some(("owner.notes".to_owned(), vec!["slug".to_owned()]))
    );
}

#[test]
fn a_serializer_that_nests_itself_is_asked_once() {
    let endless = SerializerClass::of::<EndlessSerializer>();
    assert_eq!(endless.missing_nested_columns(), None);
}
