//! What a serializer over an entity says about it, compared with what the entity says of itself.

use std::{
    any::{TypeId, type_name},
    fmt,
};

use sea_orm::{
    ActiveModelBehavior, ActiveModelTrait, ActiveValue, ColumnTrait, EntityName, IdenStatic,
    Identity, Iterable, PrimaryKeyToColumn, PrimaryKeyTrait, RelationDef, RelationTrait,
};

use crate::{
    ModelSerializer, RefersTo, RelatesTo, RestEntity, Write, entity::key_column, relations::Link,
    write::unwritable,
};

/// What [`ModelSerializer::declare`] tells of a serializer, for the checks at the start of a
/// program.
pub struct Declared<E: RestEntity> {
    supplied: Vec<E::Column>,
    unrelated: Option<String>,
    rows: Vec<NestedRows>,
}

/// Columns that a new nested row needs and that nothing fills, see
/// [`SerializerClass::missing_nested_columns`](crate::SerializerClass::missing_nested_columns).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MissingColumns {
    /// The field with the nested serializer, from the outside in: `lines.parts`.
    pub field: String,
    /// The type of the nested serializer.
    pub serializer: &'static str,
    /// The columns by their names in the database.
    pub columns: Vec<String>,
}

/// New rows of a field.
struct NestedRows {
    field: &'static str,
    /// The foreign key to the row around them.
    filled: Option<String>,
    missing: fn(&Self, &mut Vec<TypeId>) -> Option<MissingColumns>,
}

impl NestedRows {
    /// Below a serializer that was `seen` there is nothing new: it may nest itself.
    fn missing<N: ModelSerializer>(&self, seen: &mut Vec<TypeId>) -> Option<MissingColumns> {
        let declared = Declared::of::<N>();
        let mut columns = declared.missing::<N>();
        columns.retain(|column| Some(column) != self.filled.as_ref());
        if !columns.is_empty() {
            return Some(MissingColumns {
                field: self.field.to_owned(),
                serializer: type_name::<N>(),
                columns,
            });
        }
        if seen.contains(&TypeId::of::<N>()) {
            return None;
        }
        seen.push(TypeId::of::<N>());
        let missing = declared.missing_nested(seen)?;
        Some(MissingColumns {
            field: format!("{}.{}", self.field, missing.field),
            ..missing
        })
    }
}

impl<E: RestEntity> Declared<E> {
    pub(crate) fn of<S: ModelSerializer<Entity = E>>() -> Self {
        let mut declared = Self {
            supplied: Vec::new(),
            unrelated: None,
            rows: Vec::new(),
        };
        S::declare(&mut declared);
        declared
    }

    /// Says that `ActiveModelBehavior` or the database fills a column of a new row.
    pub fn supplied(&mut self, column: E::Column) {
        self.supplied.push(column);
    }

    /// Says that a field of `S` shows the row of `N` that a column refers to.
    pub fn nested<S, N>(&mut self, field: &'static str, column: E::Column)
    where
        S: ModelSerializer,
        N: ModelSerializer,
        E: RefersTo<N::Entity>,
    {
        self.nested_by::<S, N>(field, column);
    }

    /// The same for an entity without SeaORM's `Related`, because several relations lead to the
    /// same rows, or from the table to itself.
    pub fn nested_by<S: ModelSerializer, N: ModelSerializer>(
        &mut self,
        field: &'static str,
        column: E::Column,
    ) {
        let target = <N::Entity as Default>::default();
        let (table, target) = (E::default(), target.table_name());
        let is_own_row =
            target == table.table_name() && column.as_str() == key_column::<E>().as_str();
        let refers = |relation: E::Relation| refers(&relation.def(), column, target);
        if !is_own_row && !E::Relation::iter().any(refers) {
            self.unrelated.get_or_insert_with(|| {
                let (column, table) = (column.as_str(), table.table_name());
                format!(
                    "`{}` nests `{}` in the field `{field}`, but `{table}.{column}` does not refer \
                     to `{target}`: nest a serializer of the entity that it refers to, name the \
                     foreign key in `source`, or add the relation to the entity",
                    type_name::<S>(),
                    type_name::<N>(),
                )
            });
        }
    }

    /// Says that a field creates the row of `N` that a column refers to.
    pub fn new_row<N: ModelSerializer>(&mut self, field: &'static str) {
        self.rows.push(NestedRows {
            field,
            filled: None,
            missing: NestedRows::missing::<N>,
        });
    }

    /// Says that a field creates rows of `N`: those that refer to the row get its primary key.
    pub fn new_rows<N: ModelSerializer>(&mut self, field: &'static str)
    where
        E: RelatesTo<N::Entity>,
    {
        let link = Link::new::<E, N::Entity>();
        self.rows.push(NestedRows {
            field,
            filled: link.right.is_none().then(|| link.left.to_string()),
            missing: NestedRows::missing::<N>,
        });
    }

    /// Says that a field takes primary keys of `R` for a column.
    pub fn related<R: RestEntity>(&mut self, field: &'static str, column: E::Column) {
        let (target, key) = (R::default(), key_column::<R>());
        for relation in E::Relation::iter().map(|relation| relation.def()) {
            let to: Vec<_> = Identity::clone(&relation.to_col).into_iter().collect();
            if let [to] = to.as_slice()
                && refers(&relation, column, target.table_name())
                && to.to_string() != key.as_str()
            {
                self.unrelated.get_or_insert_with(|| {
                    let (table, column) = (E::default(), column.as_str());
                    let (table, target) = (table.table_name(), target.table_name());
                    format!(
                        "the field `{field}` takes primary keys of `{target}`, but \
                         `{table}.{column}` refers to `{target}.{to}`: declare the column as a \
                         value, without `related`"
                    )
                });
            }
        }
    }

    /// Says that a field writes the links to rows of `R`.
    pub fn links<R: RestEntity>(&mut self, field: &'static str)
    where
        E: RelatesTo<R>,
    {
        if let Some(obstacle) = Link::new::<E, R>().obstacle::<E, R>() {
            self.unrelated
                .get_or_insert_with(|| unwritable(field, obstacle));
        }
    }

    pub(crate) fn unrelated(self) -> Option<String> {
        self.unrelated
    }

    /// The first nested rows without what they need.
    pub(crate) fn missing_nested(&self, seen: &mut Vec<TypeId>) -> Option<MissingColumns> {
        let mut rows = self.rows.iter();
        rows.find_map(|rows| (rows.missing)(rows, seen))
    }

    /// The columns that a new row needs and that neither a field fills nor anything else.
    pub(crate) fn missing<S: ModelSerializer<Entity = E>>(&self) -> Vec<String> {
        let mut write = Write::declaring();
        if S::write(S::Data::default(), &mut write).is_err() {
            return Vec::new();
        }
        let new = <E::ActiveModel as ActiveModelBehavior>::new();
        let generated: Vec<_> = if E::PrimaryKey::auto_increment() {
            E::PrimaryKey::iter()
                .map(PrimaryKeyToColumn::into_column)
                .collect()
        } else {
            Vec::new()
        };
        let filled = [self.supplied.as_slice(), &generated, write.declared()];
        let is_filled = |column: &E::Column| {
            let mut filled = filled.iter().flat_map(|columns| columns.iter());
            filled.any(|other| other.as_str() == column.as_str())
        };
        let is_needed = |column: &E::Column| {
            let definition = column.def();
            !definition.is_null()
                && definition.get_column_default().is_none()
                && !matches!(new.get(*column), ActiveValue::Set(_))
        };
        let columns = <E::Column as Iterable>::iter();
        let missing = columns.filter(|column| is_needed(column) && !is_filled(column));
        missing.map(|column| column.as_str().to_owned()).collect()
    }
}

/// Whether a relation goes from this column to this table.
fn refers(relation: &RelationDef, column: impl IdenStatic, table: &str) -> bool {
    let mut columns = Identity::clone(&relation.from_col).into_iter();
    relation.to_tbl.sea_orm_table().to_string() == table
        && columns.any(|from| from.to_string() == column.as_str())
}

impl<E: RestEntity> fmt::Debug for Declared<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Declared")
            .field("supplied", &self.supplied)
            .field("unrelated", &self.unrelated)
            .finish_non_exhaustive()
    }
}
