//! Lists of objects in one request.

use http::StatusCode;
use restflow::{
    prelude::*,
    serializers::{ListLimits, SerializerClass, Validation},
};
use sea_orm::TransactionTrait;

use super::nested::LineSerializer;
use crate::{entities::tag, serializers::TagSerializer};

pub(super) fn urls() -> Urls {
    Urls::new()
        .path("tags/", BulkTagsView)
        .path("lines/", BulkLinesView)
}

struct BulkTagsView;

impl ApiView for BulkTagsView {}

#[handlers]
impl BulkTagsView {
    #[handler(status = 201)]
    async fn post(&self, request: &Request) -> Result<Response> {
        let class = SerializerClass::of::<TagSerializer>();
        let context = self.get_serializer_context(request);
        let validated = class
            .validate_many(
                request.input().await?,
                &Validation::new(&context),
                ListLimits::default(),
            )
            .await?;
        let transaction = request.db().begin().await?;
        let mut tags = Vec::with_capacity(validated.len());
        for validated in validated {
            let validated = validated.into_typed::<tag::Entity>(None)?;
            tags.push(validated.save_in(&transaction).await?);
        }
        transaction.commit().await?;
        let tags = class.represent_models(&tags, &context).await?;
        Ok(Response::from_representation(tags).with_status(StatusCode::CREATED))
    }
}

struct BulkLinesView;

impl ApiView for BulkLinesView {}

#[handlers]
impl BulkLinesView {
    async fn post(&self, request: &Request) -> Result<Response> {
        let context = self.get_serializer_context(request);
        let limits = ListLimits {
            allow_empty: false,
            max_length: Some(3),
            ..ListLimits::default()
        };
        let validated = SerializerClass::of::<LineSerializer>()
            .validate_many(request.input().await?, &Validation::new(&context), limits)
            .await?;
        let lines: Result<Vec<_>> = validated
            .into_iter()
            .map(|line| line.into_data::<LineSerializer>())
            .collect();
        Ok(Response::new(lines?))
    }
}
