//! Constraints of the database that a validated input breaks all the same: another request was
//! faster.

use std::{borrow::Cow, collections::HashSet};

use restflow_exceptions::{
    ApiError, ErrorDetail, ErrorKind, ErrorMessage, FieldErrors, NON_FIELD_ERRORS, can_be_retried,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseExecutor, DbErr, IdenStatic, Iterable, QueryResult,
    SqlErr, Value,
    sea_query::{Expr, Query, SelectStatement},
};

use crate::{Field, Key, KeyOf, RestEntity, entity::key_column, relations::CHUNK};

/// Why rows could not be saved, and where in the input that belongs.
pub(crate) struct Failure {
    error: ApiError,
    /// The places around the error, the innermost first.
    path: Vec<Cow<'static, str>>,
    /// Related rows that may have gone since they were looked up.
    suspects: Vec<Suspect>,
    /// Whether one of several rows broke a constraint, and nobody knows which.
    pub(crate) is_among: bool,
    /// Whether the transaction may go through when it is run again.
    pub(crate) can_be_retried: bool,
}

/// The related rows that a field was given, by key.
pub(crate) struct Suspect {
    pub(crate) field: &'static Field,
    pub(crate) keys: Vec<Value>,
    /// Whether the client named them by these keys.
    pub(crate) by_key: bool,
    pub(crate) rows: KeysOf,
}

/// How the keys of an entity are looked up, without its type.
#[derive(Clone, Copy)]
pub(crate) struct KeysOf {
    select: fn(Vec<Value>) -> SelectStatement,
    /// Reads the key in the first column.
    pub(crate) read: fn(&QueryResult) -> Result<Value, DbErr>,
}

impl KeysOf {
    pub(crate) fn of<R>() -> Self
    where
        R: RestEntity,
        KeyOf<R>: Key,
    {
        Self {
            select: |keys| {
                let column = key_column::<R>();
                Query::select()
                    .expr(Expr::col(column.as_column_ref()))
                    .from(R::default().table_ref())
                    .and_where(column.is_in(keys))
                    .take()
            },
            read: |row| row.try_get_by_index::<KeyOf<R>>(0).map(Into::into),
        }
    }
}

impl Failure {
    /// Turns a broken constraint into an error of the input, at the field whose column it names;
    /// other errors stay what they are. The database's text goes to the log only.
    pub(crate) fn of_row<E: RestEntity>(
        error: DbErr,
        model: &str,
        fields: &[(E::Column, &'static Field)],
        suspects: Vec<Suspect>,
    ) -> Self {
        let detail = match error.sql_err() {
            Some(SqlErr::UniqueConstraintViolation(text)) => {
                not_unique(model, &named::<E>(&text, fields))
            }
            Some(SqlErr::ForeignKeyConstraintViolation(text)) => {
                let named = named::<E>(&text, fields);
                let detail = no_related_row(&named);
                return Self {
                    suspects: suspected(suspects, &named),
                    ..ApiError::validation(detail).with_source(error).into()
                };
            }
            _ => return error.into(),
        };
        ApiError::validation(detail).with_source(error).into()
    }

    /// The same for links between rows, which only break by rows that have gone, or because
    /// another request made the same link.
    pub(crate) fn of_links(error: DbErr, suspect: Suspect) -> Self {
        match error.sql_err() {
            Some(SqlErr::UniqueConstraintViolation(_)) => Self {
                can_be_retried: true,
                ..ApiError::service_unavailable().with_source(error).into()
            },
            Some(SqlErr::ForeignKeyConstraintViolation(_)) => {
                let detail = ErrorDetail::field(suspect.field.name, gone(suspect.field));
                Self {
                    suspects: vec![suspect],
                    ..ApiError::validation(detail).with_source(error).into()
                }
            }
            _ => error.into(),
        }
    }

    /// One of several rows is to blame.
    pub(crate) fn among(self) -> Self {
        let is_among = self.error.kind() == ErrorKind::Validation;
        Self { is_among, ..self }
    }

    /// Puts the errors under a field, or under the position of a row.
    pub(crate) fn under(mut self, place: impl Into<Cow<'static, str>>) -> Self {
        self.path.push(place.into());
        self
    }

    pub(crate) fn at(self, position: usize) -> Self {
        self.under(position.to_string())
    }

    /// Takes the outermost place away, which the client knows nothing of.
    pub(crate) fn inner(mut self) -> Self {
        self.path.pop();
        self
    }

    /// The error for the client. A related row that has gone is named; the database is asked for
    /// it, which must not be in the middle of a transaction that has failed.
    pub(crate) async fn resolve(self, db: &DatabaseExecutor<'_>) -> ApiError {
        let Self {
            error,
            path,
            suspects,
            ..
        } = self;
        if error.kind() != ErrorKind::Validation {
            return error;
        }
        let mut detail = error.detail().clone();
        // Where the database does not answer, the error is as exact as its own words are.
        if let Ok(Some(found)) = missing(&suspects, db).await {
            detail = found;
        }
        for place in path {
            detail = ErrorDetail::Map([(place, detail)].into_iter().collect());
        }
        error.with_detail(detail)
    }
}

impl From<ApiError> for Failure {
    fn from(error: ApiError) -> Self {
        Self {
            error,
            path: Vec::new(),
            suspects: Vec::new(),
            is_among: false,
            can_be_retried: false,
        }
    }
}

impl From<DbErr> for Failure {
    fn from(error: DbErr) -> Self {
        Self {
            can_be_retried: can_be_retried(&error),
            ..Self::from(ApiError::from(error))
        }
    }
}

/// Names the rows that have gone, field by field.
async fn missing(
    suspects: &[Suspect],
    db: &DatabaseExecutor<'_>,
) -> Result<Option<ErrorDetail>, DbErr> {
    let mut errors = FieldErrors::new();
    for suspect in suspects {
        let mut found = HashSet::with_capacity(suspect.keys.len());
        for chunk in suspect.keys.chunks(CHUNK) {
            for row in db.query_all(&(suspect.rows.select)(chunk.to_vec())).await? {
                found.insert((suspect.rows.read)(&row)?);
            }
        }
        for key in suspect.keys.iter().filter(|key| !found.contains(key)) {
            let text = key_text(key).filter(|_| suspect.by_key);
            let message = text.map_or_else(|| gone(suspect.field), |text| missing_key(&text));
            errors.add(suspect.field.name, suspect.field.reword(message));
        }
    }
    Ok(errors.into_result().err())
}

/// Those that a constraint names; all of them where it names none.
fn suspected(mut suspects: Vec<Suspect>, named: &[Named]) -> Vec<Suspect> {
    let is_named = |suspect: &Suspect| {
        let mut fields = named.iter().filter_map(|named| named.field);
        fields.any(|field| field.name == suspect.field.name)
    };
    if suspects.iter().any(is_named) {
        suspects.retain(is_named);
    }
    suspects
}

/// Django's words for a key that no row has.
pub(crate) fn missing_key(key: &str) -> ErrorMessage {
    ErrorMessage::new(
        format!("Invalid pk \"{key}\" - object does not exist."),
        "does_not_exist",
    )
}

/// A key as clients write it; `None` for one that they do not.
pub(crate) fn key_text(key: &Value) -> Option<String> {
    Some(match key {
        Value::TinyInt(key) => key.as_ref()?.to_string(),
        Value::SmallInt(key) => key.as_ref()?.to_string(),
        Value::Int(key) => key.as_ref()?.to_string(),
        Value::BigInt(key) => key.as_ref()?.to_string(),
        Value::TinyUnsigned(key) => key.as_ref()?.to_string(),
        Value::SmallUnsigned(key) => key.as_ref()?.to_string(),
        Value::Unsigned(key) => key.as_ref()?.to_string(),
        Value::BigUnsigned(key) => key.as_ref()?.to_string(),
        Value::String(key) => key.clone()?,
        Value::Uuid(key) => key.as_ref()?.to_string(),
        _ => return None,
    })
}

/// A column that a constraint names, with its field if there is one.
struct Named {
    column: &'static str,
    field: Option<&'static Field>,
}

impl Named {
    fn name(&self) -> &'static str {
        self.field.map_or(self.column, |field| field.name)
    }
}

fn not_unique(model: &str, named: &[Named]) -> ErrorDetail {
    let text = match named {
        [] => format!("This {model} already exists."),
        [one] => {
            let message = |title: &str| {
                let text = format!("{model} with this {title} already exists.");
                ErrorMessage::new(text, "unique")
            };
            if let Some(field) = one.field.filter(|field| !field.read_only) {
                return ErrorDetail::field(field.name, field.reword(message(field.title)));
            }
            let message = message(&one.column.replace('_', " "));
            return ErrorDetail::field(NON_FIELD_ERRORS, message);
        }
        several => {
            let names: Vec<_> = several.iter().map(Named::name).collect();
            let names = names.join(", ");
            format!("The fields {names} must make a unique set.")
        }
    };
    ErrorDetail::field(NON_FIELD_ERRORS, ErrorMessage::new(text, "unique"))
}

fn no_related_row(named: &[Named]) -> ErrorDetail {
    match named {
        [
            Named {
                field: Some(field), ..
            },
        ] => ErrorDetail::field(field.name, gone(field)),
        _ => ErrorDetail::field(NON_FIELD_ERRORS, related_row_gone()),
    }
}

fn gone(field: &Field) -> ErrorMessage {
    field.reword(related_row_gone())
}

fn related_row_gone() -> ErrorMessage {
    ErrorMessage::new("The related object does not exist.", "does_not_exist")
}

fn named<E: RestEntity>(text: &str, fields: &[(E::Column, &'static Field)]) -> Vec<Named> {
    let columns: Vec<&'static str> = E::Column::iter().map(|column| column.as_str()).collect();
    named_columns(text, E::default().table_name(), &columns)
        .into_iter()
        .map(|column| {
            let shown = fields
                .iter()
                .filter(|(known, _)| known.as_str() == column)
                .map(|(_, field)| *field);
            // Two fields may show one column, of which one is written.
            let field = shown.min_by_key(|field| field.read_only);
            Named { column, field }
        })
        .collect()
}

/// Finds the columns that the message of a database names.
///
/// SQLite names them (`product.sku`), PostgreSQL and MySQL name the constraint, whose name is made
/// of the columns by convention (`product_sku_key`, `product.sku`, `idx-product-sku`).
fn named_columns<'c>(text: &str, table: &str, columns: &[&'c str]) -> Vec<&'c str> {
    if let Some((_, list)) = text.split_once("constraint failed: ") {
        let names = list.split(',').filter_map(|name| {
            let (found, column) = name.trim().rsplit_once('.')?;
            (found == table).then_some(column)
        });
        let names: Vec<_> = names.collect();
        return columns
            .iter()
            .copied()
            .filter(|column| names.contains(column))
            .collect();
    }
    // MySQL tells the columns of a foreign key besides the name of the constraint.
    if !text.starts_with("Duplicate entry")
        && let Some((_, list)) = text.split_once("FOREIGN KEY (")
    {
        let list = list.split(')').next().unwrap_or_default();
        let names: Vec<_> = list
            .split(',')
            .map(|name| name.trim().trim_matches('`'))
            .collect();
        let is_named = |column: &&str| names.contains(column);
        return columns.iter().copied().filter(is_named).collect();
    }
    let Some(constraint) = constraint_name(text) else {
        return Vec::new();
    };
    let constraint = constraint
        .rsplit_once('.')
        .map_or(constraint, |(_, name)| name);
    if let Some(column) = columns.iter().find(|column| **column == constraint) {
        return vec![column];
    }
    let words = format!("_{}_", constraint.to_lowercase().replace('-', "_"));
    let words = words.replacen(&format!("_{table}_"), "__", 1);
    let is_in = |column: &str, words: &str| words.contains(&format!("_{column}_"));
    let found: Vec<_> = columns
        .iter()
        .copied()
        .filter(|column| is_in(column, &words))
        .collect();
    let is_part = |column: &str| {
        found
            .iter()
            .any(|other| *other != column && is_in(column, &format!("_{other}_")))
    };
    found
        .iter()
        .copied()
        .filter(|column| !is_part(column))
        .collect()
}

/// The last quoted word of a message. What comes before may hold values of the row.
fn constraint_name(text: &str) -> Option<&str> {
    let text = text.trim_end_matches([')', ' ', '.']);
    let quote = text
        .chars()
        .next_back()
        .filter(|c| matches!(c, '"' | '\'' | '`'))?;
    let text = text.strip_suffix(quote)?;
    text.rsplit_once(quote).map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_found_in_the_messages_of_all_databases() {
        let columns = ["id", "sku", "name", "category_id"];
        let table = [
            ("UNIQUE constraint failed: product.sku", vec!["sku"]),
            (
                "UNIQUE constraint failed: product.name, product.category_id",
                vec!["name", "category_id"],
            ),
            ("UNIQUE constraint failed: product_tag.id", vec![]),
            ("FOREIGN KEY constraint failed", vec![]),
            (
                r#"duplicate key value violates unique constraint "product_sku_key""#,
                vec!["sku"],
            ),
            (
                r#"duplicate key value violates unique constraint "idx-product-sku""#,
                vec!["sku"],
            ),
            (
                r#"duplicate key value violates unique constraint "product_category_id_name_key""#,
                vec!["name", "category_id"],
            ),
            (
                r#"insert or update on table "product" violates foreign key constraint "product_category_id_fkey""#,
                vec!["category_id"],
            ),
            (
                "Cannot add or update a child row: a foreign key constraint fails (`shop`.`product`, CONSTRAINT `fk` FOREIGN KEY (`category_id`) REFERENCES `category` (`id`))",
                vec!["category_id"],
            ),
            (
                "Duplicate entry 'for key 'name'' for key 'product.sku'",
                vec!["sku"],
            ),
            ("Duplicate entry 'x' for key 'sku'", vec!["sku"]),
            ("something else", vec![]),
        ];
        for (text, expected) in table {
            assert_eq!(named_columns(text, "product", &columns), expected, "{text}");
        }
    }
}
