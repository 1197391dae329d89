//! Serializers: one definition that validates input, writes rows, reads rows and describes itself.
//!
//! A [`Serializer`] is a struct whose fields are its declaration. A [`ModelSerializer`] is one over
//! a SeaORM entity: it names the columns and relations that it shows, selects only those, and turns
//! validated input into an insert or an update.
//!
//! | Step | Type |
//! |---|---|
//! | what the client sent | [`Input`] |
//! | validated by | [`Serializer::validate`], with all errors of all fields at once |
//! | saved by | [`Validated::save`] |
//! | read by | [`Projection`], [`Record`] and the relations [`ToOne`], [`ToMany`], [`RelatedKeys`], [`RelatedValues`], [`PostFetchedRows`] |
//! | shown as | [`Representation`]: from the struct straight to bytes |
//!
//! A [`SerializerClass`] is a serializer as a value, for views that choose one per action.
//!
//! This crate knows no requests and no views: what a serializer needs of them comes in a
//! [`SerializerContext`].
//!
#![doc = include_str!("derives.md")]

mod class;
mod conflict;
mod context;
mod derived;
mod entity;
mod field;
mod form;
mod input;
mod output;
mod post_fetch;
mod projection;
mod record;
mod relations;
mod representation;
mod serializer;
mod uploaded_file;
mod validated;
mod value;
mod write;

pub use self::{
    class::{ModelClass, PlainClass, SerializerClass},
    context::{OwnedSerializerContext, SerializerContext, Validation},
    entity::{Key, KeyOf, RestEntity},
    field::{Field, RuleMessage},
    form::{Form, ListLimits},
    input::{FormData, Input},
    post_fetch::{PostFetch, PostFetchField, PostFetched, PostFetchedEntity, PostFetches},
    projection::Projection,
    record::{ColumnValue, Record, Records},
    relations::{
        Annotated, JoinKey, JoinsWith, PostFetchedRows, RelatedKeys, RelatedValues,
        RelatedValuesMany, ToMany, ToOne,
    },
    representation::{Json, Representation},
    serializer::{AnyEntity, FromData, ModelOf, ModelSerializer, Of, Serializer},
    uploaded_file::{UploadWriter, UploadedFile},
    validated::{ErasedValidated, HasDatabase, Validated},
    write::Write,
};

/// What the derives refer to. Not part of the public interface.
#[doc(hidden)]
pub mod __private {
    pub use restflow_exceptions::{ApiError, ErrorDetail, ErrorMessage, Result};
    pub use restflow_fields::{
        Bound, ChoiceOption, Choices, FieldInfo, FieldOptions, FieldType, RoundingStrategy,
        TextFormat,
    };
    pub use sea_orm;
    pub use serde;
    pub use validator;

    pub use crate::{
        Annotated, Field, JoinKey, PostFetchedRows, RelatedKeys, RelatedValues, RelatedValuesMany,
        RuleMessage, ToMany, ToOne,
        derived::{ChoiceTable, custom, from_list, passes, present, sent},
        field::{
            describe, describe_nested, describe_nested_list, describe_related, with_default,
            with_nullable_default,
        },
        form::validate_object,
        output::{Shown, ShownOption, entry, shown, shown_option},
        relations::expect_related,
    };
}
