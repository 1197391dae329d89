//! What all throttles of an API have in common.

use std::{collections::BTreeMap, fmt, fmt::Display};

use restflow_exceptions::{ApiError, Result};
use restflow_views::{Request, Settings, ThrottleDecision};

use crate::{
    InMemoryStore, Rate, ThrottleStore,
    store::{AnyStore, key},
};

/// The throttles' part of an API's settings: rates by scope, how many proxies to believe, and the
/// store.
///
/// ```
/// use restflow::prelude::*;
///
/// fn settings() -> Settings {
///     Settings::new()
///         .throttle_classes(UserRateThrottle::from_settings())
///         .with(ThrottleSettings::new().num_proxies(1).rate("user", "1000/day"))
/// }
/// ```
#[derive(Clone, Default)]
pub struct ThrottleSettings {
    rates: BTreeMap<&'static str, Rate>,
    pub(crate) forwarded_for: ForwardedFor,
    store: Option<AnyStore>,
}

/// What of the header `X-Forwarded-For` is believed.
#[derive(Debug, Clone, Copy)]
pub(crate) enum ForwardedFor {
    /// What so many proxies wrote.
    Proxies(usize),
    /// All of it, whoever wrote it.
    Whole,
}

impl Default for ForwardedFor {
    fn default() -> Self {
        Self::Proxies(0)
    }
}

impl ThrottleSettings {
    /// No rates, no proxies, and an [`InMemoryStore`] that belongs to the API alone.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The rate of a scope (DRF: `DEFAULT_THROTTLE_RATES`): a [`Rate`], or a text like `100/day`.
    /// A second rate of a scope replaces the first.
    ///
    /// # Panics
    ///
    /// When the text is not a rate.
    #[must_use]
    #[track_caller]
    pub fn rate(mut self, scope: &'static str, rate: impl TryInto<Rate, Error: Display>) -> Self {
        let rate = Rate::of(rate, "ThrottleSettings::rate");
        self.rates.insert(scope, rate);
        self
    }

    /// How many proxies stand between the clients and this server (DRF: `NUM_PROXIES`). They
    /// decide which part of `X-Forwarded-For` is the client: with two it is the last but one.
    /// With none, the default, the header is not believed at all: the client is the peer.
    ///
    /// **Say it behind a proxy**, which else is the one client that all requests come from. Say no
    /// more proxies than there are: what stands before their parts is what the client likes.
    ///
    /// DRF's default is [`trust_forwarded_for`](Self::trust_forwarded_for).
    #[must_use]
    pub const fn num_proxies(mut self, proxies: usize) -> Self {
        self.forwarded_for = ForwardedFor::Proxies(proxies);
        self
    }

    /// Takes the whole header `X-Forwarded-For` for the client, instead of the part that
    /// [`num_proxies`](Self::num_proxies) tells; the later of the two counts. So does DRF where
    /// `NUM_PROXIES` is not set.
    ///
    /// Everybody can send what they like there, and so be another client with each request, whom
    /// no throttle of addresses will ever stop. It is right only behind a proxy that throws away
    /// the header that it receives.
    #[must_use]
    pub const fn trust_forwarded_for(mut self) -> Self {
        self.forwarded_for = ForwardedFor::Whole;
        self
    }

    /// Where requests are counted (DRF: the throttles' `cache`), unless a throttle has a store of
    /// its own. By default each `restflow::api(…)` has an [`InMemoryStore`] for itself.
    #[must_use]
    pub fn store(mut self, store: impl ThrottleStore) -> Self {
        self.store = Some(AnyStore::new(store));
        self
    }

    pub(crate) fn of(settings: &Settings) -> Option<&Self> {
        settings.get()
    }
}

impl fmt::Debug for ThrottleSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ThrottleSettings")
            .field("rates", &self.rates)
            .field("forwarded_for", &self.forwarded_for)
            .finish_non_exhaustive()
    }
}

/// The rate of a scope.
pub(crate) fn rate_of_scope(settings: &Settings, scope: &str) -> Option<Rate> {
    let settings = ThrottleSettings::of(settings)?;
    settings.rates.get(scope).copied()
}

/// What is wrong with a scope without a rate.
pub(crate) fn missing_rate(settings: &Settings, scope: &str) -> String {
    let known: Vec<_> = ThrottleSettings::of(settings)
        .map(|settings| settings.rates.keys().copied().collect())
        .unwrap_or_default();
    let known = if known.is_empty() {
        "none".to_owned()
    } else {
        format!("`{}`", known.join("`, `"))
    };
    format!(
        "the throttle scope `{scope}` has no rate (scopes that have one: {known}): give it one in \
         the API's settings, `.with(ThrottleSettings::new().rate(\"{scope}\", \"100/day\"))`"
    )
}

/// Counts a request of `ident` in `scope`, at `rate` or that of the scope, in `store` or that of
/// the API.
pub(crate) async fn hit(
    request: &Request,
    scope: &str,
    rate: Option<Rate>,
    store: Option<&AnyStore>,
    ident: &str,
) -> Result<ThrottleDecision> {
    let settings = &request.route().view.settings;
    let Some(rate) = rate.or_else(|| rate_of_scope(settings, scope)) else {
        return Err(ApiError::internal(missing_rate(settings, scope)));
    };
    let key = key(scope, rate, ident);
    let of_settings = || ThrottleSettings::of(settings)?.store.as_ref();
    match store.or_else(of_settings) {
        Some(store) => store.hit(&key, rate).await,
        None => request.shared::<InMemoryStore>().hit(&key, rate).await,
    }
}
