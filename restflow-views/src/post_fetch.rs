//! The post-fetches of a view that may or may not be generic.

use restflow_serializers::PostFetches;

use crate::{ApiView, Request};

/// `GenericView::get_post_fetches` of the view `V`.
pub(crate) type PostFetchHook<V> = fn(&V, &Request) -> PostFetches;

/// What [`GenericView::get_post_fetches`](crate::GenericView::get_post_fetches) says; nothing for a
/// view that is not generic.
pub(crate) fn get_post_fetches<V: ApiView>(view: &V, request: &Request) -> PostFetches {
    let generic = request.route().view.generic.as_ref();
    generic
        .and_then(|generic| generic.post_fetches.downcast_ref::<PostFetchHook<V>>())
        .map_or_else(PostFetches::new, |hook| hook(view, request))
}
