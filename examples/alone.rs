//! Filters and pages without views, in a handler of poem.
//!
//! ```text
//! cargo run --example alone
//! curl 'localhost:8000/?level__gte=2&source=disk'
//! curl -i 'localhost:8000/?order_by=-level&page_size=1'
//! ```

#![allow(unreachable_pub, clippy::print_stdout, reason = "a program")]

use poem::{get, handler, middleware::AddData, web::Data};
use restflow::{
    filters::{FilterContext, FilterSet, QueryParams},
    pagination::{Count, PageQuery, PageRequest, Paginated, Pagination},
    prelude::*,
};

mod event {
    use sea_orm::entity::prelude::*;

    /// Something that a machine has noticed.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, serde::Serialize)]
    #[sea_orm(table_name = "event")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub source: String,
        pub level: i32,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// What clients may ask for.
#[derive(FilterSet)]
#[filterset(entity = event::Entity, fields(source), order_by(level), default_order = "-id")]
struct EventFilterSet {
    #[filter(lookups(comparison))]
    level: i32,
}

/// The events that the client asks for, a page at a time: a bad value is a 400 and a page that does
/// not exist a 404, in the words of Django REST framework. `Link` names the pages around this one.
#[handler]
async fn events(
    request: &poem::Request,
    db: Data<&DatabaseConnection>,
) -> Result<Paginated<event::Model>> {
    let params = QueryParams::parse(request.uri().query().unwrap_or_default());
    let context = FilterContext::new(&params, &db);
    let select = EventFilterSet::filter_queryset(event::Entity::find(), &context).await?;

    let pages = PageNumberPagination::new(20)
        .page_size_query_param("page_size")
        .count(Count::Capped(1_000))
        .link_header();
    let page = pages
        .paginate(PageQuery::new(select, &db), &PageRequest::from(request))
        .await?;
    page.into_models()
}

/// The handler over a database.
pub fn app(db: DatabaseConnection) -> impl Endpoint {
    Route::new().at("/", get(events)).with(AddData::new(db))
}

/// A database in memory with some events.
pub async fn database() -> Result<DatabaseConnection, DbErr> {
    let mut options = ConnectOptions::new("sqlite::memory:");
    options
        .max_connections(1)
        .idle_timeout(None)
        .max_lifetime(None);
    let db = Database::connect(options).await?;
    let schema = db.get_schema_builder();
    schema.register(event::Entity).apply(&db).await?;
    let rows = [("disk", 3), ("network", 1), ("disk", 1)];
    let rows = rows.map(|(source, level)| event::ActiveModel {
        source: Set(source.to_owned()),
        level: Set(level),
        ..Default::default()
    });
    event::Entity::insert_many(rows).exec(&db).await?;
    Ok(db)
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let app = app(database().await?);
    println!("http://127.0.0.1:8000/");
    Server::new(TcpListener::bind("127.0.0.1:8000"))
        .run(app)
        .await?;
    Ok(())
}
