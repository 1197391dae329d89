//! The throttle of views that name a scope.

use restflow_exceptions::Result;
use restflow_views::{Request, Throttle, ThrottleDecision, ViewState};

use crate::{
    CacheKey, UserOrAddress,
    settings::{hit, missing_rate, rate_of_scope},
};

/// Limits each user, and clients without an account by their address, in each scope by itself.
///
/// The scope is the view's ([`ApiView::throttle_scope`](restflow_views::ApiView::throttle_scope)),
/// its rate that of [`ThrottleSettings`](crate::ThrottleSettings). Views of the same scope count
/// together, views without one are not limited, so that the throttle can stand in the API's
/// settings:
///
/// ```
/// use restflow::prelude::*;
///
/// fn settings() -> Settings {
///     Settings::new()
///         .throttle_classes(ScopedRateThrottle)
///         .with(ThrottleSettings::new().rate("uploads", "20/day"))
/// }
///
/// struct Upload;
///
/// impl ApiView for Upload {
///     fn throttle_scope(&self) -> Option<&'static str> {
///         Some("uploads")
///     }
/// }
/// ```
///
/// Where only one view or action is meant, `UserRateThrottle::new("20/day").scope("uploads")` says
/// the same in one place.
///
/// DRF: `rest_framework.throttling.ScopedRateThrottle`.
#[derive(Debug, Clone, Copy, Default)]
pub struct ScopedRateThrottle;

impl Throttle for ScopedRateThrottle {
    async fn allow_request(&self, request: &Request) -> Result<ThrottleDecision> {
        let scope = request.route().view.throttle_scope;
        match (scope, UserOrAddress.get_cache_key(request)) {
            (Some(scope), Some(ident)) => hit(request, scope, None, None, &ident).await,
            _ => Ok(ThrottleDecision::Allowed),
        }
    }

    fn misconfigured(&self, view: &ViewState) -> Option<String> {
        let scope = view.throttle_scope?;
        let has_rate = rate_of_scope(&view.settings, scope).is_some();
        (!has_rate).then(|| missing_rate(&view.settings, scope))
    }
}
