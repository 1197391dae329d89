//! The SQL of what PostgreSQL has, of JSON and of orderings, asserted as text.

use chrono::NaiveDate;
use sea_orm::{
    ConnectOptions, Database, DatabaseConnection, DbBackend, EntityTrait, QueryFilter, QueryTrait,
};

use self::item::{Column, Entity};
use crate::filters::Action;
use crate::json::{JsonFilter, JsonPath, JsonPathFilter};
use crate::lookups::Lookup;
use crate::postgres::*;
use crate::{
    FilterBackend, FilterBackends, FilterContext, FilterEntries, Filters, OrderingField,
    OrderingFilter, QueryParams, SearchField, SearchFilter,
};

mod section {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "section")]
    pub(crate) struct Model {
        #[sea_orm(primary_key)]
        pub(crate) id: i32,
        pub(crate) name: String,
        #[sea_orm(has_many)]
        pub(crate) shelves: HasMany<super::shelf::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod shelf {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "shelf")]
    pub(crate) struct Model {
        #[sea_orm(primary_key)]
        pub(crate) id: i32,
        pub(crate) name: String,
        pub(crate) section_id: i32,
        #[sea_orm(belongs_to, from = "section_id", to = "id")]
        pub(crate) section: HasOne<super::section::Entity>,
        #[sea_orm(has_many)]
        pub(crate) items: HasMany<super::item::Entity>,
        #[sea_orm(has_one)]
        pub(crate) label: HasOne<super::label::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod label {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "label")]
    pub(crate) struct Model {
        #[sea_orm(primary_key)]
        pub(crate) id: i32,
        pub(crate) text: String,
        #[sea_orm(unique)]
        pub(crate) shelf_id: i32,
        #[sea_orm(belongs_to, from = "shelf_id", to = "id")]
        pub(crate) shelf: HasOne<super::shelf::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod item {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "item")]
    pub(crate) struct Model {
        #[sea_orm(primary_key)]
        pub(crate) id: i32,
        pub(crate) name: String,
        pub(crate) description: Option<String>,
        #[sea_orm(column_type = "custom(\"tsvector\")", select_as = "text")]
        pub(crate) words: String,
        pub(crate) tags: Vec<String>,
        pub(crate) sizes: Vec<i64>,
        #[sea_orm(column_type = "JsonBinary")]
        pub(crate) data: Json,
        pub(crate) old: Json,
        #[sea_orm(column_type = "custom(\"daterange\")", select_as = "text")]
        pub(crate) period: String,
        #[sea_orm(column_type = "custom(\"inet\")", select_as = "text", nullable)]
        pub(crate) address: Option<String>,
        #[sea_orm(column_type = "custom(\"tsvector\")", select_as = "text", nullable)]
        pub(crate) notes: Option<String>,
        pub(crate) shelf_id: i32,
        #[sea_orm(belongs_to, from = "shelf_id", to = "id")]
        pub(crate) shelf: HasOne<super::shelf::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// What stands behind `WHERE` when a parameter of the filter is sent.
fn condition(filter: impl Into<FilterEntries<Entity>>, query: &str, backend: DbBackend) -> String {
    read(filter, query, backend).unwrap()
}

fn read(
    filter: impl Into<FilterEntries<Entity>>,
    query: &str,
    backend: DbBackend,
) -> Result<String, serde_json::Value> {
    let params = QueryParams::parse(query);
    let (name, _) = params.iter().next().unwrap();
    let entries = filter.into().0;
    let entry = entries.iter().find(|entry| entry.parameter.name == name);
    let values: Vec<&str> = params.get_all(name).collect();
    match (entry.unwrap().read)(&values, backend) {
        Ok(Some(Action::Condition(condition, _))) => {
            let select = Entity::find().filter(condition);
            let sql = select.build(backend).to_string();
            Ok(sql.split_once(" WHERE ").unwrap().1.to_owned())
        }
        Ok(_) => Ok(String::new()),
        Err(detail) => Err(detail.to_value()),
    }
}

fn postgres(filter: impl Into<FilterEntries<Entity>>, query: &str) -> String {
    condition(filter, query, DbBackend::Postgres)
}

/// What an entity's lookup says on PostgreSQL.
fn lookup<L: Lookup<String, Input = crate::One<String>>>(
    _: L,
    column: Column,
    text: &str,
) -> String {
    let condition = L::condition(column, crate::One(text.to_owned()), DbBackend::Postgres);
    let sql = Entity::find()
        .filter(condition)
        .build(DbBackend::Postgres)
        .to_string();
    sql.split_once(" WHERE ").unwrap().1.to_owned()
}

/// A connection that is never made.
async fn lazy(url: &str) -> DatabaseConnection {
    let mut options = ConnectOptions::new(url);
    options.connect_lazy(true);
    Database::connect(options).await.unwrap()
}

/// What stands behind `FROM "item"`.
async fn sql(backend: impl FilterBackend<Entity>, query: &str, url: &str) -> String {
    let db = lazy(url).await;
    let params = QueryParams::parse(query);
    let context = FilterContext::new(&params, &db);
    let backends = FilterBackends::new().with(backend);
    let select = backends
        .filter_queryset(Entity::find(), &context)
        .await
        .unwrap();
    let sql = select.build(db.get_database_backend()).to_string();
    sql.split_once(" FROM \"item\"")
        .unwrap()
        .1
        .trim()
        .to_owned()
}

const POSTGRES: &str = "postgres://nobody@127.0.0.1:1/none";

#[test]
fn texts_are_searched_and_compared_by_trigrams() {
    assert_eq!(
        lookup(Search, Column::Name, "a b"),
        r#"to_tsvector("item"."name") @@ plainto_tsquery('a b')"#
    );
    assert_eq!(
        lookup(Search, Column::Words, "a"),
        r#""item"."words" @@ plainto_tsquery('a')"#
    );
    assert_eq!(
        lookup(TrigramSimilar, Column::Name, "a"),
        r#""item"."name" % 'a'"#
    );
    assert_eq!(
        lookup(TrigramWordSimilar, Column::Name, "a"),
        r#"'a' <% "item"."name""#
    );
    assert_eq!(
        lookup(TrigramStrictWordSimilar, Column::Name, "a"),
        r#"'a' <<% "item"."name""#
    );
    assert_eq!(
        lookup(Unaccent, Column::Name, "a"),
        r#"unaccent("item"."name") = unaccent('a')"#
    );
    assert_eq!(
        lookup(UnaccentContains, Column::Name, "a%"),
        r#"UPPER(unaccent("item"."name")) LIKE (('%' || replace(replace(replace(UPPER(unaccent('a%')), E'\\', E'\\\\'), '%', E'\\%'), '_', E'\\_')) || '%')"#
    );
    // What is no text is compared as one, an address as its host.
    assert_eq!(
        lookup(crate::lookups::IContains, Column::Period, "a"),
        r#"UPPER(CAST("item"."period" AS text)) LIKE UPPER('%a%')"#
    );
    assert_eq!(
        lookup(crate::lookups::StartsWith, Column::Address, "a"),
        r#"host("item"."address") LIKE 'a%'"#
    );
    assert_eq!(
        lookup(TrigramSimilar, Column::Address, "a"),
        r#"host("item"."address") % 'a'"#
    );
    for backend in [DbBackend::Sqlite, DbBackend::MySql] {
        let problem = <Search as Lookup<String>>::misconfigured(backend).unwrap();
        assert!(
            problem.starts_with("the lookup `search` works on PostgreSQL only, and this is"),
            "{problem}"
        );
    }
    assert_eq!(
        <Search as Lookup<String>>::misconfigured(DbBackend::Postgres),
        None
    );
}

#[test]
fn a_full_text_filter_has_weights_and_a_language() {
    let filter = || {
        let vector = SearchVector::new()
            .weighted(Column::Name, Weight::A)
            .column(Column::Description)
            .config("english");
        FullTextFilter::new("q", vector)
    };
    assert_eq!(
        postgres(filter(), "q=garden"),
        r#"(setweight(to_tsvector('english', "item"."name"), 'A') || to_tsvector('english', COALESCE("item"."description", ''))) @@ websearch_to_tsquery('english', 'garden')"#
    );
    let one = || FullTextFilter::new("q", SearchVector::new().column(Column::Description));
    assert_eq!(
        postgres(one().query(SearchQuery::Phrase), "q!=garden"),
        r#"(to_tsvector("item"."description") @@ phraseto_tsquery('garden')) IS NOT TRUE"#
    );
}

#[test]
fn a_vector_that_is_null_does_not_hide_the_others() {
    let vector = SearchVector::new()
        .weighted(Column::Notes, Weight::B)
        .column(Column::Words);
    assert_eq!(
        postgres(FullTextFilter::new("q", vector), "q=garden"),
        r#"(setweight(COALESCE("item"."notes", CAST('' AS tsvector)), 'B') || "item"."words") @@ websearch_to_tsquery('garden')"#
    );
}

#[test]
#[should_panic(expected = "`en'glish` is no configuration of text search")]
fn a_configuration_is_a_name() {
    let _ = SearchVector::<Entity>::new().config("en'glish");
}

#[tokio::test]
async fn ranked_rows_come_best_first() {
    let vector = || SearchVector::new().column(Column::Words).config("english");
    assert_eq!(
        sql(FullTextSearch::new(vector()), "search=garden", POSTGRES).await,
        r#"WHERE "item"."words" @@ websearch_to_tsquery('english', 'garden') ORDER BY ts_rank("item"."words", websearch_to_tsquery('english', 'garden')) DESC"#
    );
    let filter = FullTextSearch::new(vector())
        .param("q")
        .query(SearchQuery::Plain)
        .min_rank(0.5)
        .without_ranking();
    assert_eq!(
        sql(filter, "q=garden", POSTGRES).await,
        r#"WHERE "item"."words" @@ plainto_tsquery('english', 'garden') AND ts_rank("item"."words", plainto_tsquery('english', 'garden')) >= 0.5"#
    );
    let similar = TrigramSearch::new([Column::Name, Column::Description]);
    assert_eq!(
        sql(similar, "search=gardn", POSTGRES).await,
        r#"WHERE "item"."name" % 'gardn' OR "item"."description" % 'gardn' ORDER BY GREATEST(similarity("item"."name", 'gardn'), similarity("item"."description", 'gardn')) DESC"#
    );
    assert_eq!(
        sql(FullTextSearch::new(vector()), "search=+", POSTGRES).await,
        ""
    );
}

#[test]
fn arrays_are_compared_with_arrays_of_their_type() {
    let tags = || ArrayFilter::<Entity, String>::new("tags", Column::Tags);
    assert_eq!(
        postgres(tags().contains(), "tags__contains=a,b"),
        r#""item"."tags" @> (CAST(ARRAY [ $1, $2 ] AS varchar[]))"#
    );
    assert_eq!(
        postgres(tags().contained_by(), "tags__contained_by="),
        r#""item"."tags" <@ (CAST(ARRAY [ ] AS varchar[]))"#
    );
    assert_eq!(
        postgres(tags().overlaps(), "tags__overlaps=a&tags__overlaps=b"),
        r#""item"."tags" && (CAST(ARRAY [ $1, $2 ] AS varchar[]))"#
    );
    assert_eq!(
        postgres(tags().element(), "tags!=a"),
        r#"("item"."tags" @> (CAST(ARRAY [ $1 ] AS varchar[]))) IS NOT TRUE"#
    );
    assert_eq!(
        postgres(tags().len(), "tags__len=2"),
        r#"cardinality("item"."tags") = 2"#
    );
    assert_eq!(
        postgres(tags().index(0), "tags__0=a"),
        r#"("item"."tags" [1]) = CAST('a' AS varchar)"#
    );
    let sizes = ArrayFilter::<Entity, i64>::new("sizes", Column::Sizes)
        .fits(|model: &item::Model| &model.sizes)
        .exact();
    assert_eq!(
        postgres(sizes, "sizes__exact=1,2"),
        r#""item"."sizes" = (CAST(ARRAY [ $1, $2 ] AS bigint[]))"#
    );
    let sizes = ArrayFilter::<Entity, i64>::new("sizes", Column::Sizes).pg_array();
    assert_eq!(
        read(sizes, "sizes__overlaps=1,x", DbBackend::Postgres).unwrap_err(),
        serde_json::json!({"1": ["A valid integer is required."]})
    );
}

#[test]
#[should_panic(expected = "needs an array: the type of the column `name` is")]
fn an_array_filter_needs_an_array() {
    let _ = ArrayFilter::<Entity, String>::new("name", Column::Name);
}

#[test]
fn ranges_are_compared_with_values_and_ranges() {
    let period = || RangeFilter::<Entity, NaiveDate>::new("period", Column::Period);
    assert_eq!(
        postgres(period().contains(), "period__contains=2026-01-31"),
        r#""item"."period" @> '2026-01-31'"#
    );
    let cases = [
        (period().contains_range(), "contains_range", "@>"),
        (period().contained_by(), "contained_by", "<@"),
        (period().overlaps(), "overlaps", "&&"),
        (period().fully_lt(), "fully_lt", "<<"),
        (period().fully_gt(), "fully_gt", ">>"),
        (period().not_lt(), "not_lt", "&>"),
        (period().not_gt(), "not_gt", "&<"),
        (period().adjacent_to(), "adjacent_to", "-|-"),
    ];
    for (filter, lookup, operator) in cases {
        let query = format!("period__{lookup}=2026-01-01,2026-02-01");
        assert_eq!(
            postgres(filter, &query),
            format!(r#""item"."period" {operator} daterange('2026-01-01', '2026-02-01')"#)
        );
    }
    assert_eq!(
        postgres(period().startswith(), "period__startswith=2026-01-31"),
        r#"lower("item"."period") = '2026-01-31'"#
    );
    assert_eq!(
        postgres(period().isempty(), "period__isempty=false"),
        r#"NOT isempty("item"."period")"#
    );
    let query = "period__overlaps=2026-02-01,2026-01-01";
    assert_eq!(
        read(period().overlaps(), query, DbBackend::Postgres).unwrap_err(),
        serde_json::json!(["The start of the range must not exceed the end of the range."])
    );
}

#[test]
#[should_panic(expected = "needs a column of the type `int4range`")]
fn a_range_filter_needs_ranges_of_its_type() {
    let _ = RangeFilter::<Entity, i32>::new("period", Column::Period);
}

#[test]
fn json_is_compared_by_path_on_every_database() {
    let all = |filter: fn() -> FilterEntries<Entity>, query: &str| {
        [DbBackend::Sqlite, DbBackend::Postgres, DbBackend::MySql]
            .map(|backend| condition(filter(), query, backend))
    };
    assert_eq!(
        all(
            || JsonPathFilter::<Entity, String>::new("color", Column::Data, "color")
                .exact()
                .into(),
            "color=red"
        ),
        [
            r#"json_type("item"."data", '$."color"') = 'text' AND json_extract("item"."data", '$."color"') = 'red'"#,
            r#"("item"."data" #> '{"color"}') = to_jsonb('red')"#,
            r#"JSON_TYPE(JSON_EXTRACT(`item`.`data`, '$.\"color\"')) = 'STRING' AND JSON_UNQUOTE(JSON_EXTRACT(`item`.`data`, '$.\"color\"')) = 'red'"#,
        ]
    );
    assert_eq!(
        all(
            || JsonPathFilter::<Entity, i32>::new(
                "width",
                Column::Data,
                JsonPath::from(["size", "width"]).index(0)
            )
            .gte()
            .into(),
            "width__gte=10"
        ),
        [
            r#"json_type("item"."data", '$."size"."width"[0]') IN ('integer', 'real') AND json_extract("item"."data", '$."size"."width"[0]') >= 10"#,
            r#"jsonb_typeof("item"."data" #> '{"size","width",0}') = 'number' AND ("item"."data" #> '{"size","width",0}') >= to_jsonb(10)"#,
            r#"JSON_TYPE(JSON_EXTRACT(`item`.`data`, '$.\"size\".\"width\"[0]')) IN ('INTEGER', 'UNSIGNED INTEGER', 'DOUBLE', 'DECIMAL') AND JSON_UNQUOTE(JSON_EXTRACT(`item`.`data`, '$.\"size\".\"width\"[0]')) + 0 >= 10"#,
        ]
    );
    assert_eq!(
        all(
            || JsonPathFilter::<Entity, bool>::new("sold", Column::Data, "sold")
                .exact()
                .isnull()
                .into(),
            "sold=true"
        ),
        [
            r#"json_type("item"."data", '$."sold"') IN ('true', 'false') AND json_extract("item"."data", '$."sold"') = TRUE"#,
            r#"("item"."data" #> '{"sold"}') = to_jsonb(TRUE)"#,
            r#"JSON_TYPE(JSON_EXTRACT(`item`.`data`, '$.\"sold\"')) = 'BOOLEAN' AND JSON_UNQUOTE(JSON_EXTRACT(`item`.`data`, '$.\"sold\"')) = 'true'"#,
        ]
    );
    let old = || JsonPathFilter::<Entity, String>::new("old", Column::Old, "a");
    assert_eq!(
        postgres(old().icontains(), "old__icontains=x"),
        r#"jsonb_typeof(CAST("item"."old" AS jsonb) #> '{"a"}') = 'string' AND UPPER(CAST("item"."old" AS jsonb) #>> '{"a"}') LIKE UPPER('%x%')"#
    );
    assert_eq!(
        condition(old().icontains(), "old__icontains=x", DbBackend::MySql),
        r#"JSON_TYPE(JSON_EXTRACT(`item`.`old`, '$.\"a\"')) = 'STRING' AND LOWER(JSON_UNQUOTE(JSON_EXTRACT(`item`.`old`, '$.\"a\"'))) LIKE LOWER('%x%')"#
    );
    assert_eq!(
        postgres(old().isnull(), "old__isnull=true"),
        r#"(CAST("item"."old" AS jsonb) #> '{"a"}') IS NULL"#
    );
    assert_eq!(
        postgres(old().one_of(), "old__in!=a,b"),
        r#"((CAST("item"."old" AS jsonb) #> '{"a"}') IN (to_jsonb('a'), to_jsonb('b'))) IS NOT TRUE"#
    );
}

#[test]
fn json_is_asked_for_its_keys_and_contents() {
    let data = || {
        JsonFilter::<Entity>::new("data", Column::Data)
            .has_key()
            .has_keys()
            .has_any_keys()
            .contains()
            .contained_by()
    };
    let key = "data__has_key=a";
    assert_eq!(
        condition(data(), key, DbBackend::Sqlite),
        r#"EXISTS(SELECT 1 FROM json_each("item"."data") AS entries WHERE entries.key = 'a')"#
    );
    assert_eq!(
        condition(data(), key, DbBackend::MySql),
        "JSON_CONTAINS(JSON_KEYS(`item`.`data`), JSON_QUOTE('a'))"
    );
    assert_eq!(postgres(data(), key), r#""item"."data" ? 'a'"#);
    assert_eq!(
        postgres(data(), "data__has_keys=a,b"),
        r#""item"."data" ?& (CAST(ARRAY [ $1, $2 ] AS text[]))"#
    );
    assert_eq!(
        condition(data(), "data__has_keys=b,a,b", DbBackend::Sqlite),
        r#"(SELECT COUNT(DISTINCT entries.key) FROM json_each("item"."data") AS entries WHERE "entries"."key" IN ('a', 'b')) = 2"#
    );
    assert_eq!(
        condition(data(), "data__has_any_keys=b,a,b", DbBackend::Sqlite),
        r#"EXISTS(SELECT 1 FROM json_each("item"."data") AS entries WHERE "entries"."key" IN ('a', 'b'))"#
    );
    assert_eq!(
        condition(data(), "data__has_keys=b,a,b", DbBackend::MySql),
        r#"JSON_CONTAINS(JSON_KEYS(`item`.`data`), '[\"a\",\"b\"]')"#
    );
    let deep = format!("data__contains={}1{}", "[".repeat(31), "]".repeat(31));
    assert!(read(data(), &deep, DbBackend::MySql).is_ok());
    assert_eq!(
        postgres(data(), "data__contains={\"a\": [1]}"),
        r#""item"."data" @> '{"a":[1]}'"#
    );
    for (json, message) in [
        ("{", "Value must be valid JSON."),
        ("1e999", "Value must be valid JSON."),
        (r#"{"a": ["\u0000"]}"#, "Null characters are not allowed."),
        (&"[".repeat(9_000), "Value must be valid JSON."),
        (
            &format!("{}1{}", "[".repeat(32), "]".repeat(32)),
            "Ensure there are no more than 31 lists and objects within each other.",
        ),
        (
            &"1".repeat(10_001),
            "Ensure this field has no more than 10000 characters.",
        ),
    ] {
        let query = format!("data__contains={json}");
        assert_eq!(
            read(data(), &query, DbBackend::Postgres).unwrap_err(),
            serde_json::json!([message])
        );
    }
    let entries = FilterEntries::from(data()).0;
    let refused: Vec<&str> = entries
        .iter()
        .filter(|entry| (entry.misconfigured)(DbBackend::Sqlite).is_some())
        .map(|entry| entry.parameter.name.as_ref())
        .collect();
    let contents = [
        "data__contains",
        "data__contains!",
        "data__contained_by",
        "data__contained_by!",
    ];
    assert_eq!(refused, contents);
}

#[test]
#[should_panic(expected = "has a quotation mark, a backslash or a control character")]
fn a_path_has_plain_keys() {
    let _ = JsonPath::from("a\"b");
}

#[tokio::test]
async fn searches_use_full_text_and_go_over_several_relations() {
    let filter = SearchFilter::new([
        SearchField::full_text_in(Column::Description, "english"),
        SearchField::unaccented(Column::Name).as_prefix(),
        SearchField::related::<shelf::Entity>(SearchField::related::<section::Entity>(
            SearchField::exact(section::Column::Name),
        )),
    ]);
    assert_eq!(
        filter.misconfigured(DbBackend::Sqlite).unwrap(),
        "the field `description`: full-text search works on PostgreSQL only, and this is SQLite: \
         connect to PostgreSQL, or leave it out"
    );
    assert_eq!(
        sql(filter, "search=a", POSTGRES).await,
        r#"WHERE to_tsvector('english', "item"."description") @@ plainto_tsquery('english', 'a') OR UPPER(unaccent("item"."name")) LIKE (replace(replace(replace(UPPER(unaccent('a')), E'\\', E'\\\\'), '%', E'\\%'), '_', E'\\_') || '%') OR EXISTS(SELECT 1 FROM "shelf" WHERE EXISTS(SELECT 1 FROM "section" WHERE UPPER("section"."name") LIKE UPPER('a') AND "shelf"."section_id" = "section"."id") AND "item"."shelf_id" = "shelf"."id")"#
    );
}

#[tokio::test]
async fn the_fields_of_a_search_may_depend_on_the_request() {
    let filter = || {
        SearchFilter::new([Column::Name, Column::Description])
            .fields_when(|context| context.params.contains("title"), [Column::Name])
    };
    let name = r#"WHERE "item"."name" LIKE (+'%a%')"#;
    assert_eq!(
        sql(filter(), "search=a&title=1", "sqlite::memory:").await,
        name
    );
    let both = sql(filter(), "search=a", "sqlite::memory:").await;
    assert!(both.contains(r#"OR "item"."description" LIKE"#), "{both}");
}

#[tokio::test]
async fn related_columns_order_by_a_subquery() {
    let filter = || {
        OrderingFilter::new([Column::Id])
            .field(
                "shelf",
                OrderingField::related::<shelf::Entity>(shelf::Column::Name),
            )
            .field(
                "section",
                OrderingField::related::<shelf::Entity>(OrderingField::related::<section::Entity>(
                    section::Column::Name,
                )),
            )
            .field(
                "label",
                OrderingField::related::<shelf::Entity>(OrderingField::related::<label::Entity>(
                    label::Column::Text,
                )),
            )
            .field(
                "described",
                OrderingField::column(Column::Description).nulls_last(),
            )
    };
    let url = "sqlite::memory:";
    assert!(filter().orders_by_expressions());
    assert_eq!(
        sql(filter(), "ordering=-shelf,id", url).await,
        r#"ORDER BY (SELECT "ordering"."name" FROM "shelf" AS "ordering" WHERE "item"."shelf_id" = "ordering"."id") DESC, "item"."id" ASC"#
    );
    assert_eq!(
        sql(filter(), "ordering=section", url).await,
        r#"ORDER BY (SELECT (SELECT "ordering_related"."name" FROM "section" AS "ordering_related" WHERE "ordering"."section_id" = "ordering_related"."id") FROM "shelf" AS "ordering" WHERE "item"."shelf_id" = "ordering"."id") ASC"#
    );
    assert_eq!(
        sql(filter(), "ordering=label", url).await,
        r#"ORDER BY (SELECT (SELECT "ordering_related"."text" FROM "label" AS "ordering_related" WHERE "ordering"."id" = "ordering_related"."shelf_id" ORDER BY "ordering_related"."id" ASC LIMIT 1) FROM "shelf" AS "ordering" WHERE "item"."shelf_id" = "ordering"."id") ASC"#
    );
    assert_eq!(
        sql(filter(), "ordering=-described", POSTGRES).await,
        r#"ORDER BY "item"."description" DESC NULLS LAST"#
    );
    let select = |backend| {
        let ordering = vec![(
            OrderingField::column(Column::Description).nulls_last(),
            sea_orm::Order::Asc,
        )];
        let sql = crate::ordering_field::order(Entity::find(), ordering, backend)
            .build(backend)
            .to_string();
        sql.split_once(" ORDER BY ").unwrap().1.to_owned()
    };
    assert_eq!(
        select(DbBackend::MySql),
        "`item`.`description` IS NULL ASC, `item`.`description` ASC"
    );
    assert_eq!(
        select(DbBackend::Sqlite),
        r#""item"."description" ASC NULLS LAST"#
    );
}

#[test]
#[should_panic(expected = "a row of `shelf` has many rows of `item`, and cannot be ordered by one")]
fn an_ordering_needs_one_related_row() {
    let _ = OrderingField::<shelf::Entity>::related::<Entity>(Column::Name);
}

#[tokio::test]
async fn a_strict_ordering_refuses_what_it_does_not_know() {
    let db = lazy("sqlite::memory:").await;
    let ask = async |query: &str| {
        let params = QueryParams::parse(query);
        let filter = OrderingFilter::new([Column::Id, Column::Name]).strict();
        let context = FilterContext::new(&params, &db);
        let select = filter.filter_queryset(Entity::find(), &context).await;
        select.map_err(|error| error.detail().to_value())
    };
    assert_eq!(
        ask("ordering=-id,x,,-words,%00").await.unwrap_err(),
        serde_json::json!({"ordering": [
            "\"x\" is not a valid choice.",
            "\"-words\" is not a valid choice.",
            "\"\u{0}\" is not a valid choice.",
        ]})
    );
    assert!(ask("ordering=,name").await.is_ok());
    let many = format!("ordering={}", "x,".repeat(100_000));
    let errors = ask(&many).await.unwrap_err();
    assert_eq!(errors["ordering"].as_array().unwrap().len(), 10);
}

struct Ordered;

impl crate::FilterSet for Ordered {
    type Entity = Entity;

    fn filters() -> Filters<Entity> {
        let shelf = OrderingField::related::<shelf::Entity>(shelf::Column::Name);
        let order_by = crate::OrderBy::new()
            .term("shelf", shelf, sea_orm::Order::Desc)
            .term("name", Column::Name, sea_orm::Order::Asc)
            .default_order(
                OrderingField::column(Column::Description).nulls_first(),
                sea_orm::Order::Asc,
            );
        Filters::new().order_by(order_by)
    }
}

#[tokio::test]
async fn a_filter_set_orders_by_related_columns() {
    let backend = crate::RestflowFilterBackend::<Ordered>::new;
    assert!(FilterBackend::<Entity>::orders_by_expressions(&backend()));
    let url = "sqlite::memory:";
    assert_eq!(
        sql(backend(), "order_by=shelf,-name,-shelf", url).await,
        r#"ORDER BY (SELECT "ordering"."name" FROM "shelf" AS "ordering" WHERE "item"."shelf_id" = "ordering"."id") DESC, "item"."name" DESC"#
    );
    assert_eq!(
        sql(backend(), "", url).await,
        r#"ORDER BY "item"."description" ASC NULLS FIRST"#
    );
}

#[test]
fn columns_without_an_order_are_left_out_or_refused() {
    use crate::OrderBy;

    mod plan {
        use sea_orm::entity::prelude::*;

        #[sea_orm::model]
        #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
        #[sea_orm(table_name = "plan")]
        pub(crate) struct Model {
            #[sea_orm(primary_key)]
            pub(crate) id: i32,
            pub(crate) old: Json,
            #[sea_orm(column_type = "JsonBinary")]
            pub(crate) data: Json,
            #[sea_orm(column_type = "custom(\"point\")", select_as = "text")]
            pub(crate) place: String,
        }

        impl ActiveModelBehavior for ActiveModel {}
    }

    let all = OrderingFilter::<plan::Entity>::all();
    let [parameter] = FilterBackend::<plan::Entity>::parameters(&all)
        .try_into()
        .unwrap();
    let description = parameter.description.unwrap();
    assert!(description.contains("results: id, data;"), "{description}");
    let problem = |backend: &dyn Fn(DbBackend) -> Option<String>| {
        assert_eq!(backend(DbBackend::Sqlite), None);
        assert_eq!(backend(DbBackend::MySql), None);
        backend(DbBackend::Postgres)
    };
    assert_eq!(problem(&|database| all.misconfigured(database)), None);
    let named = OrderingFilter::<plan::Entity>::new([plan::Column::Id, plan::Column::Old]);
    let text = problem(&|database| named.misconfigured(database)).unwrap();
    assert!(text.contains("the column `plan.old`, whose type"), "{text}");
    let by_default = OrderingFilter::<plan::Entity>::new([plan::Column::Id])
        .default_order([(plan::Column::Place, sea_orm::Order::Asc)]);
    assert!(problem(&|database| by_default.misconfigured(database)).is_some());
    let filters = Filters::<plan::Entity>::new().order_by(OrderBy::new().term(
        "old",
        plan::Column::Old,
        sea_orm::Order::Asc,
    ));
    let text = problem(&|database| filters.misconfigured(database)).unwrap();
    assert!(
        text.starts_with("the parameter `order_by`: an ordering by"),
        "{text}"
    );
}

#[tokio::test]
async fn a_filter_without_a_view_is_an_error_on_the_wrong_database() {
    let db = Database::connect("sqlite::memory:").await.unwrap();
    let params = QueryParams::parse("tags__contains=a");
    let context = FilterContext::new(&params, &db);
    let filters = || {
        let tags = ArrayFilter::<Entity, String>::new("tags", Column::Tags);
        Filters::<Entity>::new().with(tags.pg_array())
    };
    let backends = FilterBackends::new().with(filters());
    let filters = filters();
    for _ in 0..2 {
        for result in [
            filters.filter_queryset(Entity::find(), &context).await,
            backends.filter_queryset(Entity::find(), &context).await,
            backends
                .clone()
                .filter_queryset(Entity::find(), &context)
                .await,
        ] {
            let error = result.unwrap_err();
            assert_eq!(error.status().as_u16(), 500);
            let text = format!("{error:?}");
            assert!(text.contains("the parameter `tags__contains`"), "{text}");
        }
    }
}

#[test]
#[should_panic(expected = "an ordering by `name` is allowed already")]
fn a_name_orders_one_way() {
    let _ = OrderingFilter::<Entity>::new([Column::Name]).field("name", Column::Id);
}

#[test]
#[should_panic(expected = "`order_by` has a term `name` already")]
fn a_term_orders_one_way() {
    let _ = crate::OrderBy::<Entity>::new()
        .term("name", Column::Name, sea_orm::Order::Asc)
        .term("name", Column::Id, sea_orm::Order::Asc);
}

#[tokio::test]
async fn a_default_ordering_alone_has_no_parameter() {
    let order_by = crate::OrderBy::new().default_order(Column::Name, sea_orm::Order::Desc);
    let filters = Filters::<Entity>::new().order_by(order_by);
    assert!(filters.parameters().is_empty());
    let sql = sql(filters, "order_by=id", "sqlite::memory:").await;
    assert!(sql.ends_with(r#"ORDER BY "item"."name" DESC"#), "{sql}");
}

#[test]
fn filters_of_arrays_can_be_required_and_check_their_values() {
    #[expect(clippy::ptr_arg, reason = "a validator gets what the filter reads")]
    fn short(tag: &String) -> Result<(), &'static str> {
        if tag.len() < 3 {
            Ok(())
        } else {
            Err("Too long.")
        }
    }
    let tags = || {
        ArrayFilter::<Entity, String>::new("tags", Column::Tags)
            .element()
            .pg_array()
            .len()
            .required()
            .validate(short)
            .without_negation()
            .separator("-")
    };
    let filters = Filters::<Entity>::new().with(tags());
    let names: Vec<_> = filters.parameters();
    let names: Vec<_> = names
        .iter()
        .map(|parameter| (&*parameter.name, parameter.required))
        .collect();
    assert_eq!(
        names,
        [
            ("tags", true),
            ("tags-contains", false),
            ("tags-overlaps", false),
            ("tags-contained_by", false),
            ("tags-len", false),
        ]
    );
    assert_eq!(
        read(tags(), "tags=long", DbBackend::Postgres).unwrap_err(),
        serde_json::json!(["Too long."])
    );
    assert_eq!(
        read(tags(), "tags-contains=a,long", DbBackend::Postgres).unwrap_err(),
        serde_json::json!({"1": ["Too long."]})
    );
    let color = || JsonPathFilter::<Entity, String>::new("color", Column::Data, "color");
    let color = || color().validate(short).exact().contains();
    assert!(read(color(), "color=long", DbBackend::Postgres).is_err());
    assert!(read(color(), "color__contains=long", DbBackend::Postgres).is_ok());
}

#[test]
#[should_panic(expected = "the filter `tags` is required and has no parameter of its own name")]
fn lookups_of_arrays_alone_are_not_required() {
    let tags = ArrayFilter::<Entity, String>::new("tags", Column::Tags).pg_array();
    let _ = Filters::<Entity>::new().with(tags.required());
}
