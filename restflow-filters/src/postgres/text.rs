//! Lookups of PostgreSQL for texts.

use sea_orm::sea_query::extension::postgres::PgBinOper;
use sea_orm::sea_query::{BinOper, Expr, ExprTrait, Func, SimpleExpr};
use sea_orm::{ColumnTrait, DbBackend};

use crate::input::One;
use crate::like::{Place, text_of};
use crate::lookups::Lookup;
use crate::postgres::needs_postgres;
use crate::postgres::search_vector::{SearchQuery, is_vector};

macro_rules! text_lookups {
    ($(
        $(#[$meta:meta])*
        $name:ident = $suffix:literal, $description:literal, |$column:ident, $text:ident| $condition:expr;
    )+) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy)]
        pub struct $name;

        impl Lookup<String> for $name {
            const NAME: &'static str = $suffix;
            const DESCRIPTION: &'static str = $description;
            type Input = One<String>;

            fn misconfigured(backend: DbBackend) -> Option<String> {
                needs_postgres(concat!("the lookup `", $suffix, "`"), backend)
            }

            fn condition<C: ColumnTrait>(
                $column: C,
                One($text): One<String>,
                _backend: DbBackend,
            ) -> SimpleExpr {
                $condition
            }
        }
    )+};
}

text_lookups! {
    /// Full-text search (Django: `search`): the words of the column contain all words of the text,
    /// in any order, each in any form of the language.
    ///
    /// The configuration is that of the database, `default_text_search_config`; a
    /// [`FullTextFilter`](crate::postgres::FullTextFilter) has one of its own, and can be served by
    /// an index on a text. A column of the type `tsvector` is searched as it is.
    Search = "search", "contains the words", |column, text| {
        let vector = if is_vector(&column) {
            column.into_expr()
        } else {
            SimpleExpr::from(Func::cust("to_tsvector").arg(column.into_expr()))
        };
        matches(vector, SearchQuery::Plain.expr(&text, None))
    };
    /// The column is similar to the text (Django: `trigram_similar`): more than
    /// `pg_trgm.similarity_threshold`, which is 0.3 unless the server says otherwise. Needs the
    /// extension `pg_trgm`.
    TrigramSimilar = "trigram_similar", "is similar to", |column, text| {
        text_of(column, DbBackend::Postgres).binary(PgBinOper::Similarity, Expr::val(text))
    };
    /// The column has a stretch of words that is similar to the text (Django:
    /// `trigram_word_similar`): more than `pg_trgm.word_similarity_threshold`, 0.6 by default. Needs
    /// the extension `pg_trgm`.
    TrigramWordSimilar = "trigram_word_similar", "has words that are similar to", |column, text| {
        Expr::val(text).binary(PgBinOper::WordSimilarity, text_of(column, DbBackend::Postgres))
    };
    /// The column has whole words that are similar to the text (Django:
    /// `trigram_strict_word_similar`): more than `pg_trgm.strict_word_similarity_threshold`, 0.5 by
    /// default. Needs the extension `pg_trgm`.
    TrigramStrictWordSimilar =
        "trigram_strict_word_similar", "has whole words that are similar to", |column, text| {
            Expr::val(text).binary(PgBinOper::StrictWordSimilarity, text_of(column, DbBackend::Postgres))
        };
    /// The column is the text but for accents (Django: `unaccent`). Needs the extension
    /// `unaccent`.
    Unaccent = "unaccent", "equals but for accents", |column, text| {
        without_accents(text_of(column, DbBackend::Postgres)).eq(without_accents(Expr::val(text)))
    };
    /// The column contains the text but for accents and case (Django: `unaccent__icontains`). Needs
    /// the extension `unaccent`.
    UnaccentContains =
        "unaccent__icontains", "contains but for accents (case-insensitive)", |column, text| {
            unaccented(text_of(column, DbBackend::Postgres), &text, Place::Anywhere)
        };
    /// The column starts with the text but for accents and case (Django: `unaccent__istartswith`).
    /// Needs the extension `unaccent`.
    UnaccentStartsWith =
        "unaccent__istartswith", "starts with but for accents (case-insensitive)", |column, text| {
            unaccented(text_of(column, DbBackend::Postgres), &text, Place::Start)
        };
    /// The column ends with the text but for accents and case (Django: `unaccent__iendswith`). Needs
    /// the extension `unaccent`.
    UnaccentEndsWith =
        "unaccent__iendswith", "ends with but for accents (case-insensitive)", |column, text| {
            unaccented(text_of(column, DbBackend::Postgres), &text, Place::End)
        };
}

/// `vector @@ query`.
pub(super) fn matches(vector: SimpleExpr, query: SimpleExpr) -> SimpleExpr {
    vector.binary(PgBinOper::Matches, query)
}

pub(crate) fn without_accents(text: SimpleExpr) -> SimpleExpr {
    Func::cust("unaccent").arg(text).into()
}

/// Compares texts without their accents, whatever the case; wildcards in the text are literal.
///
/// They are escaped behind `unaccent`, whose rules make a `%` of the full-width one, too.
pub(crate) fn unaccented(column: SimpleExpr, text: &str, place: Place) -> SimpleExpr {
    let folded = |text: SimpleExpr| SimpleExpr::from(Func::upper(without_accents(text)));
    let constant = |text: &str| Expr::Constant(text.into());
    let concat = BinOper::Custom("||");
    let mut pattern = [("\\", "\\\\"), ("%", "\\%"), ("_", "\\_")]
        .into_iter()
        .fold(folded(Expr::val(text)), |pattern, (wildcard, escaped)| {
            let replace = Func::cust("replace").arg(pattern);
            replace
                .arg(constant(wildcard))
                .arg(constant(escaped))
                .into()
        });
    if matches!(place, Place::Anywhere | Place::End) {
        pattern = constant("%").binary(concat, pattern);
    }
    if matches!(place, Place::Anywhere | Place::Start) {
        pattern = pattern.binary(concat, constant("%"));
    }
    folded(column).binary(BinOper::Like, pattern)
}
