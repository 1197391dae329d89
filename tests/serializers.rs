//! What the attributes of serializers mean on the wire and in the document.

#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use std::collections::{BTreeMap, HashMap};

use poem::{
    Endpoint, Route,
    test::{TestClient, TestRequestBuilder},
};
use poem_openapi::OpenApiService;
use restflow::prelude::*;
use sea_orm::{ConnectionTrait, Database, PaginatorTrait};
use serde_json::{Value, json};

#[allow(unreachable_pub, reason = "as entities are written")]
mod event {
    use restflow::prelude::sea_orm::{self, entity::prelude::*};

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "event")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub title: String,
        pub room: String,
        pub seats: i32,
        pub starts_at: DateTimeUtc,
        pub ends_at: DateTimeUtc,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// When something takes place.
#[derive(Serializer)]
#[serializer(time_zone = "Europe/Berlin", validate = Self::check)]
struct Period {
    /// Inclusive.
    #[serializer(example = "2024-07-01T08:00:00Z".parse().unwrap())]
    starts_at: DateTimeUtc,
    ends_at: DateTimeUtc,
}

impl Period {
    fn check(data: &mut PeriodData, _: &Validation<'_>) -> Result<(), ErrorDetail> {
        match (data.starts_at, data.ends_at) {
            (Some(start), Some(end)) if end <= start => {
                Err(ErrorDetail::field("ends_at", "It ends before it starts."))
            }
            _ => Ok(()),
        }
    }
}

#[derive(ModelSerializer)]
#[serializer(entity = event::Entity, deny_unknown_fields, validate = Self::check)]
struct EventSerializer {
    #[serializer(read_only)]
    id: i32,
    #[serializer(validate = Self::check_title)]
    title: String,
    room: String,
    #[validate(range(min = 1, max = 500))]
    seats: i32,
    #[serializer(flatten)]
    period: Period,
    #[serializer(constant = "event")]
    kind: String,
    #[serializer(computed_many = count_rooms, key = "room")]
    in_this_room: i64,
    #[serializer(write_only, not_saved, required = false)]
    #[validate(length(min = 1, max = 2))]
    labels: BTreeMap<String, i32>,
}

impl EventSerializer {
    async fn check_title(title: &mut String, validation: &Validation<'_>) -> Result<()> {
        let same = event::Entity::find().filter(event::Column::Title.eq(&*title));
        match same.count(validation.context().db()).await? {
            0 => Ok(()),
            _ => Err(ApiError::validation("There is such an event.")),
        }
    }

    async fn check(data: &mut EventSerializerData, validation: &Validation<'_>) -> Result<()> {
        let event = data.merged(validation);
        if event.room.as_deref() == Some("attic") && event.seats > Some(10) {
            let mut errors = FieldErrors::new();
            errors.add("seats", "The attic has ten seats.");
            return Err(errors.into());
        }
        Ok(())
    }
}

async fn count_rooms(
    rooms: Vec<String>,
    context: &SerializerContext<'_>,
) -> Result<HashMap<String, i64>> {
    let events = event::Entity::find().filter(event::Column::Room.is_in(rooms));
    let mut counts = HashMap::new();
    for event in events.all(context.db()).await? {
        *counts.entry(event.room).or_default() += 1;
    }
    Ok(counts)
}

#[derive(ModelViewSet)]
struct EventViewSet;

impl ApiView for EventViewSet {}

impl GenericView for EventViewSet {
    type Entity = event::Entity;
    type Serializer = EventSerializer;
}

struct Events;

impl UrlConf for Events {
    fn urls() -> Urls {
        let mut router = SimpleRouter::new();
        router.register("events", EventViewSet);
        Urls::new().include("", router)
    }
}

async fn client() -> TestClient<impl Endpoint> {
    let mut options = ConnectOptions::new("sqlite::memory:");
    options.max_connections(1);
    let db = Database::connect(options).await.unwrap();
    let schema = sea_orm::Schema::new(db.get_database_backend());
    db.execute(&schema.create_table_from_entity(event::Entity))
        .await
        .unwrap();
    let api = OpenApiService::new(restflow::api::<Events>(db), "Events", "1.0");
    let document = api.spec_endpoint();
    TestClient::new(Route::new().at("/openapi.json", document).nest("/", api))
}

async fn json<E: Endpoint>(request: TestRequestBuilder<'_, E>) -> (u16, Value) {
    let response = request.send().await.0;
    let status = response.status().as_u16();
    let text = response.into_body().into_string().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::Null))
}

fn party() -> Value {
    json!({
        "title": "Party", "room": "hall", "seats": 50, "labels": {"a": 1},
        "starts_at": "2024-07-01T20:00:00", "ends_at": "2024-07-01T23:00:00Z",
    })
}

#[tokio::test]
async fn an_event_is_made_shown_and_changed() {
    let client = client().await;
    let (status, made) = json(client.post("/events/").body_json(&party())).await;
    let shown = json!({
        "id": 1, "title": "Party", "room": "hall", "seats": 50,
        "starts_at": "2024-07-01T20:00:00+02:00", "ends_at": "2024-07-02T01:00:00+02:00",
        "kind": "event", "in_this_room": 1,
    });
    assert_eq!((status, &made), (201, &shown));
    let (status, list) = json(client.get("/events/")).await;
    assert_eq!((status, list), (200, json!([shown])));

    // What was got may be sent back.
    let mut changed = shown.clone();
    changed["title"] = json!("Dance");
    let (status, answer) = json(client.put("/events/1/").body_json(&changed)).await;
    assert_eq!((status, answer), (200, changed));

    let table = [
        (json!({}), 200, Value::Null),
        (json!({"seats": 20}), 200, Value::Null),
        (
            json!({"room": "attic"}),
            400,
            json!({"seats": ["The attic has ten seats."]}),
        ),
        (json!({"room": "attic", "seats": 9}), 200, Value::Null),
        (
            json!({"seats": 11}),
            400,
            json!({"seats": ["The attic has ten seats."]}),
        ),
        (
            json!({"title": "Dance"}),
            400,
            json!({"title": ["There is such an event."]}),
        ),
        (
            json!({"seets": 1}),
            400,
            json!({"seets": ["Unknown field."]}),
        ),
    ];
    for (input, expected, errors) in table {
        let (status, body) = json(client.patch("/events/1/").body_json(&input)).await;
        assert_eq!(status, expected, "{input}: {body}");
        if expected == 400 {
            assert_eq!(body, errors, "{input}");
        }
    }
}

#[tokio::test]
async fn all_errors_come_at_once() {
    let client = client().await;
    json(client.post("/events/").body_json(&party())).await;
    let input = json!({
        "title": "Party", "room": "", "seats": 0, "size": 3, "labels": {},
        "starts_at": "2024-07-01T20:00:00", "ends_at": "2024-06-01T23:00:00Z",
    });
    let (status, errors) = json(client.post("/events/").body_json(&input)).await;
    let expected = json!({
        "title": ["There is such an event."],
        "room": ["This field may not be blank."],
        "seats": ["Ensure this value is greater than or equal to 1."],
        "ends_at": ["It ends before it starts."],
        "labels": ["Ensure this field has at least 1 elements."],
        "size": ["Unknown field."],
    });
    assert_eq!((status, errors), (400, expected));
    let form = client
        .post("/events/")
        .form(&[("title", "x"), ("size[0]", "1")]);
    let (status, errors) = json(form).await;
    assert_eq!((status, &errors["size"]), (400, &json!(["Unknown field."])));
}

#[tokio::test]
async fn the_document_says_what_is_taken() {
    let client = client().await;
    let (_, document) = json(client.get("/openapi.json")).await;
    let schemas = &document["components"]["schemas"];
    let nothing = json!({
        "description": "There are no other properties.",
        "allOf": [{"type": "boolean"}, {"type": "string"}],
    });
    for name in ["EventRequest", "PatchedEventRequest"] {
        assert_eq!(schemas[name]["additionalProperties"], nothing, "{name}");
    }
    let request = &schemas["EventRequest"]["properties"];
    let expected = json!({
        "type": "string", "format": "date-time", "description": "Inclusive.",
        "example": "2024-07-01T10:00:00+02:00",
    });
    assert_eq!(request["starts_at"], expected);
    let labels = json!({
        "type": "object", "minProperties": 1, "maxProperties": 2, "writeOnly": true,
        "additionalProperties": {"type": "integer", "minimum": -2147483648.0, "maximum": 2147483647.0},
    });
    let mut found = request["labels"].clone();
    found["additionalProperties"] = json!({
        "type": found["additionalProperties"]["type"],
        "minimum": -2147483648.0, "maximum": 2147483647.0,
    });
    assert_eq!(found, labels);
    let response = &schemas["Event"];
    assert_eq!(response["additionalProperties"], Value::Null);
    let kind = &response["properties"]["kind"];
    assert_eq!(
        (&kind["enum"], &kind["readOnly"]),
        (&json!(["event"]), &json!(true))
    );
}

mod misfit {
    use restflow::prelude::*;

    use super::event;

    #[derive(Serializer)]
    struct Weight {
        #[serializer(read_only)]
        weight: i32,
    }

    #[derive(ModelSerializer)]
    #[serializer(entity = event::Entity)]
    struct ParcelSerializer {
        #[serializer(flatten)]
        weight: Weight,
    }

    #[derive(ReadOnlyModelViewSet)]
    struct ParcelViewSet;

    impl ApiView for ParcelViewSet {}

    impl GenericView for ParcelViewSet {
        type Entity = event::Entity;
        type Serializer = ParcelSerializer;
    }

    struct Parcels;

    impl UrlConf for Parcels {
        fn urls() -> Urls {
            let mut router = SimpleRouter::new();
            router.register("parcels", ParcelViewSet);
            Urls::new().include("", router)
        }
    }

    #[test]
    #[should_panic(expected = "has no column `weight`")]
    fn a_flattened_column_that_is_not_there_stops_the_start() {
        let _ = OpenApiService::new(
            restflow::api::<Parcels>(DatabaseConnection::default()),
            "Parcels",
            "1.0",
        );
    }
}
