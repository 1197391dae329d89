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
//! | read by | [`Projection`], [`Record`] and the relations [`ToOne`], [`ToMany`], [`RelatedKeys`], [`RelatedValues`], [`PostFetchedRows`], [`ComputedMany`] |
//! | shown as | [`Representation`]: from the struct straight to bytes |
//!
//! A [`SerializerClass`] is a serializer as a value, for views that choose one per action.
//!
//! This crate knows no requests and no views: what a serializer needs of them comes in a
//! [`SerializerContext`].
//!
#![doc = include_str!("derives.md")]

mod bulk;
mod class;
mod conflict;
mod context;
mod declared;
mod derived;
mod entity;
mod field;
mod flatten;
mod form;
mod input;
mod nested;
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
    bulk::ValidatedMany,
    class::{ModelClass, PlainClass, SerializerClass},
    context::{OwnedSerializerContext, SerializerContext, Validation},
    declared::{Declared, MissingColumns},
    entity::{Key, KeyOf, RestEntity},
    field::{Field, RuleMessage},
    flatten::{FieldNames, Flatten, FlattenModel},
    form::{Checked, Form, HookOutcome, ListLimits},
    input::{FormData, Input},
    nested::{NestedRow, NestedWrite, RefersTo, RelatesTo},
    post_fetch::{PostFetch, PostFetchField, PostFetched, PostFetchedEntity, PostFetches},
    projection::Projection,
    record::{ColumnValue, Record, Records},
    relations::{
        Annotated, ComputedMany, JoinKey, JoinsWith, PostFetchedRows, RelatedKeys, RelatedValues,
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
        TextFormat, TimeZone, UuidFormat,
    };
    pub use sea_orm;
    pub use serde;
    pub use validator;

    pub use crate::{
        Annotated, ComputedMany, Field, JoinKey, PostFetchedRows, RelatedKeys, RelatedValues,
        RelatedValuesMany, RuleMessage, ToMany, ToOne,
        derived::{
            ChoiceTable, constant, custom, from_list, merge, merge_named, model_type, passes,
            present, redacted, sent,
        },
        field::{
            describe, describe_constant, describe_nested, describe_nested_list,
            describe_nested_row, describe_nested_rows, describe_related, with_default,
            with_example, with_nullable_default,
        },
        flatten::column_field,
        form::{Member, object_hook, unique_together},
        output::{Shown, ShownOption, entry, shown, shown_option},
        relations::expect_related,
    };
}
