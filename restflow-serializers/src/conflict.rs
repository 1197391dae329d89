//! Constraints of the database that a validated input breaks all the same: another request was
//! faster.

use restflow_exceptions::{ApiError, ErrorDetail, ErrorMessage, NON_FIELD_ERRORS};
use sea_orm::{DbErr, IdenStatic, Iterable, SqlErr};

use crate::{Field, RestEntity};

/// Turns a broken constraint into an error of the input, at the field whose column it names; other
/// errors stay what they are. The database's text goes to the log only.
pub(crate) fn translate<E: RestEntity>(
    error: DbErr,
    model: &str,
    written: &[(E::Column, &'static Field)],
) -> ApiError {
    let detail = match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(text)) => {
            not_unique(model, &fields::<E>(&text, written))
        }
        Some(SqlErr::ForeignKeyConstraintViolation(text)) => {
            no_related_row(&fields::<E>(&text, written))
        }
        _ => return error.into(),
    };
    ApiError::validation(detail).with_source(error)
}

/// A column that a constraint names, with its field if it was written through one.
struct Named {
    column: &'static str,
    field: Option<&'static Field>,
}

fn not_unique(model: &str, named: &[Named]) -> ErrorDetail {
    let (field, text) = match named {
        [] => (NON_FIELD_ERRORS, format!("This {model} already exists.")),
        [
            Named {
                field: Some(field), ..
            },
        ] => (
            field.name,
            format!("{model} with this {} already exists.", field.title),
        ),
        [Named { column, .. }] => {
            let title = column.replace('_', " ");
            let text = format!("{model} with this {title} already exists.");
            (NON_FIELD_ERRORS, text)
        }
        several => {
            let names: Vec<_> = several
                .iter()
                .map(|named| named.field.map_or(named.column, |field| field.name))
                .collect();
            let names = names.join(", ");
            let text = format!("The fields {names} must make a unique set.");
            (NON_FIELD_ERRORS, text)
        }
    };
    let message = ErrorMessage::new(text, "unique");
    match named {
        [
            Named {
                field: Some(field), ..
            },
        ] => ErrorDetail::field(field.name, field.reword(message)),
        _ => ErrorDetail::field(field, message),
    }
}

fn no_related_row(named: &[Named]) -> ErrorDetail {
    let message = ErrorMessage::new("The related object does not exist.", "does_not_exist");
    match named {
        [
            Named {
                field: Some(field), ..
            },
        ] => ErrorDetail::field(field.name, field.reword(message)),
        _ => ErrorDetail::field(NON_FIELD_ERRORS, message),
    }
}

fn fields<E: RestEntity>(text: &str, written: &[(E::Column, &'static Field)]) -> Vec<Named> {
    let columns: Vec<&'static str> = E::Column::iter().map(|column| column.as_str()).collect();
    named_columns(text, E::default().table_name(), &columns)
        .into_iter()
        .map(|column| Named {
            column,
            field: written
                .iter()
                .find_map(|(written, field)| (written.as_str() == column).then_some(*field)),
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
