//! What a filter set can declare: chosen columns, paths, functions, kinds of values.

use restflow_exceptions::Result;
use restflow_fields::{FieldKind, MultipleChoice};
use restflow_macros::FilterSet;
use sea_orm::sea_query::{Expr, ExprTrait, IntoCondition, SimpleExpr};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectOptions, Database, DatabaseConnection,
    DbBackend, EntityTrait, Linked, QueryFilter, QueryOrder, QuerySelect, RelationDef,
    RelationTrait, Schema, Select,
};

use crate::{
    ColumnFilter, ConditionFilter, FilterBackends, FilterContext, FilterSet, Filters, One, OrderBy,
    Path, QueryParams, RowFilter, Seconds, lookups,
};

mod genre {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "genre")]
    pub(crate) struct Model {
        #[sea_orm(primary_key)]
        pub(crate) id: i32,
        pub(crate) name: String,
        pub(crate) parent_id: Option<i32>,
        #[sea_orm(
            self_ref,
            relation_enum = "Parent",
            relation_reverse = "Children",
            from = "parent_id",
            to = "id"
        )]
        pub(crate) parent: HasOne<Entity>,
        #[sea_orm(self_ref, relation_enum = "Children", relation_reverse = "Parent")]
        pub(crate) children: HasMany<Entity>,
        #[sea_orm(has_many)]
        pub(crate) films: HasMany<super::film::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod person {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "person")]
    pub(crate) struct Model {
        #[sea_orm(primary_key)]
        pub(crate) id: i32,
        pub(crate) name: String,
        pub(crate) email: String,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod film {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "film")]
    pub(crate) struct Model {
        #[sea_orm(primary_key)]
        pub(crate) id: i32,
        pub(crate) title: String,
        pub(crate) length: i64,
        pub(crate) stars: Option<i32>,
        pub(crate) rating: super::Rating,
        pub(crate) server: String,
        pub(crate) genre_id: i32,
        pub(crate) director_id: i32,
        pub(crate) writer_id: Option<i32>,
        #[sea_orm(belongs_to, from = "genre_id", to = "id")]
        pub(crate) genre: HasOne<super::genre::Entity>,
        #[sea_orm(
            belongs_to,
            relation_enum = "Director",
            from = "director_id",
            to = "id"
        )]
        pub(crate) director: HasOne<super::person::Entity>,
        #[sea_orm(belongs_to, relation_enum = "Writer", from = "writer_id", to = "id")]
        pub(crate) writer: HasOne<super::person::Entity>,
        #[sea_orm(has_many)]
        pub(crate) showings: HasMany<super::showing::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod showing {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "showing")]
    pub(crate) struct Model {
        #[sea_orm(primary_key)]
        pub(crate) id: i32,
        pub(crate) film_id: i32,
        pub(crate) opens_at: DateTimeUtc,
        #[sea_orm(belongs_to, from = "film_id", to = "id")]
        pub(crate) film: HasOne<super::film::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

#[derive(Debug, Clone, Copy, PartialEq, sea_orm::EnumIter, sea_orm::DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub(crate) enum Rating {
    #[sea_orm(string_value = "g")]
    General,
    #[sea_orm(string_value = "r")]
    Restricted,
}

impl restflow_fields::Choices for Rating {
    fn options() -> &'static [restflow_fields::ChoiceOption] {
        use restflow_fields::ChoiceOption;
        const {
            &[
                ChoiceOption::text("g", "General"),
                ChoiceOption::text("r", "Restricted"),
            ]
        }
    }

    fn position(&self) -> usize {
        *self as usize
    }

    fn from_position(position: usize) -> Option<Self> {
        [Self::General, Self::Restricted].into_iter().nth(position)
    }
}

/// The writer, one of two relations to persons.
struct Writer;

impl Linked for Writer {
    type FromEntity = film::Entity;
    type ToEntity = person::Entity;

    fn link(&self) -> Vec<RelationDef> {
        vec![film::Relation::Writer.def()]
    }
}

/// The genre above.
struct Parent;

impl Linked for Parent {
    type FromEntity = genre::Entity;
    type ToEntity = genre::Entity;

    fn link(&self) -> Vec<RelationDef> {
        vec![genre::Relation::Parent.def()]
    }
}

/// 1 drama, 2 tragedy below drama, 3 comedy; films 1 to 4; showings of the films 1, 1, 2 and 4.
async fn database() -> DatabaseConnection {
    let mut options = ConnectOptions::new("sqlite::memory:");
    options.max_connections(1);
    let db = Database::connect(options).await.unwrap();
    let schema = Schema::new(DbBackend::Sqlite);
    for table in [
        schema.create_table_from_entity(genre::Entity),
        schema.create_table_from_entity(person::Entity),
        schema.create_table_from_entity(film::Entity),
        schema.create_table_from_entity(showing::Entity),
    ] {
        use sea_orm::ConnectionTrait;
        db.execute(&table).await.unwrap();
    }
    let genres = [
        (1, "drama", None),
        (2, "tragedy", Some(1)),
        (3, "comedy", None),
    ];
    let genres = genres.map(|(id, name, parent_id)| genre::ActiveModel {
        id: Set(id),
        name: Set(name.to_owned()),
        parent_id: Set(parent_id),
    });
    genre::Entity::insert_many(genres).exec(&db).await.unwrap();
    let people = [(1, "Ann", "ann@example.com"), (2, "Bo", "bo@example.org")];
    let people = people.map(|(id, name, email)| person::ActiveModel {
        id: Set(id),
        name: Set(name.to_owned()),
        email: Set(email.to_owned()),
    });
    person::Entity::insert_many(people).exec(&db).await.unwrap();
    let films = [
        (1, "Lear", 9000, Some(5), Rating::General, "::1", 2, 1, None),
        (
            2,
            "Hamlet",
            14400,
            None,
            Rating::Restricted,
            "10.0.0.1",
            2,
            2,
            Some(1),
        ),
        (
            3,
            "Ghosts",
            5400,
            Some(3),
            Rating::Restricted,
            "10.0.0.2",
            1,
            1,
            Some(2),
        ),
        (
            4,
            "Twelfth Night",
            7200,
            Some(4),
            Rating::General,
            "::1",
            3,
            2,
            Some(2),
        ),
    ];
    let films = films.map(|film| film::ActiveModel {
        id: Set(film.0),
        title: Set(film.1.to_owned()),
        length: Set(film.2),
        stars: Set(film.3),
        rating: Set(film.4),
        server: Set(film.5.to_owned()),
        genre_id: Set(film.6),
        director_id: Set(film.7),
        writer_id: Set(film.8),
    });
    film::Entity::insert_many(films).exec(&db).await.unwrap();
    let showings = [(1, 1), (2, 1), (3, 2), (4, 4)].map(|(id, film_id)| showing::ActiveModel {
        id: Set(id),
        film_id: Set(film_id),
        opens_at: Set(format!("2024-0{id}-01T20:00:00Z").parse().unwrap()),
    });
    showing::Entity::insert_many(showings)
        .exec(&db)
        .await
        .unwrap();
    db
}

/// Films with few characters in their titles.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ShorterThan;

impl lookups::Lookup<String> for ShorterThan {
    const NAME: &'static str = "shorter_than";
    const DESCRIPTION: &'static str = "is shorter than";
    type Input = One<i32>;

    fn condition<C: ColumnTrait>(column: C, One(most): One<i32>, _: DbBackend) -> SimpleExpr {
        Expr::expr(sea_orm::sea_query::Func::char_length(column.into_expr())).lt(most)
    }
}

fn titled(stars: &i32) -> std::result::Result<(), &'static str> {
    match stars {
        0..=5 => Ok(()),
        _ => Err("There are five stars at most."),
    }
}

#[derive(FilterSet)]
#[filterset(
    crate = "crate",
    entity = film::Entity,
    fields(
        title(lookups(text, ShorterThan, min(lookup = ShorterThan, help_text = "Few letters"))),
        stars(lookups(min(lookup = gte, help_text = "Least stars"), max = lte), validate = titled),
        rating(lookups(all)),
        id,
    ),
    related(genre = genre::Entity, fields(name(lookups(in)), id)),
    related(genre__parent = (genre::Entity, linked(Parent)), fields(name)),
    order_by(title, newest(column = -id, label = "Newest first")),
    default_order = "id",
    preprocessors(Self::not_the_ghost),
    postprocessors(Self::at_most_three, Self::at_most_two)
)]
struct FilmFilterSet {
    /// How long it is.
    #[filter(lookups(comparison))]
    length: Seconds,
    /// Declared here, so that it is not the chosen column.
    #[filter(column = "id")]
    id: Vec<i32>,
    #[filter(column = "rating", rename = "ratings")]
    ratings: MultipleChoice<Rating>,
    #[filter(ip, lookups(startswith))]
    server: String,
    #[filter(related(linked(Writer)), column = "email", email, lookups(icontains))]
    writer_email: String,
    #[filter(related(linked(Writer)), rename = "writer")]
    writer: i32,
    #[filter(filter_by = "title__icontains")]
    q: String,
    #[filter(filter_by = long_or_good)]
    worthwhile: i32,
    #[filter(method = Self::early)]
    early: bool,
    #[filter(method = Self::late)]
    late: bool,
}

/// At least so long in minutes, or with as many stars.
fn long_or_good(least: i32) -> Condition {
    Condition::any()
        .add(film::Column::Length.gte(i64::from(least) * 60))
        .add(film::Column::Stars.gte(least))
}

type Films = Select<film::Entity>;

impl FilmFilterSet {
    fn not_the_ghost(films: Films, _context: &FilterContext<'_>) -> Result<Films> {
        Ok(films.filter(film::Column::Title.ne("Ghosts")))
    }

    async fn at_most_three(films: Films, _context: &FilterContext<'_>) -> Result<Films> {
        Ok(films.limit(3))
    }

    fn at_most_two(films: Films, context: &FilterContext<'_>) -> Result<Films> {
        Ok(if context.params.contains("two") {
            films.limit(2)
        } else {
            films
        })
    }

    fn early(early: bool, _context: &FilterContext<'_>) -> Result<Condition> {
        Ok(film::Column::Id.lt(2).eq(early).into_condition())
    }

    async fn late(late: bool, context: &FilterContext<'_>) -> Result<Condition> {
        let last = film::Entity::find()
            .order_by_desc(film::Column::Id)
            .one(context.db)
            .await?;
        let last = last.map_or(0, |film| film.id);
        Ok(film::Column::Id.eq(last).eq(late).into_condition())
    }
}

async fn ids(
    db: &DatabaseConnection,
    query: &str,
    filter: impl AsyncFn(Films, &FilterContext<'_>) -> Result<Films>,
) -> Result<Vec<i32>> {
    let params = QueryParams::parse(query);
    let context = FilterContext::new(&params, db);
    let films = filter(film::Entity::find(), &context).await?;
    let films = films.all(db).await?;
    Ok(films.into_iter().map(|film| film.id).collect())
}

/// What a filter set answers: ids of films, or the body of the 400.
async fn check<F: FilterSet<Entity = film::Entity>>(cases: &[(&str, &[i32])]) {
    let db = database().await;
    for (query, expected) in cases {
        let found = ids(&db, query, async |films, context| {
            F::filter_queryset(films, context).await
        });
        assert_eq!(found.await.unwrap(), *expected, "?{query}");
    }
}

#[tokio::test]
async fn columns_paths_and_functions_filter_together() {
    check::<FilmFilterSet>(&[
        ("", &[1, 2, 4]),
        ("two=1", &[1, 2]),
        ("title=Lear", &[1]),
        ("title__shorter_than=5", &[1]),
        ("title__min=7", &[1, 2]),
        ("title__min!=7", &[4]),
        ("stars=5", &[1]),
        ("stars__min=4", &[1, 4]),
        ("stars__max!=4", &[1, 2]),
        ("rating=g", &[1, 4]),
        ("rating__in=g,r", &[1, 2, 4]),
        ("rating__isnull=true", &[]),
        ("ratings=g,g", &[1, 4]),
        ("ratings=g&ratings=r", &[1, 2, 4]),
        ("ratings=", &[]),
        ("ratings!=g", &[2]),
        ("id=1,4", &[1, 4]),
        ("genre__name=tragedy", &[1, 2]),
        ("genre__name!=tragedy", &[4]),
        ("genre__name__in=comedy,tragedy", &[1, 2, 4]),
        ("genre__id=3", &[4]),
        ("genre__parent__name=drama", &[1, 2]),
        ("genre__parent__name!=drama", &[4]),
        ("length=02:00:00", &[4]),
        ("length__gt=PT2H", &[1, 2]),
        ("server=0:0:0:0:0:0:0:1", &[1, 4]),
        ("server__startswith=10.0", &[2]),
        ("writer=2", &[4]),
        ("writer!=2", &[1, 2]),
        ("writer_email=ann@example.com", &[2]),
        ("writer_email__icontains=example.O", &[4]),
        ("q=E", &[1, 2, 4]),
        ("q=AM", &[2]),
        ("q!=AM", &[1, 4]),
        ("worthwhile=200", &[2]),
        ("worthwhile!=200", &[1, 4]),
        ("worthwhile=5", &[1, 2, 4]),
        ("early=true", &[1]),
        ("early=false", &[2, 4]),
        ("late=true", &[4]),
        ("early=", &[1, 2, 4]),
        ("order_by=newest", &[4, 2, 1]),
        ("order_by=-title", &[4, 1, 2]),
        ("unknown=1&genre__name=tragedy&early=false", &[2]),
    ])
    .await;
}

#[tokio::test]
async fn all_errors_are_told_under_their_names() {
    let db = database().await;
    let query = "stars=6&stars__min=7&rating=x&rating__in=g,x&ratings=x,y&server=10&server__startswith=10\
                 &writer_email=ann&writer_email__icontains=ann&length=soon&q=&worthwhile=x&late=maybe";
    let error = ids(&db, query, async |films, context| {
        FilmFilterSet::filter_queryset(films, context).await
    });
    let body = error.await.unwrap_err().detail().to_value();
    assert_eq!(
        body,
        serde_json::json!({
            "length": ["Duration has wrong format. Use one of these formats instead: [DD] [HH:[MM:]]ss[.uuuuuu]."],
            "ratings": ["\"x\" is not a valid choice."],
            "server": ["Enter a valid IPv4 or IPv6 address."],
            "writer_email": ["Enter a valid email address."],
            "worthwhile": ["A valid integer is required."],
            "late": ["Must be a valid boolean."],
            "stars": ["There are five stars at most."],
            "stars__min": ["There are five stars at most."],
            "rating": ["\"x\" is not a valid choice."],
            "rating__in": {"1": ["\"x\" is not a valid choice."]},
        })
    );
}

#[tokio::test]
async fn parameters_can_be_left_out_of_one_call() {
    let db = database().await;
    let ignoring = async |films: Films, context: &FilterContext<'_>| {
        let context = context.ignoring(&["title", "order_by"]);
        let filtered = FilmFilterSet::filter_queryset(films, &context).await;
        assert!(!context.ignores("title__icontains"));
        filtered
    };
    let query = "title=Lear&order_by=newest&early=false";
    assert_eq!(ids(&db, query, ignoring).await.unwrap(), [2, 4]);
    assert!(ids(&db, "order_by=nothing", ignoring).await.is_err());
}

#[derive(FilterSet)]
#[filterset(
    crate = "crate",
    entity = film::Entity,
    extends = FilmFilterSet,
    operator = "or",
    postprocessors(keep)
)]
struct ExtendedFilterSet {
    #[filter(filter_by = "title__startswith", rename = "q")]
    starts: String,
    #[filter(required, allow_negate = false)]
    stars: i32,
}

fn keep(films: Films, _context: &FilterContext<'_>) -> Result<Films> {
    Ok(films)
}

#[tokio::test]
async fn a_filter_set_extends_another_one() {
    check::<ExtendedFilterSet>(&[
        // The method's condition is one of the alternatives.
        ("stars=5&q=Twe", &[1, 4]),
        ("stars=3&early=true&late=true", &[1, 4]),
        ("stars=4&stars__min=5", &[1, 4]),
        (
            "stars=4&genre__parent__name=drama&order_by=newest",
            &[4, 2, 1],
        ),
    ])
    .await;
    let db = database().await;
    let error = ids(&db, "", async |films, context| {
        ExtendedFilterSet::filter_queryset(films, context).await
    });
    assert_eq!(
        error.await.unwrap_err().detail().to_value(),
        serde_json::json!({"stars": ["This field is required."]})
    );
    let parameters = ExtendedFilterSet::filters().parameters();
    let named = |name: &str| {
        parameters
            .iter()
            .filter(|parameter| parameter.name == name)
            .count()
    };
    assert_eq!(
        [
            named("q"),
            named("stars"),
            named("length"),
            named("order_by")
        ],
        [1, 1, 1, 1]
    );
}

#[tokio::test]
async fn paths_go_over_several_relations() {
    let db = database().await;
    let genre = Path::<showing::Entity>::new()
        .to::<film::Entity>()
        .to::<genre::Entity>();
    let filters = Filters::new()
        .field(
            ColumnFilter::<_, String, _>::along(&genre, "genre", genre::Column::Name)
                .exact()
                .lookup(lookups::In),
        )
        .field(
            ColumnFilter::<_, String, _>::along(
                &genre.linked(&Parent),
                "above",
                genre::Column::Name,
            )
            .exact(),
        );
    for (query, expected) in [
        ("genre=tragedy", vec![1, 2, 3]),
        ("genre!=tragedy", vec![4]),
        ("genre__in=comedy,drama", vec![4]),
        ("above=drama", vec![1, 2, 3]),
        ("above!=drama", vec![4]),
    ] {
        let params = QueryParams::parse(query);
        let context = FilterContext::new(&params, &db);
        let showings = filters
            .filter_queryset(showing::Entity::find(), &context)
            .await;
        let showings = showings.unwrap().all(&db).await.unwrap();
        let found: Vec<_> = showings.into_iter().map(|showing| showing.id).collect();
        assert_eq!(found, expected, "?{query}");
    }
}

#[tokio::test]
async fn an_inline_filter_set_and_a_row_filter_are_backends() {
    fn only_tragedies(_context: &FilterContext<'_>) -> Result<Condition> {
        Ok(film::Column::GenreId.eq(2).into_condition())
    }
    async fn not_the_first(context: &FilterContext<'_>) -> Result<Condition> {
        let first = film::Entity::find().one(context.db).await?;
        let condition = first.map(|film| film::Column::Id.ne(film.id));
        Ok(Condition::all().add_option(condition))
    }
    let db = database().await;
    let backends = FilterBackends::new()
        .with(RowFilter::new(only_tragedies))
        .with(
            Filters::new()
                .field(
                    ColumnFilter::new("stars", film::Column::Stars)
                        .typed_as(|film: &film::Model| &film.stars)
                        .exact()
                        .all_lookups(),
                )
                .condition(ConditionFilter::list("any_of", |ids: Vec<i32>| {
                    film::Column::Id.is_in(ids)
                }))
                .order_by(OrderBy::new().term("id", film::Column::Id, sea_orm::Order::Desc)),
        );
    let filter = async |films: Films, context: &FilterContext<'_>| {
        backends.filter_queryset(films, context).await
    };
    assert_eq!(ids(&db, "", filter).await.unwrap(), [1, 2]);
    assert_eq!(ids(&db, "order_by=id", filter).await.unwrap(), [2, 1]);
    assert_eq!(ids(&db, "stars__lte=5", filter).await.unwrap(), [1]);
    assert_eq!(ids(&db, "any_of=1,3,4", filter).await.unwrap(), [1]);
    assert_eq!(ids(&db, "any_of!=1,3,4", filter).await.unwrap(), [2]);
    let hidden = FilterBackends::new().with(RowFilter::new(not_the_first));
    let filter = async |films: Films, context: &FilterContext<'_>| {
        hidden.filter_queryset(films, context).await
    };
    assert_eq!(ids(&db, "", filter).await.unwrap(), [2, 3, 4]);
}

/// The films of the list, each in a condition of its own.
fn one_of_them(ids: Vec<i32>) -> Condition {
    let ids = ids.into_iter();
    ids.fold(Condition::any(), |any, id| any.add(film::Column::Id.eq(id)))
}

#[tokio::test]
async fn an_empty_any_finds_no_row() {
    fn nobody(_context: &FilterContext<'_>) -> Result<Condition> {
        Ok(Condition::any())
    }
    fn by_method(ids: Vec<i32>, _context: &FilterContext<'_>) -> Result<Condition> {
        Ok(one_of_them(ids))
    }
    let db = database().await;
    let filters = || {
        Filters::<film::Entity>::new()
            .condition(ConditionFilter::list("by", one_of_them))
            .condition(ConditionFilter::list("not_by", |ids| {
                one_of_them(ids).not()
            }))
            .condition(ConditionFilter::list("any", |_ids: Vec<i32>| {
                Condition::all()
            }))
            .method(crate::MethodFilter::list("method", by_method))
    };
    let backends = FilterBackends::new().with(filters());
    let or = FilterBackends::new().with(filters().operator(crate::Operator::Or));
    for (query, all, one) in [
        ("by=", &[][..], &[][..]),
        ("by=1", &[1], &[1]),
        ("by!=", &[1, 2, 3, 4], &[1, 2, 3, 4]),
        ("not_by=", &[1, 2, 3, 4], &[1, 2, 3, 4]),
        ("not_by!=", &[], &[]),
        ("method=", &[], &[]),
        ("any=", &[1, 2, 3, 4], &[1, 2, 3, 4]),
        ("any!=", &[1, 2, 3, 4], &[1, 2, 3, 4]),
        ("by=&method=2", &[], &[2]),
    ] {
        for (backends, expected) in [(&backends, all), (&or, one)] {
            let filter = async |films: Films, context: &FilterContext<'_>| {
                backends.filter_queryset(films, context).await
            };
            assert_eq!(ids(&db, query, filter).await.unwrap(), expected, "?{query}");
        }
    }
    let hidden = FilterBackends::new()
        .with(RowFilter::new(nobody))
        .with(filters());
    let filter = async |films: Films, context: &FilterContext<'_>| {
        hidden.filter_queryset(films, context).await
    };
    for query in ["", "by=1", "by!=", "any="] {
        assert_eq!(
            ids(&db, query, filter).await.unwrap(),
            [0i32; 0],
            "?{query}"
        );
    }
}

#[test]
#[should_panic(expected = "film::Entity` has two parameters of the name `title__gt`")]
fn two_parameters_of_one_name_are_refused() {
    let _ = Filters::<film::Entity>::new()
        .field(ColumnFilter::<_, String, _>::new("title", film::Column::Title).lookup(lookups::Gt))
        .condition(ConditionFilter::new("title__gt", |title: String| {
            film::Column::Title.gt(title)
        }));
}

#[test]
#[should_panic(expected = "has two parameters of the name `sort`")]
fn a_filter_is_not_named_as_the_ordering() {
    let _ = Filters::<film::Entity>::new()
        .order_by(OrderBy::new().param("sort").term(
            "title",
            film::Column::Title,
            sea_orm::Order::Asc,
        ))
        .field(ColumnFilter::<_, String, _>::new("sort", film::Column::Title).exact());
}

#[test]
#[should_panic(expected = "the filter `title`: the pattern `(` does not compile")]
fn a_pattern_that_does_not_compile_is_refused() {
    let _ = ColumnFilter::<film::Entity, String, _>::new("title", film::Column::Title)
        .options(|options| options.format = Some(restflow_fields::TextFormat::Regex("(")));
}

#[test]
fn parameters_are_described() {
    let parameters = FilmFilterSet::filters().parameters();
    let describe = |name: &str| {
        let parameter = parameters.iter().find(|parameter| parameter.name == name);
        let parameter = parameter.unwrap_or_else(|| panic!("{name}"));
        (parameter.info.kind, parameter.description.as_deref())
    };
    for (name, kind, description) in [
        ("length", FieldKind::Duration, Some("How long it is.")),
        (
            "length!",
            FieldKind::Duration,
            Some("exclude where length - How long it is."),
        ),
        (
            "length__gte",
            FieldKind::Duration,
            Some("How long it is. (Inclusive Lower Bound)"),
        ),
        (
            "length__gte!",
            FieldKind::Duration,
            Some("exclude where How long it is. (Inclusive Lower Bound)"),
        ),
        ("title", FieldKind::String, None),
        (
            "title__icontains",
            FieldKind::String,
            Some("title contains (case-insensitive)"),
        ),
        ("title__min", FieldKind::Integer, Some("Few letters")),
        (
            "title__min!",
            FieldKind::Integer,
            Some("exclude where Few letters"),
        ),
        (
            "title__shorter_than",
            FieldKind::Integer,
            Some("title is shorter than"),
        ),
        ("stars__min", FieldKind::Integer, Some("Least stars")),
        (
            "stars__max",
            FieldKind::Integer,
            Some("stars is less than or equal to"),
        ),
        ("rating", FieldKind::Choice, None),
        ("rating__in", FieldKind::List, Some("rating is one of")),
        ("rating__isnull", FieldKind::Boolean, Some("rating is null")),
        ("ratings", FieldKind::MultipleChoice, None),
        ("server", FieldKind::Ip, None),
        (
            "server__startswith",
            FieldKind::String,
            Some("server starts with"),
        ),
        ("writer_email", FieldKind::Email, None),
        (
            "writer_email__icontains",
            FieldKind::String,
            Some("writer_email contains (case-insensitive)"),
        ),
        ("genre__name", FieldKind::String, None),
        (
            "worthwhile!",
            FieldKind::Integer,
            Some("exclude where worthwhile"),
        ),
    ] {
        assert_eq!(describe(name), (kind, description), "{name}");
    }
    let order_by = parameters.last().unwrap();
    let labels: Vec<_> = order_by
        .info
        .choices
        .iter()
        .map(|choice| &*choice.display_name)
        .collect();
    assert_eq!(
        labels,
        [
            "Title (Ascending)",
            "Title (Descending)",
            "Newest first (Ascending)",
            "Newest first (Descending)"
        ]
    );
}

#[test]
fn paths_are_nested_exists_and_self_relations_are_in() {
    let path = Path::<film::Entity>::new()
        .to::<genre::Entity>()
        .linked(&Parent);
    let wrap = path.wrap.unwrap();
    let condition = wrap(genre::Column::Name.eq("drama"));
    let sql =
        sea_orm::QueryTrait::build(&film::Entity::find().filter(condition), DbBackend::Sqlite);
    let sql = sql.to_string();
    assert_eq!(
        sql.split_once(" WHERE ").unwrap().1,
        r#"EXISTS(SELECT 1 FROM "genre" WHERE "genre"."parent_id" IS NOT NULL AND "genre"."parent_id" IN (SELECT "genre"."id" FROM "genre" WHERE "genre"."id" IS NOT NULL AND "genre"."name" = 'drama') AND "film"."genre_id" = "genre"."id")"#
    );
}

/// The genre above, unless it is hidden: of the name of the one below, say.
struct VisibleParent;

impl Linked for VisibleParent {
    type FromEntity = genre::Entity;
    type ToEntity = genre::Entity;

    fn link(&self) -> Vec<RelationDef> {
        let parent = genre::Relation::Parent.def();
        vec![parent.on_condition(|below, above| {
            let name = |table| Expr::col((table, genre::Column::Name));
            name(above.clone())
                .ne(name(below))
                .and(name(above).ne("hidden"))
                .into_condition()
        })]
    }
}

#[tokio::test]
async fn a_self_relation_keeps_the_condition_of_its_own() {
    use sea_orm::ConnectionTrait;

    let db = database().await;
    let path = Path::<film::Entity>::new()
        .to::<genre::Entity>()
        .linked(&VisibleParent);
    let filters = Filters::new()
        .field(ColumnFilter::<_, i32, _>::along(&path, "parent", genre::Column::Id).exact());
    let twice =
        ColumnFilter::<_, i32, _>::along(&path.linked(&VisibleParent), "twice", genre::Column::Id);
    let filters = FilterBackends::new().with(filters.field(twice.exact()));
    let filter = async |films: Films, context: &FilterContext<'_>| {
        filters.filter_queryset(films, context).await
    };
    let rename = async |id: i32, name: &str| {
        let statement = format!("UPDATE genre SET name = '{name}' WHERE id = {id}");
        db.execute_unprepared(&statement).await.unwrap();
    };
    assert_eq!(ids(&db, "parent=1", filter).await.unwrap(), [1, 2]);
    assert_eq!(ids(&db, "parent=2", filter).await.unwrap(), [0i32; 0]);
    rename(1, "hidden").await;
    assert_eq!(ids(&db, "parent=1", filter).await.unwrap(), [0i32; 0]);
    assert_eq!(ids(&db, "parent!=1", filter).await.unwrap(), [1, 2, 3, 4]);
    rename(1, "tragedy").await;
    assert_eq!(ids(&db, "parent=1", filter).await.unwrap(), [0i32; 0]);
    rename(1, "drama").await;
    let above = "UPDATE genre SET parent_id = 3 WHERE id = 1";
    db.execute_unprepared(above).await.unwrap();
    assert_eq!(ids(&db, "twice=3", filter).await.unwrap(), [1, 2]);
    rename(3, "hidden").await;
    assert_eq!(ids(&db, "twice=3", filter).await.unwrap(), [0i32; 0]);
}

#[tokio::test]
async fn settings_apply_to_the_lookups_before_them() {
    let db = database().await;
    let filters = Filters::<film::Entity>::new().field(
        ColumnFilter::<_, i32, _>::new("stars", film::Column::Stars)
            .exact()
            .lookup(lookups::Gte)
            .required()
            .validate(titled)
            .options(|options| options.max_value = Some(4.into()))
            .without_negation()
            .separator("_")
            .help_text("How good it is."),
    );
    let names: Vec<_> = filters.parameters();
    let told = names.iter().map(|parameter| {
        let description = parameter.description.as_deref().unwrap_or_default();
        (&*parameter.name, parameter.required, description)
    });
    assert_eq!(
        told.collect::<Vec<_>>(),
        [
            ("stars", true, "How good it is."),
            (
                "stars_gte",
                false,
                "How good it is. (Inclusive Lower Bound)"
            ),
        ]
    );
    let filter = async |films: Films, context: &FilterContext<'_>| {
        filters.filter_queryset(films, context).await
    };
    assert_eq!(ids(&db, "stars=4", filter).await.unwrap(), [4]);
    for query in ["", "stars=5", "stars=-1", "stars=4&stars_gte=5"] {
        assert!(ids(&db, query, filter).await.is_err(), "?{query}");
    }
}

#[test]
#[should_panic(expected = "the filter `stars` is required and has no parameter of its own name")]
fn a_filter_of_lookups_is_not_required() {
    let stars = ColumnFilter::<_, i32, _>::new("stars", film::Column::Stars).lookup(lookups::Gte);
    let _ = Filters::<film::Entity>::new().field(stars.required());
}

#[test]
#[should_panic(expected = "the type of the filter `title` ignores `min_value` and `max_value`")]
fn a_chosen_column_has_limits_of_its_type() {
    #[derive(FilterSet)]
    #[filterset(crate = "crate", entity = film::Entity, fields(title(min_value = 3)))]
    struct WrongLimit;

    let _ = WrongLimit::filters();
}
