//! What a kind of database cannot do is told at start-up, with the view, the path, the parameter,
//! the lookup, and what to do.

#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

#[path = "support/servers.rs"]
mod servers;

use std::panic::{AssertUnwindSafe, catch_unwind};

use restflow::filters::json::JsonFilter;
use restflow::filters::postgres::{
    ArrayFilter, FullTextSearch, Search, SearchVector, TrigramSearch,
};
use restflow::filters::{ColumnFilter, Filters};
use restflow::pagination::{Page, PageQuery, PageRequest, Pagination};
use restflow::prelude::*;
use sea_orm::DbBackend;

mod shelf {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "shelf")]
    pub(crate) struct Model {
        #[sea_orm(primary_key)]
        pub(crate) id: i32,
        pub(crate) name: String,
        #[sea_orm(has_many)]
        pub(crate) things: HasMany<super::thing::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod thing {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "thing")]
    pub(crate) struct Model {
        #[sea_orm(primary_key)]
        pub(crate) id: i32,
        pub(crate) name: String,
        #[sea_orm(
            column_type = "Array(RcOrArc::new(ColumnType::Text))",
            select_as = "text"
        )]
        pub(crate) tags: String,
        #[sea_orm(column_type = "JsonBinary")]
        pub(crate) data: Json,
        pub(crate) shelf_id: i32,
        #[sea_orm(belongs_to, from = "shelf_id", to = "id")]
        pub(crate) shelf: HasOne<super::shelf::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

use thing::{Column, Entity};

#[derive(ModelSerializer)]
#[serializer(entity = thing::Entity)]
struct ThingSerializer {
    #[serializer(read_only)]
    id: i32,
}

/// Pages that only MySQL can make.
struct MySqlPages;

impl Pagination for MySqlPages {
    async fn paginate(&self, query: PageQuery<'_>, request: &PageRequest<'_>) -> Result<Page> {
        PageNumberPagination::new(10).paginate(query, request).await
    }

    fn parameters(&self) -> Vec<restflow::fields::Parameter> {
        Vec::new()
    }

    fn envelope_schema(&self) -> Vec<restflow::fields::FieldInfo> {
        Vec::new()
    }

    fn misconfigured(&self, backend: DbBackend) -> Option<String> {
        (backend != DbBackend::MySql).then(|| "it counts as MySQL does".to_owned())
    }
}

/// A view with backends and a paginator, and the API that has it at `things/`.
macro_rules! api {
    ($view:ident, $urls:ident, $backends:expr, $paginator:expr, $configs:expr) => {
        #[derive(ViewSet, ListModelMixin)]
        struct $view;

        impl ApiView for $view {
            fn action_configs(&self) -> ActionConfigs<Self> {
                $configs
            }
        }

        impl GenericView for $view {
            type Entity = Entity;
            type Serializer = ThingSerializer;

            fn filter_backends(&self) -> FilterBackends<Entity> {
                $backends
            }

            fn pagination_class(&self) -> Option<Paginator> {
                $paginator
            }
        }

        struct $urls;

        impl UrlConf for $urls {
            fn urls() -> Urls {
                let mut router = SimpleRouter::new();
                router.register("things", $view);
                Urls::new().include("", router)
            }
        }
    };
}

macro_rules! filter_set {
    ($set:ident, $filters:expr) => {
        struct $set;

        impl FilterSet for $set {
            type Entity = Entity;

            fn filters() -> Filters<Entity> {
                $filters
            }
        }
    };
}

filter_set!(
    SearchSet,
    Filters::new().field(
        ColumnFilter::<_, String, _>::new("name", Column::Name)
            .exact()
            .lookup(Search)
    )
);
filter_set!(
    ArraySet,
    Filters::new().with(ArrayFilter::<_, String>::new("tags", Column::Tags).overlaps())
);
filter_set!(
    JsonSet,
    Filters::new().with(JsonFilter::new("data", Column::Data).has_key().contains())
);

fn set<F: FilterSet<Entity = Entity>>() -> FilterBackends<Entity> {
    FilterBackends::new().with(RestflowFilterBackend::<F>::new())
}

fn related() -> OrderingFilter<Entity> {
    OrderingFilter::new([Column::Id]).field(
        "shelf__name",
        OrderingField::related::<shelf::Entity>(shelf::Column::Name),
    )
}

fn cursor() -> Option<Paginator> {
    CursorPagination::new(10).into()
}

fn none<V>() -> ActionConfigs<V>
where
    V: ApiView,
{
    ActionConfigs::new()
}

api!(SearchView, SearchUrls, set::<SearchSet>(), None, none());
api!(ArrayView, ArrayUrls, set::<ArraySet>(), None, none());
api!(JsonView, JsonUrls, set::<JsonSet>(), None, none());
api!(
    RankView,
    RankUrls,
    FilterBackends::new()
        .with(FullTextSearch::new(SearchVector::new().column(Column::Name)).param("q")),
    None,
    none()
);
api!(
    SimilarView,
    SimilarUrls,
    FilterBackends::new().with(TrigramSearch::new([Column::Name])),
    None,
    none()
);
api!(
    AtView,
    AtUrls,
    FilterBackends::new().with(SearchFilter::new([SearchField::full_text(Column::Name)])),
    None,
    none()
);
api!(
    PagesView,
    PagesUrls,
    FilterBackends::new(),
    Some(MySqlPages.into()),
    none()
);
api!(
    ActionView,
    ActionUrls,
    FilterBackends::new(),
    None,
    ActionConfigs::new().action(
        "list",
        ActionConfig::new().pagination_class(Paginator::from(MySqlPages))
    )
);
api!(
    CursorView,
    CursorUrls,
    FilterBackends::new().with(related()),
    cursor(),
    none()
);
api!(
    CursorActionView,
    CursorActionUrls,
    FilterBackends::new().with(related()),
    None,
    ActionConfigs::new().action(
        "list",
        ActionConfig::new().pagination_class(CursorPagination::new(10))
    )
);
api!(
    JsonCursorView,
    JsonCursorUrls,
    FilterBackends::new().with(OrderingFilter::new([Column::Name, Column::Data])),
    cursor(),
    none()
);
api!(
    FineView,
    FineUrls,
    FilterBackends::new()
        .with(SearchFilter::new([SearchField::related::<shelf::Entity>(
            shelf::Column::Name
        )]))
        .with(OrderingFilter::new([Column::Name])),
    cursor(),
    none()
);

/// PostgreSQL has no order of the values of every type, and SQLite has.
#[cfg(feature = "postgres")]
#[tokio::test]
async fn a_cursor_by_what_has_no_order_does_not_start() {
    let url = servers::fresh_database("RESTFLOW_TEST_POSTGRES_URL", "restflow_checks_test").await;
    let Some(url) = url else { return };
    let db = Database::connect(url).await.unwrap();
    let message = start::<JsonCursorUrls>(&db).expect("`JsonCursorView` has started");
    for told in [
        "::JsonCursorView` at `/things/` has `",
        "no cursor can name a row by `thing.data` of the type JsonBinary",
        "order by a number, a text, a date, a time or a UUID",
        "OrderingFilter<",
        "may order the list by it",
    ] {
        assert!(message.contains(told), "{told}: {message}");
    }
}

/// What the start of the program says.
fn start<U: UrlConf>(db: &DatabaseConnection) -> Option<String> {
    let started = catch_unwind(AssertUnwindSafe(|| drop(restflow::api::<U>(db.clone()))));
    let panic = started.err()?;
    let message = panic.downcast_ref::<String>().cloned();
    message.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
}

#[tokio::test]
async fn an_api_that_its_database_cannot_serve_does_not_start() {
    let db = Database::connect("sqlite::memory:").await.unwrap();
    let only =
        "works on PostgreSQL only, and this is SQLite: connect to PostgreSQL, or leave it out";
    let table = [
        (
            start::<SearchUrls>(&db),
            "SearchView",
            format!("the parameter `name__search`: the lookup `search` {only}"),
        ),
        (
            start::<ArrayUrls>(&db),
            "ArrayView",
            format!("the parameter `tags__overlaps`: a lookup of arrays {only}"),
        ),
        (
            start::<JsonUrls>(&db),
            "JsonView",
            "the parameter `data__contains`: the lookup `contains` of JSON works on PostgreSQL and \
             MySQL only, and this is SQLite: filter by a path with `JsonPathFilter`, or leave it out"
                .to_owned(),
        ),
        (
            start::<RankUrls>(&db),
            "RankView",
            format!("the parameter `q`: full-text search {only}"),
        ),
        (
            start::<SimilarUrls>(&db),
            "SimilarView",
            format!("the parameter `search`: similarity by trigrams {only}"),
        ),
        (
            start::<AtUrls>(&db),
            "AtView",
            format!("the field `name`: full-text search {only}"),
        ),
        (
            start::<PagesUrls>(&db),
            "PagesView",
            "MySqlPages`: it counts as MySQL does".to_owned(),
        ),
        (
            start::<ActionUrls>(&db),
            "ActionView",
            "MySqlPages`: it counts as MySQL does".to_owned(),
        ),
        (
            start::<CursorUrls>(&db),
            "CursorView",
            "the filter backend may order the list by a related row".to_owned(),
        ),
        (
            start::<CursorActionUrls>(&db),
            "CursorActionView",
            "use a paginator such as `PageNumberPagination`".to_owned(),
        ),
    ];
    for (message, view, problem) in table {
        let message = message.unwrap_or_else(|| panic!("`{view}` has started"));
        assert!(
            message.contains(&format!("::{view}` at `/things/` has `")),
            "{message}"
        );
        assert!(message.contains(&problem), "{message}");
    }
    assert_eq!(start::<FineUrls>(&db), None);
    assert_eq!(start::<JsonCursorUrls>(&db), None);
}
