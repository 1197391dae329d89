//! How often a client may call.

use std::{fmt, sync::Arc, time::Duration};

use futures_util::future::BoxFuture;
use restflow_exceptions::Result;

use crate::{Request, ViewState, policies::PolicyList};

/// What a throttle says about one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ThrottleDecision {
    /// The request may go on.
    Allowed,
    /// The request is one too many.
    Denied {
        /// When the next request has a chance, sent as `Retry-After` in whole seconds, rounded up.
        wait: Option<Duration>,
    },
}

/// A limit on how often a client may call.
///
/// It runs after the permissions. All throttles of a view are asked, also after one of them has
/// refused, so that each keeps its own count; the longest wait is answered. Code that blocks goes
/// into [`blocking`](crate::blocking).
///
/// DRF: `rest_framework.throttling.BaseThrottle`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a throttle",
    note = "implement `Throttle`: `async fn allow_request(&self, request: &Request) -> Result<ThrottleDecision>`"
)]
pub trait Throttle: Send + Sync + 'static {
    /// Counts the request and decides about it.
    fn allow_request(
        &self,
        request: &Request,
    ) -> impl Future<Output = Result<ThrottleDecision>> + Send;

    /// What would keep the throttle from working on a view with these attributes, and how to mend
    /// it; the view is then refused when it is put on a path. `None`, the default, is fine.
    ///
    /// Overridden by a throttle that takes its rate from the settings. Throttles that
    /// [`get_throttles`](crate::ApiView::get_throttles) makes for a request are not asked.
    fn misconfigured(&self, view: &ViewState) -> Option<String> {
        let _ = view;
        None
    }
}

trait DynThrottle: Send + Sync {
    fn allow_request<'a>(&'a self, request: &'a Request)
    -> BoxFuture<'a, Result<ThrottleDecision>>;
    fn misconfigured(&self, view: &ViewState) -> Option<String>;
    fn name(&self) -> &'static str;
}

impl<T: Throttle> DynThrottle for T {
    fn allow_request<'a>(
        &'a self,
        request: &'a Request,
    ) -> BoxFuture<'a, Result<ThrottleDecision>> {
        Box::pin(Throttle::allow_request(self, request))
    }

    fn misconfigured(&self, view: &ViewState) -> Option<String> {
        Throttle::misconfigured(self, view)
    }

    fn name(&self) -> &'static str {
        std::any::type_name::<T>()
    }
}

/// The throttles of a view or an action.
#[derive(Clone)]
pub struct Throttles(PolicyList<dyn DynThrottle>);

impl Throttles {
    /// No throttle.
    #[must_use]
    pub const fn new() -> Self {
        Self(PolicyList::new())
    }

    /// Those of the API's settings, which take the place of this value when the view is put on a
    /// path; what is added to it comes after them.
    #[must_use]
    pub const fn from_settings() -> Self {
        Self(PolicyList::from_settings())
    }

    pub(crate) fn or_settings(self, settings: &Self) -> Self {
        Self(self.0.or_settings(&settings.0))
    }

    /// Adds a throttle.
    #[must_use]
    pub fn with(self, throttle: impl Throttle) -> Self {
        Self(self.0.with(Arc::new(throttle)))
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.len() == 0
    }

    /// What keeps one of the throttles from working on `view`.
    pub(crate) fn misconfigured(&self, view: &ViewState) -> Option<String> {
        self.0
            .iter()
            .find_map(|throttle| throttle.misconfigured(view))
    }

    /// Asks every throttle and yields the longest wait of those that refused.
    pub(crate) async fn check(&self, request: &Request) -> Result<ThrottleDecision> {
        let mut refusal: Option<Option<Duration>> = None;
        for throttle in self.0.iter() {
            if let ThrottleDecision::Denied { wait } = throttle.allow_request(request).await? {
                refusal = Some(refusal.flatten().max(wait));
            }
        }
        Ok(
            refusal.map_or(ThrottleDecision::Allowed, |wait| ThrottleDecision::Denied {
                wait,
            }),
        )
    }
}

impl Default for Throttles {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Throttles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.0.iter().map(|throttle| throttle.name()))
            .finish()
    }
}

impl<T: Throttle> From<T> for Throttles {
    fn from(throttle: T) -> Self {
        Self::new().with(throttle)
    }
}
