//! `/perm/`: who may do what (SPEC.md, section 8).

mod combined;
mod notes;

use restflow::prelude::*;
use serde_json::json;

use self::combined::{And, Not, Or};
use crate::authentication::{self, BasicAuthentication};

pub(crate) fn urls() -> Urls {
    let basic_first = Authenticators::new()
        .with(BasicAuthentication)
        .with(authentication::token());
    Urls::new()
        .path("public/", PermView::new(AllowAny))
        .path("auth/", PermView::new(IsAuthenticated))
        .path("admin/", PermView::new(IsAdminUser))
        .path("readonly/", PermView::new(IsAuthenticatedOrReadOnly))
        .path("and/", PermView::new(And(IsAuthenticated, HasPass)))
        .path("or/", PermView::new(Or(IsAdminUser, HasPass)))
        .path("not/", PermView::new(Not(IsAuthenticated)))
        .path(
            "combo/",
            PermView::new(And(IsAuthenticated, Or(IsAdminUser, Not(IsBlocked)))),
        )
        .path("list/", PermView::new((IsAuthenticated, HasPass)))
        .path("message/", PermView::new(TeapotPermission))
        .path("dict-message/", PermView::new(ExplainedPass))
        .path(
            "basic-first/",
            PermView::new(IsAuthenticated).authenticators(basic_first),
        )
        .path(
            "no-authenticators/",
            PermView::new(IsAuthenticated).authenticators(Authenticators::new()),
        )
        .include("notes/", notes::urls())
}

/// Says who the client is.
struct PermView {
    permissions: Permissions,
    authenticators: Authenticators,
}

impl PermView {
    fn new(permissions: impl Into<Permissions>) -> Self {
        Self {
            permissions: permissions.into(),
            authenticators: Authenticators::from_settings(),
        }
    }

    fn authenticators(mut self, authenticators: Authenticators) -> Self {
        self.authenticators = authenticators;
        self
    }
}

impl ApiView for PermView {
    fn permission_classes(&self) -> Permissions {
        self.permissions.clone()
    }

    fn authentication_classes(&self) -> Authenticators {
        self.authenticators.clone()
    }
}

#[handlers]
impl PermView {
    async fn get(&self, request: &Request) -> Result<Response> {
        Ok(who(request))
    }

    async fn post(&self, request: &Request) -> Result<Response> {
        Ok(who(request))
    }
}

/// The user's name, and what it logged in with.
fn who(request: &Request) -> Response {
    let user = request.user();
    let name = user.is_authenticated().then(|| user.username());
    // A token authenticates with its key, a password leaves nothing behind.
    let auth = request.auth::<String>().map(|_| "Token");
    Response::new(json!({"user": name, "auth": auth}))
}

fn says_yes(request: &Request, header: &str) -> bool {
    request
        .headers()
        .get(header)
        .is_some_and(|value| value == "yes")
}

/// Clients that send `X-Pass: yes`.
struct HasPass;

impl Permission for HasPass {
    async fn has_permission(&self, request: &Request) -> Result<bool> {
        Ok(says_yes(request, "X-Pass"))
    }
}

/// Clients that send `X-Block: yes`.
struct IsBlocked;

impl Permission for IsBlocked {
    async fn has_permission(&self, request: &Request) -> Result<bool> {
        Ok(says_yes(request, "X-Block"))
    }
}

/// `HasPass` with a text and a code of its own.
struct TeapotPermission;

impl Permission for TeapotPermission {
    async fn has_permission(&self, request: &Request) -> Result<bool> {
        HasPass.has_permission(request).await
    }

    fn message(&self) -> Option<&str> {
        Some("You need the X-Pass header.")
    }

    fn code(&self) -> Option<&str> {
        Some("needs_pass")
    }
}

/// `HasPass` that says more than a text can.
struct ExplainedPass;

impl Permission for ExplainedPass {
    async fn has_permission(&self, request: &Request) -> Result<bool> {
        if HasPass.has_permission(request).await? {
            return Ok(true);
        }
        if !request.user().is_authenticated() {
            return Ok(false);
        }
        let detail = [("reason", "no pass"), ("hint", "send X-Pass")];
        let detail = detail.map(|(key, text)| (key.into(), text.into()));
        Err(ApiError::permission_denied().with_detail(ErrorDetail::Map(detail.into())))
    }
}
