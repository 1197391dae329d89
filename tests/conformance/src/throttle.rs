//! `/throttle/`: how often clients may call (SPEC.md, section 8).

use restflow::prelude::*;
use serde_json::json;

/// The rates by scope (SPEC.md, section 0).
pub(crate) fn rates() -> ThrottleSettings {
    ThrottleSettings::new()
        .trust_forwarded_for()
        .rate("anon", "3/min")
        .rate("user", "4/min")
        .rate("uploads", "2/min")
        .rate("reports", "5/hour")
        .rate("burst", "3/min")
}

/// A few requests of each user at once.
pub(crate) fn burst() -> UserRateThrottle {
    UserRateThrottle::from_settings().scope("burst")
}

pub(crate) fn urls() -> Urls {
    let user = UserRateThrottle::from_settings;
    let both = Throttles::new()
        .with(AnonRateThrottle::new("2/min").scope("burst-anon"))
        .with(user());
    Urls::new()
        .path(
            "anon/",
            ThrottleView::new(AnonRateThrottle::from_settings()),
        )
        .path("user/", ThrottleView::new(user()))
        .path("scoped/", ThrottleView::scoped("uploads"))
        .path("scoped-again/", ThrottleView::scoped("uploads"))
        .path("reports/", ThrottleView::scoped("reports"))
        .path("unscoped/", ThrottleView::new(ScopedRateThrottle))
        .path("both/", ThrottleView::new(both))
        .path(
            "private/",
            ThrottleView::new(user()).permission(IsAuthenticated),
        )
}

/// Says that the request was let through.
struct ThrottleView {
    throttles: Throttles,
    scope: Option<&'static str>,
    permissions: Permissions,
}

impl ThrottleView {
    fn new(throttles: impl Into<Throttles>) -> Self {
        Self {
            throttles: throttles.into(),
            scope: None,
            permissions: Permissions::new(),
        }
    }

    fn scoped(scope: &'static str) -> Self {
        Self {
            scope: Some(scope),
            ..Self::new(ScopedRateThrottle)
        }
    }

    fn permission(mut self, permission: impl Permission) -> Self {
        self.permissions = permission.into();
        self
    }
}

impl ApiView for ThrottleView {
    fn throttle_classes(&self) -> Throttles {
        self.throttles.clone()
    }

    fn throttle_scope(&self) -> Option<&'static str> {
        self.scope
    }

    fn permission_classes(&self) -> Permissions {
        self.permissions.clone()
    }
}

#[handlers]
impl ThrottleView {
    async fn get(&self, _request: &Request) -> Result<Response> {
        Ok(Response::new(json!({"ok": true})))
    }

    async fn post(&self, _request: &Request) -> Result<Response> {
        Ok(Response::new(json!({"ok": true})))
    }
}
