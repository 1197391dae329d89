//! The joins that a count does without.
//!
//! sea-query lets nobody take a join out of a statement, so it is cut out of the text of the
//! count, and only where nothing can go wrong: the text of the join must be that of a relation of
//! the entity to one row, and nothing else in the text may be a name of the joined table, or a
//! name that could be one of its columns.

use sea_orm::sea_query::{Expr, JoinType, Query};
use sea_orm::{DbBackend, EntityTrait, Iterable, RelationDef, RelationTrait, RelationType};

use crate::sql;

/// The relations of `E` to at most one row: it holds the foreign key.
pub(super) fn to_one<E: EntityTrait>() -> Vec<RelationDef> {
    E::Relation::iter()
        .map(|relation| relation.def())
        .filter(|def| def.rel_type == RelationType::HasOne && !def.is_owner && !def.skip_fk)
        .filter(|def| def.on_condition.is_none())
        .collect()
}

/// `count` without the left joins of `relations` that it does without; `None` where it needs all.
pub(super) fn without_joins(
    count: &str,
    relations: &[RelationDef],
    backend: DbBackend,
) -> Option<String> {
    let mut shorter: Option<String> = None;
    for relation in relations {
        let count = shorter.as_deref().unwrap_or(count);
        if let Some(rest) = without_join(count, relation, backend) {
            shorter = Some(rest);
        }
    }
    shorter
}

fn without_join(count: &str, relation: &RelationDef, backend: DbBackend) -> Option<String> {
    let join = join_text(relation, backend)?;
    let start = count.find(&join)?;
    let (before, behind) = (&count[..start], &count[start + join.len()..]);
    // The condition of the join ends here, too.
    let ends = ["", " WHERE ", " LEFT JOIN ", " INNER JOIN "];
    let is_whole = ends
        .iter()
        .any(|end| behind == *end || (!end.is_empty() && behind.starts_with(end)));
    let table = relation.to_tbl.sea_orm_table().to_string();
    (is_whole && is_foreign_to(before, &table) && is_foreign_to(behind, &table))
        .then(|| format!("{before}{behind}"))
}

/// ` LEFT JOIN "category" ON "product"."category_id" = "category"."id"`.
fn join_text(relation: &RelationDef, backend: DbBackend) -> Option<String> {
    let mut select = Query::select();
    let table = relation.to_tbl.clone();
    select
        .expr(Expr::cust("1"))
        .from(relation.from_tbl.clone())
        .join(JoinType::LeftJoin, table, relation.clone());
    let built = sql::build(&select, backend);
    let start = built.sql.find(" LEFT JOIN ")?;
    let has_values = built.values.is_some_and(|values| !values.0.is_empty());
    (!has_values).then(|| built.sql[start..].to_owned())
}

/// The words that a count consists of, besides names in quotes.
const WORDS: &[&str] = &[
    "ALL", "AND", "ANY", "AS", "BETWEEN", "COUNT", "ESCAPE", "EXISTS", "FALSE", "FROM", "ILIKE",
    "IN", "INNER", "IS", "JOIN", "LEFT", "LIKE", "LIMIT", "LOWER", "NOT", "NULL", "ON", "OR",
    "SELECT", "TRUE", "UPPER", "WHERE",
];

/// The words before the name of a table.
const BEFORE_TABLES: &[&str] = &["FROM", "JOIN", "AS"];

/// Whether no word of the text means `table` or a column that could be its: each column says
/// which other table it belongs to.
fn is_foreign_to(text: &str, table: &str) -> bool {
    let mut rest = text;
    let mut word = "";
    let mut is_column = false;
    while let Some(first) = rest.chars().next() {
        match first {
            '"' | '`' => {
                let Some(length) = rest[1..].find(first) else {
                    return false;
                };
                let (name, behind) = (&rest[1..=length], &rest[length + 2..]);
                let is_qualifier = behind.starts_with('.');
                let is_table = is_qualifier || BEFORE_TABLES.contains(&word);
                // A quote within a name is more than this needs to understand.
                let is_odd = behind.starts_with(first) || !(is_table || is_column);
                if is_odd || (!is_column && name.eq_ignore_ascii_case(table)) {
                    return false;
                }
                is_column = is_qualifier;
                word = "";
                rest = behind.strip_prefix('.').unwrap_or(behind);
            }
            '\'' => return false,
            _ if first.is_ascii_alphabetic() || first == '_' => {
                let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
                word = &rest[..end.unwrap_or(rest.len())];
                if !WORDS.contains(&word) {
                    return false;
                }
                rest = &rest[word.len()..];
            }
            // What stands in counts between names and words.
            ' ' | '(' | ')' | ',' | '*' | '?' | '$' | '=' | '<' | '>' | '+' | '0'..='9' => {
                rest = &rest[1..];
            }
            _ => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_could_be_of_the_table_are_found() {
        let foreign = [
            r#"SELECT COUNT(*) FROM "product""#,
            r#" WHERE "product"."category_id" = $1 AND "product"."category" <> ?"#,
            r#" WHERE EXISTS(SELECT 1 FROM "tag" WHERE "tag"."product_id" = "product"."id")"#,
            " WHERE `product`.`id` IN (?, ?) AND `product`.`name` LIKE ? ESCAPE ?",
            r#" WHERE "product"."name" LIKE (+?) AND +EXISTS(SELECT 1 FROM "tag")"#,
            r#" WHERE "shop"."product"."id" IS NOT NULL"#,
        ];
        for text in foreign {
            assert!(is_foreign_to(text, "category"), "{text}");
        }
        let suspicious = [
            r#" WHERE "category"."id" = ?"#,
            r#" WHERE "Category"."id" = ?"#,
            r#" WHERE "title" = ?"#,
            " WHERE title = ?",
            " WHERE category.title = ?",
            r#" WHERE EXISTS(SELECT 1 FROM "tag" WHERE "tag"."id" = "category"."id")"#,
            r#" LEFT JOIN "maker" ON "category"."maker_id" = "maker"."id""#,
            r#" WHERE "product"."name" = 'category'"#,
            r#" WHERE "product"."na""me" = ?"#,
            r#" WHERE COALESCE("product"."id", ?) = ?"#,
            " WHERE \u{e9} = ?",
        ];
        for text in suspicious {
            assert!(!is_foreign_to(text, "category"), "{text}");
        }
    }
}
