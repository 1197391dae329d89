//! Code that blocks does not hold up other requests, wherever it stands.

#![allow(clippy::unwrap_used, missing_docs, unreachable_pub, reason = "tests")]

use std::{
    sync::{LazyLock, Mutex, mpsc},
    time::Duration,
};

use poem::test::TestClient;
use restflow::{
    fields::{FieldInfo, Parameter},
    pagination::{Page, PageQuery, PageRequest},
    prelude::*,
};
use sea_orm::Select;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

mod note {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "note")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

#[derive(ModelSerializer)]
#[serializer(entity = note::Entity)]
struct NoteSerializer {
    id: i32,
}

/// A step that has begun to block, and the way to let it go on.
struct Blocked {
    step: &'static str,
    release: mpsc::Sender<()>,
}

struct Announcements {
    sender: UnboundedSender<Blocked>,
    receiver: Mutex<Option<UnboundedReceiver<Blocked>>>,
}

static ANNOUNCEMENTS: LazyLock<Announcements> = LazyLock::new(|| {
    let (sender, receiver) = unbounded_channel();
    Announcements {
        sender,
        receiver: Mutex::new(Some(receiver)),
    }
});

/// Blocks its thread until the test lets it go on. On the event loop nobody could.
fn block(step: &'static str) {
    let (release, released) = mpsc::channel();
    let blocked = Blocked { step, release };
    ANNOUNCEMENTS.sender.send(blocked).ok().unwrap();
    let released = released.recv_timeout(Duration::from_secs(20));
    released.expect("the event loop stands still");
}

struct SlowLogin;

impl Authentication for SlowLogin {
    async fn authenticate(&self, _request: &Request) -> Result<Option<Authenticated>> {
        blocking(|| block("authenticator")).await;
        Ok(None)
    }
}

struct SlowRule;

impl Permission for SlowRule {
    async fn has_permission(&self, _request: &Request) -> Result<bool> {
        blocking(|| block("permission")).await;
        Ok(true)
    }
}

struct SlowThrottle;

impl Throttle for SlowThrottle {
    async fn allow_request(&self, _request: &Request) -> Result<ThrottleDecision> {
        blocking(|| block("throttle")).await;
        Ok(ThrottleDecision::Allowed)
    }
}

struct SlowFilter;

impl FilterBackend<note::Entity> for SlowFilter {
    async fn filter_queryset(
        &self,
        select: Select<note::Entity>,
        _context: &FilterContext<'_>,
    ) -> Result<Select<note::Entity>> {
        blocking(|| block("filter backend")).await;
        Ok(select)
    }
}

struct SlowPages(PageNumberPagination);

impl Pagination for SlowPages {
    async fn paginate(&self, query: PageQuery<'_>, request: &PageRequest<'_>) -> Result<Page> {
        blocking(|| block("paginator")).await;
        self.0.paginate(query, request).await
    }

    fn parameters(&self) -> Vec<Parameter> {
        self.0.parameters()
    }

    fn envelope_schema(&self) -> Vec<FieldInfo> {
        self.0.envelope_schema()
    }
}

#[derive(ViewSet, ListModelMixin)]
struct SlowViewSet;

impl ApiView for SlowViewSet {
    fn authentication_classes(&self) -> Authenticators {
        SlowLogin.into()
    }

    fn permission_classes(&self) -> Permissions {
        SlowRule.into()
    }

    fn throttle_classes(&self) -> Throttles {
        SlowThrottle.into()
    }
}

impl GenericView for SlowViewSet {
    type Entity = note::Entity;
    type Serializer = NoteSerializer;

    fn filter_backends(&self) -> FilterBackends<Self::Entity> {
        FilterBackends::new().with(SlowFilter)
    }

    fn pagination_class(&self) -> Option<Paginator> {
        Some(SlowPages(PageNumberPagination::new(10)).into())
    }

    async fn get_queryset(&self, request: &Request) -> Result<Queryset<Self>> {
        blocking(|| block("hook")).await;
        defaults::get_queryset(self, request).await
    }
}

/// Answers at once.
struct Fast;

impl ApiView for Fast {}

#[handlers]
impl Fast {
    async fn get(&self, _request: &Request) -> Result<Response> {
        Ok(Response::new("fast"))
    }

    async fn post(&self, _request: &Request) -> Result<Response> {
        blocking(|| panic!("the secret of the disk")).await;
        Ok(Response::no_content())
    }
}

struct Api;

impl UrlConf for Api {
    fn urls() -> Urls {
        let mut router = SimpleRouter::new();
        router.register("slow", SlowViewSet);
        Urls::new().include("", router).path("fast/", Fast)
    }
}

async fn client() -> TestClient<impl Endpoint> {
    let mut options = ConnectOptions::new("sqlite::memory:");
    options.max_connections(1);
    let db = Database::connect(options).await.unwrap();
    let schema = db.get_schema_builder();
    schema.register(note::Entity).apply(&db).await.unwrap();
    TestClient::new(OpenApiService::new(restflow::api::<Api>(db), "test", "1"))
}

/// With one thread: while a step blocks, only the pool of blocking threads can be what blocks.
#[tokio::test(flavor = "current_thread")]
async fn a_step_that_blocks_does_not_delay_another_request() {
    let client = client().await;
    let mut announced = ANNOUNCEMENTS.receiver.lock().unwrap().take().unwrap();
    let slow = client.get("/slow/").send();
    let others = async {
        let mut steps = Vec::new();
        while steps.len() < 6 {
            let blocked = announced.recv().await.unwrap();
            client
                .get("/fast/")
                .send()
                .await
                .assert_text("\"fast\"")
                .await;
            steps.push(blocked.step);
            blocked.release.send(()).unwrap();
        }
        steps
    };
    let (slow, steps) = tokio::join!(slow, others);
    slow.assert_status_is_ok();
    let order = [
        "authenticator",
        "permission",
        "throttle",
        "hook",
        "filter backend",
        "paginator",
    ];
    assert_eq!(steps, order);
}

#[tokio::test]
async fn a_panic_of_blocking_code_is_a_500() {
    let response = client().await.post("/fast/").send().await;
    response.assert_status(StatusCode::INTERNAL_SERVER_ERROR);
    response
        .assert_text("{\"detail\":\"A server error occurred.\"}")
        .await;
}
