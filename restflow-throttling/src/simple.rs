//! Throttles with a scope and a rate.

use std::{fmt, fmt::Display};

use restflow_exceptions::Result;
use restflow_views::{Request, Throttle, ThrottleDecision, ViewState};

use crate::{
    Rate, ThrottleStore, get_ident,
    settings::{hit, missing_rate, rate_of_scope},
    store::AnyStore,
};

/// Which requests are counted together.
///
/// Implemented by a type or a closure, for limits on something else than users and addresses:
/// see [`SimpleRateThrottle::with_key`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a key of a throttle",
    note = "pass a closure `|request: &Request| -> Option<String> {{ … }}`, or implement `CacheKey`"
)]
pub trait CacheKey: Send + Sync + 'static {
    /// Requests with the same text share a count; a request without one (`None`) is not
    /// throttled. The throttle adds its scope and its rate.
    ///
    /// Keep what clients can choose out of it, or they choose a new count each time, and make it
    /// no longer than it must be: a store may keep it.
    ///
    /// DRF: `SimpleRateThrottle.get_cache_key`.
    fn get_cache_key(&self, request: &Request) -> Option<String>;
}

impl<F> CacheKey for F
where
    F: Fn(&Request) -> Option<String> + Send + Sync + 'static,
{
    fn get_cache_key(&self, request: &Request) -> Option<String> {
        self(request)
    }
}

/// Counts requests without an account by their address; the others are not throttled.
#[derive(Debug, Clone, Copy)]
pub struct Anonymous;

impl CacheKey for Anonymous {
    fn get_cache_key(&self, request: &Request) -> Option<String> {
        let is_anonymous = !request.user().is_authenticated();
        is_anonymous.then(|| address_key(request))
    }
}

/// Counts requests by their user, and those without an account by their address.
#[derive(Debug, Clone, Copy)]
pub struct UserOrAddress;

impl CacheKey for UserOrAddress {
    fn get_cache_key(&self, request: &Request) -> Option<String> {
        let user = request.user();
        Some(if user.is_authenticated() {
            format!("user:{:?}", user.id())
        } else {
            address_key(request)
        })
    }
}

/// Unlike DRF's it says that it is an address: whoever forges a header `X-Forwarded-For: 1` does
/// not use up the requests of user 1.
fn address_key(request: &Request) -> String {
    format!("address:{}", get_ident(request))
}

/// Allows a number of requests in a period to each key, counted in the last period up to now.
///
/// Throttles of the same scope, rate and store count together, on whatever views they are. A
/// refused request is not counted.
///
/// The two usual keys have names of their own, [`AnonRateThrottle`] and [`UserRateThrottle`]. With
/// a key of one's own it is what DRF calls a subclass:
///
/// ```
/// use restflow::prelude::*;
///
/// struct Exports;
///
/// impl ApiView for Exports {
///     /// Each tenant may export five times an hour, whoever asks.
///     fn throttle_classes(&self) -> Throttles {
///         let tenant = |request: &Request| request.kwargs().get("tenant").map(str::to_owned);
///         SimpleRateThrottle::with_key("exports", tenant).rate("5/hour").into()
///     }
/// }
/// ```
///
/// DRF: `rest_framework.throttling.SimpleRateThrottle`.
#[derive(Clone)]
pub struct SimpleRateThrottle<K> {
    scope: &'static str,
    rate: Option<Rate>,
    store: Option<AnyStore>,
    key: K,
}

/// Limits clients without an account, each by its address, see [`get_ident`]. Users are not
/// limited. The scope is `anon`.
///
/// DRF: `rest_framework.throttling.AnonRateThrottle`.
pub type AnonRateThrottle = SimpleRateThrottle<Anonymous>;

/// Limits each user, and clients without an account by their address, see [`get_ident`]. The
/// scope is `user`.
///
/// DRF: `rest_framework.throttling.UserRateThrottle`.
pub type UserRateThrottle = SimpleRateThrottle<UserOrAddress>;

impl AnonRateThrottle {
    /// A limit for clients without an account: a [`Rate`], or a text like `100/day`.
    ///
    /// # Panics
    ///
    /// When the text is not a rate.
    #[must_use]
    #[track_caller]
    pub fn new(rate: impl TryInto<Rate, Error: Display>) -> Self {
        Self {
            rate: Some(Rate::of(rate, "AnonRateThrottle::new")),
            ..Self::from_settings()
        }
    }

    /// The same with the rate that [`ThrottleSettings`](crate::ThrottleSettings) give to its
    /// scope.
    #[must_use]
    pub const fn from_settings() -> Self {
        Self::with_key("anon", Anonymous)
    }
}

impl UserRateThrottle {
    /// A limit for each user: a [`Rate`], or a text like `1000/day`.
    ///
    /// # Panics
    ///
    /// When the text is not a rate.
    #[must_use]
    #[track_caller]
    pub fn new(rate: impl TryInto<Rate, Error: Display>) -> Self {
        Self {
            rate: Some(Rate::of(rate, "UserRateThrottle::new")),
            ..Self::from_settings()
        }
    }

    /// The same with the rate that [`ThrottleSettings`](crate::ThrottleSettings) give to its
    /// scope.
    #[must_use]
    pub const fn from_settings() -> Self {
        Self::with_key("user", UserOrAddress)
    }
}

impl<K: CacheKey> SimpleRateThrottle<K> {
    /// A limit on the requests of each `key`, with the rate that
    /// [`ThrottleSettings`](crate::ThrottleSettings) give to `scope` unless [`rate`](Self::rate)
    /// says another. A view whose throttle has neither is refused when it is put on a path.
    #[must_use]
    pub const fn with_key(scope: &'static str, key: K) -> Self {
        Self {
            scope,
            rate: None,
            store: None,
            key,
        }
    }

    /// The rate, instead of that of the scope: a [`Rate`], or a text like `100/day`.
    ///
    /// # Panics
    ///
    /// When the text is not a rate.
    #[must_use]
    #[track_caller]
    pub fn rate(mut self, rate: impl TryInto<Rate, Error: Display>) -> Self {
        self.rate = Some(Rate::of(rate, "SimpleRateThrottle::rate"));
        self
    }

    /// The name that separates the counts of this throttle from those of others, and finds its
    /// rate in the settings where it has none of its own.
    #[must_use]
    pub const fn scope(mut self, scope: &'static str) -> Self {
        self.scope = scope;
        self
    }

    /// Where requests are counted, instead of the API's store.
    #[must_use]
    pub fn store(mut self, store: impl ThrottleStore) -> Self {
        self.store = Some(AnyStore::new(store));
        self
    }
}

impl<K: CacheKey> Throttle for SimpleRateThrottle<K> {
    async fn allow_request(&self, request: &Request) -> Result<ThrottleDecision> {
        match self.key.get_cache_key(request) {
            None => Ok(ThrottleDecision::Allowed),
            Some(ident) => {
                let store = self.store.as_ref();
                hit(request, self.scope, self.rate, store, &ident).await
            }
        }
    }

    fn misconfigured(&self, view: &ViewState) -> Option<String> {
        let has_rate = self
            .rate
            .or_else(|| rate_of_scope(&view.settings, self.scope));
        has_rate.is_none().then(|| {
            let problem = missing_rate(&view.settings, self.scope);
            format!("{problem}, or give it to the throttle with `rate`")
        })
    }
}

impl<K> fmt::Debug for SimpleRateThrottle<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SimpleRateThrottle")
            .field("scope", &self.scope)
            .field("rate", &self.rate)
            .finish_non_exhaustive()
    }
}
