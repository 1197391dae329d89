//! Where requests are counted.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use restflow_exceptions::Result;
use restflow_views::ThrottleDecision;

use crate::Rate;

/// Remembers which requests came when.
///
/// The one operation counts and decides in one step, so that of any number of concurrent requests
/// exactly as many pass as the rate allows. A store that reads and then writes has the gap through
/// which DRF's throttles can be passed.
///
/// Implemented for counts that several servers share. A store that never waits is an `async fn`
/// without an await. One that fails answers with its error: the request is refused with it, for a
/// limit that cannot be checked is not a limit; `ApiError::service_unavailable` is the usual one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a store of throttles",
    note = "implement `ThrottleStore`: `async fn hit(&self, key: &str, rate: Rate) -> Result<ThrottleDecision>`"
)]
pub trait ThrottleStore: Send + Sync + 'static {
    /// Counts a request of `key` if fewer than [`rate.requests()`](Rate::requests) were counted in
    /// the last [`rate.period()`](Rate::period), and else refuses it without counting it, with the
    /// time until the oldest of them is forgotten.
    ///
    /// A key comes with the same rate each time. It may hold what a client has sent, but is at
    /// most a few hundred bytes long unless a [`CacheKey`](crate::CacheKey) makes longer ones.
    fn hit(&self, key: &str, rate: Rate) -> impl Future<Output = Result<ThrottleDecision>> + Send;
}

trait DynStore: Send + Sync {
    fn hit<'a>(&'a self, key: &'a str, rate: Rate) -> BoxFuture<'a, Result<ThrottleDecision>>;
}

impl<S: ThrottleStore> DynStore for S {
    fn hit<'a>(&'a self, key: &'a str, rate: Rate) -> BoxFuture<'a, Result<ThrottleDecision>> {
        Box::pin(ThrottleStore::hit(self, key, rate))
    }
}

/// A store of any type.
#[derive(Clone)]
pub(crate) struct AnyStore(Arc<dyn DynStore>);

impl AnyStore {
    pub(crate) fn new(store: impl ThrottleStore) -> Self {
        Self(Arc::new(store))
    }

    pub(crate) async fn hit(&self, key: &str, rate: Rate) -> Result<ThrottleDecision> {
        self.0.hit(key, rate).await
    }
}

/// The key of a throttle's count.
///
/// With the rate, so that a client's requests of a minute and those of a day are two counts even
/// where the scope is the same.
pub(crate) fn key(scope: &str, rate: Rate, ident: &str) -> String {
    format!("{PREFIX}{scope}{}{ident}", infix(rate))
}

/// What the keys of one scope and rate have in common; of a key that no throttle made, nothing.
///
/// The scope is the developer's, so that no client can make up a class: what it sent stands behind
/// the first infix.
pub(crate) fn class_of(key: &str, rate: Rate) -> &str {
    let infix = infix(rate);
    match key.find(&infix) {
        Some(end) if key.starts_with(PREFIX) => &key[..end],
        _ => "",
    }
}

const PREFIX: &str = "throttle:";

fn infix(rate: Rate) -> String {
    format!(":{}/{}:", rate.requests(), rate.period().as_millis())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_do_not_choose_their_class() {
        let rate = Rate::per_minute(5);
        for (key, expected) in [
            (key("login", rate, "192.0.2.1"), "throttle:login"),
            (key("login", rate, "x:5/60000:y"), "throttle:login"),
            (key("a:b", rate, ""), "throttle:a:b"),
            (key("login", Rate::per_day(5), "192.0.2.1"), ""),
            ("192.0.2.1:5/60000:".to_owned(), ""),
        ] {
            assert_eq!(class_of(&key, rate), expected, "{key}");
        }
        assert_eq!(key("login", rate, "a"), "throttle:login:5/60000:a");
    }
}
