//! `/postfetch/` (SPEC.md, section 8).

use restflow::prelude::*;
use sea_orm::Order;

use crate::{
    entities::{product, review},
    pagination,
};

pub(crate) fn urls() -> Urls {
    Urls::new()
        .path("latest/", LatestReviewListView)
        .path("latest/{pk}/", LatestReviewDetailView)
        .path("recent/", RecentReviewsView)
        .path("every/", EveryReviewView)
}

#[derive(ModelSerializer)]
#[serializer(entity = product::Entity)]
struct LatestReviewProductSerializer {
    #[serializer(read_only)]
    id: i64,
    name: String,
    #[serializer(post_fetch(product_id = "id"))]
    latest_review: Option<LatestReviewSerializer>,
}

#[derive(ModelSerializer)]
#[serializer(entity = review::Entity)]
struct LatestReviewSerializer {
    id: i64,
    rating: i32,
    comment: String,
    #[serializer(related = product::Entity)]
    product_id: i64,
}

#[derive(ModelSerializer)]
#[serializer(entity = product::Entity)]
struct RecentReviewsProductSerializer {
    #[serializer(read_only)]
    id: i64,
    name: String,
    #[serializer(post_fetch(product_id = "id"))]
    reviews: Vec<RecentReviewSerializer>,
}

#[derive(ModelSerializer)]
#[serializer(entity = review::Entity)]
struct RecentReviewSerializer {
    id: i64,
    rating: i32,
    #[serializer(related = product::Entity)]
    product_id: i64,
    #[serializer(annotated = review::Column::Comment.into_expr())]
    written: String,
}

#[derive(ModelSerializer)]
#[serializer(entity = product::Entity)]
struct EveryReviewProductSerializer {
    #[serializer(read_only)]
    id: i64,
    name: String,
    #[serializer(post_fetch(product_id = "id"))]
    reviews: Vec<ReviewIdSerializer>,
}

#[derive(ModelSerializer)]
#[serializer(entity = review::Entity)]
struct ReviewIdSerializer {
    id: i64,
    #[serializer(related = product::Entity)]
    product_id: i64,
}

fn latest_review() -> PostFetches {
    let latest = PostFetch::new(
        LatestReviewProductSerializer::LATEST_REVIEW,
        review::Entity::find(),
    );
    PostFetches::new().with(
        latest
            .order_by(review::Column::CreatedAt, Order::Desc)
            .order_by(review::Column::Id, Order::Desc),
    )
}

#[derive(ListApiView)]
struct LatestReviewListView;

impl ApiView for LatestReviewListView {
    fn get_post_fetches(&self, _request: &Request) -> PostFetches {
        latest_review()
    }
}

impl GenericView for LatestReviewListView {
    type Entity = product::Entity;
    type Serializer = LatestReviewProductSerializer;

    fn queryset(&self) -> Queryset<Self> {
        product::Entity::find().order_by_asc(product::Column::Id)
    }

    fn filter_backends(&self) -> FilterBackends<Self::Entity> {
        let ordering = OrderingFilter::new([product::Column::Id, product::Column::Name]);
        FilterBackends::new().with(ordering)
    }

    fn pagination_class(&self) -> Option<Paginator> {
        Some(pagination::standard())
    }
}

#[derive(RetrieveApiView)]
struct LatestReviewDetailView;

impl ApiView for LatestReviewDetailView {
    fn get_post_fetches(&self, _request: &Request) -> PostFetches {
        latest_review()
    }
}

impl GenericView for LatestReviewDetailView {
    type Entity = product::Entity;
    type Serializer = LatestReviewProductSerializer;
}

/// A plain view: its post-fetches are those of the answer.
struct RecentReviewsView;

impl ApiView for RecentReviewsView {
    fn get_pagination_class(&self, _request: &Request) -> Option<Paginator> {
        Some(pagination::standard())
    }
}

#[handlers]
impl RecentReviewsView {
    async fn get(&self, request: &Request) -> Result<Response> {
        let good = review::Entity::find().filter(review::Column::Rating.gte(2));
        let recent = PostFetch::new(RecentReviewsProductSerializer::REVIEWS, good)
            .order_by(review::Column::Rating, Order::Desc)
            .order_by(review::Column::Id, Order::Asc)
            .limit(2);
        let products = product::Entity::find().order_by_asc(product::Column::Id);
        self.paginated_response(request, products)
            .serializer::<RecentReviewsProductSerializer>()
            .post_fetch(recent)
            .await
    }
}

#[derive(ListApiView)]
struct EveryReviewView;

impl ApiView for EveryReviewView {
    fn get_post_fetches(&self, _request: &Request) -> PostFetches {
        let every = PostFetch::new(
            EveryReviewProductSerializer::REVIEWS,
            review::Entity::find(),
        );
        PostFetches::new().with(every.order_by(review::Column::Id, Order::Asc))
    }
}

impl GenericView for EveryReviewView {
    type Entity = product::Entity;
    type Serializer = EveryReviewProductSerializer;

    fn queryset(&self) -> Queryset<Self> {
        product::Entity::find().order_by_asc(product::Column::Id)
    }

    fn pagination_class(&self) -> Option<Paginator> {
        Some(pagination::standard())
    }
}
