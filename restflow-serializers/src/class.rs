//! Serializers as values, for views that choose one while they run.

use std::{
    any::{Any, TypeId, type_name},
    borrow::Cow,
    fmt,
    marker::PhantomData,
    pin::Pin,
    sync::OnceLock,
};

use restflow_exceptions::{ApiError, Result};
use restflow_fields::FieldInfo;
use sea_orm::{EntityTrait, IdenStatic, QueryResult, sea_query::SelectStatement};
use serde_json::value::{RawValue, to_raw_value};

use crate::{
    Declared, ErasedValidated, Field, Input, Json, MissingColumns, ModelOf, ModelSerializer,
    Projection, Record, Records, Representation, Serializer, SerializerContext, Validation, Write,
    entity::key_column, write::field_of,
};

type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>;
type Erased = dyn Any + Send + Sync;

/// A serializer as a value: small, `Copy`, and without a type parameter.
///
/// Whatever it does runs in code made for the one serializer: rows become structs and structs
/// become bytes without a tree in between.
#[derive(Clone, Copy)]
pub struct SerializerClass(&'static dyn ErasedClass);

impl SerializerClass {
    /// The class of the serializer `S`.
    #[must_use]
    pub fn of<S: Serializer>() -> Self {
        S::class()
    }

    /// Wraps the `static` of a serializer without an entity.
    #[must_use]
    pub const fn plain<S: Serializer>(class: &'static PlainClass<S>) -> Self {
        Self(class)
    }

    /// Wraps the `static` of a serializer over an entity.
    #[must_use]
    pub const fn model<S: ModelSerializer>(class: &'static ModelClass<S>) -> Self {
        Self(class)
    }

    /// The component name in the OpenAPI document.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.0.name()
    }

    /// The full name of the type.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        self.0.type_name()
    }

    /// Describes the fields in order.
    #[must_use]
    pub fn fields(&self) -> Vec<FieldInfo> {
        self.0.fields()
    }

    /// Whether a key of the input that is no field is an error.
    #[must_use]
    pub fn denies_unknown_fields(&self) -> bool {
        self.0.denies_unknown_fields()
    }

    /// What is wrong with the declaration that no compiler could see: columns of a flattened
    /// serializer that the entity does not have. Ask it before the first request.
    #[must_use]
    pub fn misconfigured(&self) -> Option<String> {
        self.0.misconfigured()
    }

    /// Whether there is a field of this name. Cheaper than a look at [`fields`](Self::fields),
    /// which describes them all.
    #[must_use]
    pub fn has_field(&self, name: &str) -> bool {
        self.0.field_names().iter().any(|field| field == name)
    }

    /// The type and the full name of the entity, if the serializer is over one.
    #[must_use]
    pub fn entity(&self) -> Option<(TypeId, &'static str)> {
        self.0.entity()
    }

    /// Whether the serializer is over an entity.
    #[must_use]
    pub fn is_model(&self) -> bool {
        self.entity().is_some()
    }

    /// The columns that a new row needs and that no field fills, nor `ActiveModelBehavior::new`,
    /// a default of the entity, or what the serializer says is `supplied`. They are asked when a
    /// view is put on a path; a serializer without an entity leaves none out.
    #[must_use]
    pub fn missing_columns(&self) -> Vec<String> {
        self.0.missing_columns()
    }

    /// The same for the rows that a new row is created with: those of the first
    /// `nested(write = "…")` that leaves columns out, other than the foreign key to the row around
    /// them. Rows that are only linked need nothing.
    #[must_use]
    pub fn missing_nested_columns(&self) -> Option<MissingColumns> {
        self.0.missing_nested_columns()
    }

    /// What is wrong with the nested rows of a serializer over an entity: that the column of the
    /// field does not refer to their table.
    #[must_use]
    pub fn unrelated(&self) -> Option<String> {
        self.0.unrelated()
    }

    /// Replaces the select list of a query by the columns that the serializer shows. A serializer
    /// without an entity leaves the query alone.
    pub fn project(&self, statement: &mut SelectStatement) {
        self.0.project(statement);
    }

    /// Makes a JSON array of the rows of a query that [`project`](Self::project) prepared.
    pub async fn represent_rows(
        &self,
        rows: Vec<QueryResult>,
        context: &SerializerContext<'_>,
    ) -> Result<Box<dyn Representation>> {
        self.0.represent_rows(rows, context).await
    }

    /// Makes a JSON object of each row of a query that [`project`](Self::project) prepared, for
    /// rows that are sent one by one. What they refer to is loaded for all of them together.
    pub async fn represent_each(
        &self,
        rows: Vec<QueryResult>,
        context: &SerializerContext<'_>,
    ) -> Result<Vec<Box<RawValue>>> {
        self.0.represent_each(rows, context).await
    }

    /// Makes a JSON object of one row of a query that [`project`](Self::project) prepared.
    pub async fn represent_row(
        &self,
        row: QueryResult,
        context: &SerializerContext<'_>,
    ) -> Result<Box<dyn Representation>> {
        self.0.represent_row(row, context).await
    }

    /// Makes a JSON object of a whole model.
    ///
    /// Fails with an internal error that names both types if it is the model of another entity.
    pub async fn represent_model<M: Any + Send + Sync>(
        &self,
        model: &M,
        context: &SerializerContext<'_>,
    ) -> Result<Box<dyn Representation>> {
        let models: &[&Erased] = &[model];
        self.0
            .represent_model(models, type_name::<M>(), context)
            .await
    }

    /// Makes a JSON array of whole models.
    ///
    /// Fails with an internal error that names both types if they are models of another entity.
    pub async fn represent_models<M: Any + Send + Sync>(
        &self,
        models: &[M],
        context: &SerializerContext<'_>,
    ) -> Result<Box<dyn Representation>> {
        let models: Vec<&Erased> = models.iter().map(|model| model as &Erased).collect();
        self.0
            .represent_models(&models, type_name::<M>(), context)
            .await
    }

    /// Validates input for one object.
    pub async fn validate(
        &self,
        input: impl Into<Input>,
        validation: &Validation<'_>,
    ) -> Result<ErasedValidated> {
        self.0.validate(input.into(), validation).await
    }

    /// The fields that take input for a column of the entity, by its name in the database.
    #[must_use]
    pub fn writable_fields(&self, column: &str) -> Vec<&'static Field> {
        self.0.writable_fields(column)
    }

    /// Whether a field takes something else for a column than its value: a slug of the row that
    /// the column refers to, or that row as a nested object.
    #[must_use]
    pub fn translates(&self, column: &str) -> bool {
        self.0.translates(column)
    }

    /// The field that shows the primary key of the entity, if there is one.
    pub(crate) fn key_field(&self) -> Option<&'static Field> {
        self.0.key_field()
    }
}

impl fmt::Debug for SerializerClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SerializerClass")
            .field(&self.type_name())
            .finish()
    }
}

impl PartialEq for SerializerClass {
    fn eq(&self, other: &Self) -> bool {
        self.0.id() == other.0.id()
    }
}

impl Eq for SerializerClass {}

/// What a serializer does, without its type.
trait ErasedClass: Send + Sync {
    fn id(&self) -> TypeId;
    fn name(&self) -> &'static str;
    fn type_name(&self) -> &'static str;
    fn fields(&self) -> Vec<FieldInfo>;
    fn field_names(&self) -> &FieldNames;

    fn denies_unknown_fields(&self) -> bool;

    fn misconfigured(&self) -> Option<String> {
        None
    }

    fn entity(&self) -> Option<(TypeId, &'static str)> {
        None
    }

    fn key_field(&self) -> Option<&'static Field> {
        None
    }

    fn writable_fields(&self, _column: &str) -> Vec<&'static Field> {
        Vec::new()
    }

    fn translates(&self, _column: &str) -> bool {
        false
    }

    fn missing_columns(&self) -> Vec<String> {
        Vec::new()
    }

    fn missing_nested_columns(&self) -> Option<MissingColumns> {
        None
    }

    fn unrelated(&self) -> Option<String> {
        None
    }

    fn project(&self, _statement: &mut SelectStatement) {}

    fn represent_rows<'a>(
        &'a self,
        _rows: Vec<QueryResult>,
        _context: &'a SerializerContext<'_>,
    ) -> BoxFuture<'a, Box<dyn Representation>> {
        Box::pin(async { Err(without_entity(self.type_name())) })
    }

    fn represent_each<'a>(
        &'a self,
        _rows: Vec<QueryResult>,
        _context: &'a SerializerContext<'_>,
    ) -> BoxFuture<'a, Vec<Box<RawValue>>> {
        Box::pin(async { Err(without_entity(self.type_name())) })
    }

    fn represent_row<'a>(
        &'a self,
        _row: QueryResult,
        _context: &'a SerializerContext<'_>,
    ) -> BoxFuture<'a, Box<dyn Representation>> {
        Box::pin(async { Err(without_entity(self.type_name())) })
    }

    /// Represents the first and only model.
    fn represent_model<'a>(
        &'a self,
        _models: &'a [&'a Erased],
        _type_name: &'static str,
        _context: &'a SerializerContext<'_>,
    ) -> BoxFuture<'a, Box<dyn Representation>> {
        Box::pin(async { Err(without_entity(self.type_name())) })
    }

    fn represent_models<'a>(
        &'a self,
        _models: &'a [&'a Erased],
        _type_name: &'static str,
        _context: &'a SerializerContext<'_>,
    ) -> BoxFuture<'a, Box<dyn Representation>> {
        Box::pin(async { Err(without_entity(self.type_name())) })
    }

    fn validate<'a>(
        &'a self,
        input: Input,
        validation: &'a Validation<'_>,
    ) -> BoxFuture<'a, ErasedValidated>;
}

fn without_entity(serializer: &str) -> ApiError {
    ApiError::internal(format!(
        "`{serializer}` is a serializer without an entity and cannot show rows"
    ))
}

type FieldNames = [Cow<'static, str>];

fn field_names<S: Serializer>(names: &OnceLock<Box<FieldNames>>) -> &FieldNames {
    names.get_or_init(|| S::fields().into_iter().map(|field| field.name).collect())
}

/// The class of a serializer without an entity, kept in a `static`.
pub struct PlainClass<S> {
    field_names: OnceLock<Box<FieldNames>>,
    serializer: PhantomData<fn() -> S>,
}

impl<S: Serializer> PlainClass<S> {
    /// The class of `S`.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            field_names: OnceLock::new(),
            serializer: PhantomData,
        }
    }
}

impl<S: Serializer> Default for PlainClass<S> {
    fn default() -> Self {
        Self::new()
    }
}

impl<S: Serializer> ErasedClass for PlainClass<S> {
    fn id(&self) -> TypeId {
        TypeId::of::<S>()
    }

    fn name(&self) -> &'static str {
        S::NAME
    }

    fn type_name(&self) -> &'static str {
        type_name::<S>()
    }

    fn fields(&self) -> Vec<FieldInfo> {
        S::fields()
    }

    fn field_names(&self) -> &FieldNames {
        field_names::<S>(&self.field_names)
    }

    fn denies_unknown_fields(&self) -> bool {
        S::DENIES_UNKNOWN_FIELDS
    }

    fn validate<'a>(
        &'a self,
        input: Input,
        validation: &'a Validation<'_>,
    ) -> BoxFuture<'a, ErasedValidated> {
        Box::pin(async move {
            let data = S::validate(input, validation).await?;
            Ok(ErasedValidated::new::<S>(data, validation.is_partial()))
        })
    }
}

impl<S: Serializer> fmt::Debug for PlainClass<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PlainClass").field(&S::NAME).finish()
    }
}

/// A column, and the field that stands for it.
type ColumnField<S> = (
    <<S as ModelSerializer>::Entity as EntityTrait>::Column,
    &'static Field,
);

/// The class of a serializer over an entity, kept in a `static`. The select list is built once.
pub struct ModelClass<S: ModelSerializer> {
    model: &'static str,
    projection: OnceLock<Projection<S::Entity>>,
    column_fields: OnceLock<Box<[ColumnField<S>]>>,
    field_names: OnceLock<Box<FieldNames>>,
}

impl<S: ModelSerializer> ModelClass<S> {
    /// The class of `S`. `model` is the entity's name in messages: `order line`.
    #[must_use]
    pub const fn new(model: &'static str) -> Self {
        Self {
            model,
            projection: OnceLock::new(),
            column_fields: OnceLock::new(),
            field_names: OnceLock::new(),
        }
    }

    /// The columns that `S` shows.
    pub fn projection(&self) -> &Projection<S::Entity> {
        self.projection.get_or_init(|| {
            let mut projection = Projection::new();
            S::columns(&mut projection);
            projection
        })
    }

    /// The fields that stand for columns.
    pub(crate) fn column_fields(&self) -> &[ColumnField<S>] {
        self.column_fields
            .get_or_init(|| S::column_fields().into_boxed_slice())
    }

    /// The field that shows the primary key.
    pub(crate) fn key_field(&self) -> Option<&'static Field> {
        field_of::<S::Entity>(self.column_fields(), key_column::<S::Entity>())
    }

    /// Turns validated input into what is saved.
    pub(crate) fn write(&'static self, data: S::Data) -> Result<Write<S::Entity>> {
        let mut write = Write::of(self.model, self.column_fields());
        S::write(data, &mut write)?;
        Ok(write)
    }

    async fn read(
        &self,
        records: Records<'_, S::Entity>,
        context: &SerializerContext<'_>,
    ) -> Result<Vec<S>> {
        let relations = S::load(records, context).await?;
        // Collected into a result, the rows would not tell their number beforehand.
        let mut read = Vec::with_capacity(records.len());
        for record in records.iter() {
            read.push(S::from_record(record, &relations, context)?);
        }
        Ok(read)
    }

    async fn read_one(
        &self,
        records: Records<'_, S::Entity>,
        record: Record<'_, S::Entity>,
        context: &SerializerContext<'_>,
    ) -> Result<S> {
        let relations = S::load(records, context).await?;
        S::from_record(record, &relations, context)
    }

    fn downcast<'a>(models: &[&'a Erased], found: &'static str) -> Result<Vec<&'a ModelOf<S>>> {
        let models = models.iter().map(|model| model.downcast_ref());
        models.collect::<Option<_>>().ok_or_else(|| {
            ApiError::internal(format!(
                "`{}` shows `{}`, not `{found}`",
                type_name::<S>(),
                type_name::<ModelOf<S>>()
            ))
        })
    }
}

impl<S: ModelSerializer> ErasedClass for ModelClass<S> {
    fn id(&self) -> TypeId {
        TypeId::of::<S>()
    }

    fn name(&self) -> &'static str {
        S::NAME
    }

    fn type_name(&self) -> &'static str {
        type_name::<S>()
    }

    fn fields(&self) -> Vec<FieldInfo> {
        S::fields()
    }

    fn field_names(&self) -> &FieldNames {
        field_names::<S>(&self.field_names)
    }

    fn denies_unknown_fields(&self) -> bool {
        S::DENIES_UNKNOWN_FIELDS
    }

    fn misconfigured(&self) -> Option<String> {
        let problems = self.projection().problems();
        (!problems.is_empty()).then(|| problems.join("; "))
    }

    fn entity(&self) -> Option<(TypeId, &'static str)> {
        Some((TypeId::of::<S::Entity>(), type_name::<S::Entity>()))
    }

    fn key_field(&self) -> Option<&'static Field> {
        S::model_class().key_field()
    }

    fn writable_fields(&self, column: &str) -> Vec<&'static Field> {
        let fields = S::model_class().column_fields().iter();
        fields
            .filter(|(of, field)| !field.read_only && of.as_str() == column)
            .map(|(_, field)| *field)
            .collect()
    }

    fn translates(&self, column: &str) -> bool {
        let mut write = Write::declaring();
        S::write(S::Data::default(), &mut write).is_ok() && write.translates(column)
    }

    fn missing_columns(&self) -> Vec<String> {
        Declared::of::<S>().missing::<S>()
    }

    fn missing_nested_columns(&self) -> Option<MissingColumns> {
        let mut seen = vec![TypeId::of::<S>()];
        Declared::of::<S>().missing_nested(&mut seen)
    }

    fn unrelated(&self) -> Option<String> {
        Declared::of::<S>().unrelated()
    }

    fn project(&self, statement: &mut SelectStatement) {
        self.projection().project(statement);
    }

    fn represent_rows<'a>(
        &'a self,
        rows: Vec<QueryResult>,
        context: &'a SerializerContext<'_>,
    ) -> BoxFuture<'a, Box<dyn Representation>> {
        Box::pin(async move {
            let records = Records::rows(&rows, self.projection());
            Ok(Box::new(Json(self.read(records, context).await?)) as _)
        })
    }

    fn represent_each<'a>(
        &'a self,
        rows: Vec<QueryResult>,
        context: &'a SerializerContext<'_>,
    ) -> BoxFuture<'a, Vec<Box<RawValue>>> {
        Box::pin(async move {
            let records = Records::rows(&rows, self.projection());
            let read = self.read(records, context).await?;
            let texts = read.iter().map(to_raw_value).collect::<Result<_, _>>();
            texts.map_err(ApiError::internal)
        })
    }

    fn represent_row<'a>(
        &'a self,
        row: QueryResult,
        context: &'a SerializerContext<'_>,
    ) -> BoxFuture<'a, Box<dyn Representation>> {
        Box::pin(async move {
            let records = Records::rows(std::slice::from_ref(&row), self.projection());
            let record = Record::Row(&row, 0);
            Ok(Box::new(Json(self.read_one(records, record, context).await?)) as _)
        })
    }

    fn represent_model<'a>(
        &'a self,
        models: &'a [&'a Erased],
        found: &'static str,
        context: &'a SerializerContext<'_>,
    ) -> BoxFuture<'a, Box<dyn Representation>> {
        Box::pin(async move {
            let models = Self::downcast(models, found)?;
            let [model] = models.as_slice() else {
                return Err(ApiError::internal("one model is expected"));
            };
            let record = Record::Model(*model);
            let one = self
                .read_one(Records::models(&models), record, context)
                .await?;
            Ok(Box::new(Json(one)) as _)
        })
    }

    fn represent_models<'a>(
        &'a self,
        models: &'a [&'a Erased],
        found: &'static str,
        context: &'a SerializerContext<'_>,
    ) -> BoxFuture<'a, Box<dyn Representation>> {
        Box::pin(async move {
            let models = Self::downcast(models, found)?;
            let all = self.read(Records::models(&models), context).await?;
            Ok(Box::new(Json(all)) as _)
        })
    }

    fn validate<'a>(
        &'a self,
        input: Input,
        validation: &'a Validation<'_>,
    ) -> BoxFuture<'a, ErasedValidated> {
        Box::pin(async move {
            let data = S::validate(input, validation).await?;
            let write = S::model_class().write(data.clone())?;
            let validated = ErasedValidated::new::<S>(data, validation.is_partial());
            Ok(validated.with_write(write))
        })
    }
}

impl<S: ModelSerializer> fmt::Debug for ModelClass<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ModelClass").field(&S::NAME).finish()
    }
}
