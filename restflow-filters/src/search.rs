use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use restflow_exceptions::{ApiError, ErrorDetail, ErrorMessage, Result};
use restflow_fields::{FieldInfo, FieldKind, FieldOptions, FieldType, Parameter};
use sea_orm::sea_query::SimpleExpr;
use sea_orm::{ColumnTrait, Condition, DbBackend, EntityTrait, QueryFilter, Related, Select};
use serde_json::Value;

use crate::MAX_SEARCH_TERMS;
use crate::backend::FilterBackend;
use crate::context::FilterContext;
use crate::input::check_length;
use crate::like::{Place, like, text_of};
use crate::postgres::{SearchQuery, SearchVector, needs_postgres, unaccented, without_accents};
use crate::regex::{self, RegexPattern};
use crate::related::exists;

/// Finds rows by words: `?search=red "garden chair"`.
///
/// DRF: `rest_framework.filters.SearchFilter`. The search is split at blanks
/// and commas, phrases in quotes stay together; a row matches when each term is
/// found in one of the fields, whatever the case. Conditions on related rows are
/// subqueries, so a row comes once and counts once, however many of its related
/// rows match.
///
/// A text has up to [`MAX_TEXT_LENGTH`](crate::MAX_TEXT_LENGTH) characters, and
/// [`MAX_SEARCH_TERMS`] terms; more is 400.
///
/// | DRF's `search_fields` | restflow |
/// |---|---|
/// | `"name"` | a column, or [`SearchField::contains`] |
/// | `"^name"` | [`SearchField::starts_with`] |
/// | `"=name"` | [`SearchField::exact`] |
/// | `"@name"` | [`SearchField::full_text`], on PostgreSQL |
/// | `"category__name"` | [`SearchField::related`] |
/// | `"^category__section__name"` | `SearchField::related::<category::Entity>(SearchField::related::<section::Entity>(SearchField::starts_with(section::Column::Name)))` |
/// | `UnaccentedSearchFilter` | [`SearchField::unaccented`], on PostgreSQL |
/// | `get_search_fields(view, request)` | [`SearchFilter::fields_when`] |
///
/// ```
/// # mod product {
/// #     use sea_orm::entity::prelude::*;
/// #     #[sea_orm::model]
/// #     #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
/// #     #[sea_orm(table_name = "product")]
/// #     pub struct Model { #[sea_orm(primary_key)] pub id: i32, pub name: String, pub sku: String }
/// #     impl ActiveModelBehavior for ActiveModel {}
/// # }
/// use restflow_filters::{SearchField, SearchFilter};
///
/// let filter: SearchFilter<product::Entity> = SearchFilter::new([product::Column::Name])
///     .field(SearchField::starts_with(product::Column::Sku));
/// # let _ = filter;
/// ```
pub struct SearchFilter<E: EntityTrait> {
    param: Cow<'static, str>,
    fields: Vec<SearchField<E>>,
    /// Fields that stand for these in some requests.
    alternatives: Vec<Alternative<E>>,
}

struct Alternative<E: EntityTrait> {
    applies: Box<Applies>,
    fields: Vec<SearchField<E>>,
}

type Applies = dyn Fn(&FilterContext<'_>) -> bool + Send + Sync;

impl<E: EntityTrait> SearchFilter<E> {
    /// Searches in these columns or [`SearchField`]s.
    #[must_use]
    pub fn new<F: Into<SearchField<E>>>(fields: impl IntoIterator<Item = F>) -> Self {
        Self {
            param: "search".into(),
            fields: fields.into_iter().map(Into::into).collect(),
            alternatives: Vec::new(),
        }
    }

    /// Searches in other fields where the request is like this (DRF: an override of
    /// `get_search_fields`). The first of several that apply wins; no fields mean that the search
    /// is ignored.
    ///
    /// ```
    /// # mod product {
    /// #     use sea_orm::entity::prelude::*;
    /// #     #[sea_orm::model]
    /// #     #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    /// #     #[sea_orm(table_name = "product")]
    /// #     pub struct Model { #[sea_orm(primary_key)] pub id: i32, pub name: String, pub text: String }
    /// #     impl ActiveModelBehavior for ActiveModel {}
    /// # }
    /// use restflow_filters::SearchFilter;
    /// use product::Column;
    ///
    /// let filter: SearchFilter<product::Entity> = SearchFilter::new([Column::Name, Column::Text])
    ///     .fields_when(|context| context.params.contains("title_only"), [Column::Name]);
    /// # let _ = filter;
    /// ```
    #[must_use]
    pub fn fields_when<F: Into<SearchField<E>>>(
        mut self,
        applies: impl Fn(&FilterContext<'_>) -> bool + Send + Sync + 'static,
        fields: impl IntoIterator<Item = F>,
    ) -> Self {
        self.alternatives.push(Alternative {
            applies: Box::new(applies),
            fields: fields.into_iter().map(Into::into).collect(),
        });
        self
    }

    /// The fields that a request searches in.
    fn fields(&self, context: &FilterContext<'_>) -> &[SearchField<E>] {
        let mut alternatives = self.alternatives.iter();
        let alternative = alternatives.find(|alternative| (alternative.applies)(context));
        alternative.map_or(&self.fields, |alternative| &alternative.fields)
    }

    /// Searches in one more field.
    #[must_use]
    pub fn field(mut self, field: impl Into<SearchField<E>>) -> Self {
        self.fields.push(field.into());
        self
    }

    /// Renames the parameter; default `search`.
    #[must_use]
    pub fn param(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.param = name.into();
        self
    }

    /// The terms that the request searches for.
    fn terms(&self, context: &FilterContext<'_>) -> Result<Vec<String>, ErrorDetail> {
        const TEXT: FieldOptions = FieldOptions {
            allow_blank: true,
            trim_whitespace: false,
            ..FieldOptions::DEFAULT
        };
        let Some(text) = context.params.get(&self.param) else {
            return Ok(Vec::new());
        };
        check_length(text)?;
        let text = String::run_validation(Value::String(text.to_owned()), &TEXT)?;
        let terms = split_terms(&text);
        if terms.len() > MAX_SEARCH_TERMS {
            let text = format!("Ensure this field has no more than {MAX_SEARCH_TERMS} elements.");
            return Err(ErrorDetail::from([ErrorMessage::new(text, "max_length")]));
        }
        Ok(terms)
    }
}

impl<E: EntityTrait> FilterBackend<E> for SearchFilter<E>
where
    E::Column: Send + Sync,
{
    async fn filter_queryset(
        &self,
        select: Select<E>,
        context: &FilterContext<'_>,
    ) -> Result<Select<E>> {
        let terms = self.terms(context).map_err(ApiError::validation)?;
        let fields = self.fields(context);
        if terms.is_empty() || fields.is_empty() {
            return Ok(select);
        }
        let backend = context.backend();
        let mut all = Condition::all();
        for term in &terms {
            let mut any = Condition::any();
            for field in fields {
                any = any.add(field.matches(term, backend).map_err(ApiError::validation)?);
            }
            all = all.add(any);
        }
        Ok(select.filter(all))
    }

    fn parameters(&self) -> Vec<Parameter> {
        let info = FieldInfo::new(FieldKind::String)
            .name(self.param.clone())
            .required(false);
        vec![Parameter::new(self.param.clone(), info).description("A search term.")]
    }

    fn misconfigured(&self, backend: DbBackend) -> Option<String> {
        let others = self.alternatives.iter().flat_map(|other| &other.fields);
        self.fields.iter().chain(others).find_map(|field| {
            let problem = field.misconfigured(backend)?;
            Some(format!("the field `{}`: {problem}", field.name))
        })
    }
}

impl<E: EntityTrait> fmt::Debug for SearchFilter<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SearchFilter")
            .field("param", &self.param)
            .field("fields", &self.fields)
            .finish()
    }
}

/// A field that a search looks into, and how much of it has to match.
///
/// A plain column converts into one that contains the term.
#[derive(Clone)]
pub struct SearchField<E: EntityTrait> {
    name: &'static str,
    method: Method,
    compare: Arc<Compare>,
    /// Why it cannot work on a database of this kind.
    misconfigured: fn(DbBackend) -> Option<String>,
    entity: std::marker::PhantomData<fn() -> E>,
}

/// How a term is looked for.
#[derive(Debug, Clone, Copy)]
enum Method {
    Like(Place),
    Regex,
}

/// The condition of a term in a dialect.
type Compare = dyn Fn(&str, Method, DbBackend) -> Result<SimpleExpr, ErrorDetail> + Send + Sync;

impl<E: EntityTrait> SearchField<E> {
    /// The column contains the term (DRF: a name without a prefix).
    #[must_use]
    pub fn contains(column: E::Column) -> Self
    where
        E::Column: Send + Sync,
    {
        Self::build(column, move |term, method, backend| {
            compare(column, term, method, backend)
        })
    }

    /// The column starts with the term (DRF: the prefix `^`).
    #[must_use]
    pub fn starts_with(column: E::Column) -> Self
    where
        E::Column: Send + Sync,
    {
        Self::contains(column).as_prefix()
    }

    /// The column is the term, whatever the case (DRF: the prefix `=`).
    #[must_use]
    pub fn exact(column: E::Column) -> Self
    where
        E::Column: Send + Sync,
    {
        Self::contains(column).as_whole()
    }

    /// The column matches the term as a regular expression, whatever the case (DRF: the prefix
    /// `$`); see [`as_regex`](Self::as_regex).
    #[must_use]
    pub fn regex(column: E::Column) -> Self
    where
        E::Column: Send + Sync,
    {
        Self::contains(column).as_regex()
    }

    /// The column contains all words of the term, each in any form of the
    /// language (DRF: the prefix `@`), on PostgreSQL only: on another database
    /// the program does not start.
    ///
    /// The column is a text, or of the type `tsvector`. The language is that of
    /// the database, as in Django; [`full_text_in`](Self::full_text_in) names
    /// another one, which an index needs.
    #[must_use]
    pub fn full_text(column: E::Column) -> Self
    where
        E::Column: Send + Sync,
    {
        Self::of_vector(column, SearchVector::new().column(column))
    }

    /// As [`full_text`](Self::full_text), with a configuration of text search:
    /// the language of the column, such as `english`.
    ///
    /// # Panics
    /// When it cannot be the name of a configuration.
    #[must_use]
    #[track_caller]
    pub fn full_text_in(column: E::Column, config: impl Into<Cow<'static, str>>) -> Self
    where
        E::Column: Send + Sync,
    {
        Self::of_vector(column, SearchVector::new().column(column).config(config))
    }

    fn of_vector(column: E::Column, vector: SearchVector<E>) -> Self
    where
        E::Column: Send + Sync,
    {
        let mut field = Self::build(column, move |term, _method, _backend| {
            Ok(vector.matches(SearchQuery::Plain, term))
        });
        field.misconfigured = |backend| needs_postgres("full-text search", backend);
        field
    }

    /// The column contains the term but for accents (DRF:
    /// `UnaccentedSearchFilter`), on PostgreSQL with the extension `unaccent`
    /// only: on another database the program does not start.
    #[must_use]
    pub fn unaccented(column: E::Column) -> Self
    where
        E::Column: Send + Sync,
    {
        let mut field = Self::build(column, move |term, method, backend| {
            let text = text_of(column, backend);
            Ok(match method {
                Method::Like(place) => unaccented(text, term, place),
                Method::Regex => {
                    RegexPattern::<true>::new(term)?.matches(without_accents(text), backend)
                }
            })
        });
        field.misconfigured = |backend| needs_postgres("a search without accents", backend);
        field
    }

    /// A field of a related row, or of one of several, matches (DRF:
    /// `category__name`): a column, or another field, which may in turn be one
    /// of a row related to that. A row is found once, however many of its
    /// related rows match.
    #[must_use]
    pub fn related<R>(field: impl Into<SearchField<R>>) -> Self
    where
        E: Related<R>,
        R: EntityTrait,
    {
        let SearchField {
            name,
            method,
            compare,
            misconfigured,
            ..
        } = field.into();
        Self {
            name,
            method,
            compare: Arc::new(move |term, method, backend| {
                compare(term, method, backend).map(exists::<E, R>)
            }),
            misconfigured,
            entity: std::marker::PhantomData,
        }
    }

    /// The term has to stand at the start.
    #[must_use]
    pub fn as_prefix(mut self) -> Self {
        self.method = Method::Like(Place::Start);
        self
    }

    /// The term has to be the whole text.
    #[must_use]
    pub fn as_whole(mut self) -> Self {
        self.method = Method::Like(Place::Whole);
        self
    }

    /// The term is a [regular expression](RegexPattern), and one that is not is 400; it may not
    /// have blanks or commas, except in quotes. On SQLite the database needs the operator
    /// `REGEXP`; `with_regexp` (feature `sqlite-regexp`) gives it.
    #[must_use]
    pub fn as_regex(mut self) -> Self {
        self.method = Method::Regex;
        self
    }

    fn build<C: ColumnTrait>(
        column: C,
        compare: impl Fn(&str, Method, DbBackend) -> Result<SimpleExpr, ErrorDetail>
        + Send
        + Sync
        + 'static,
    ) -> Self {
        Self {
            name: column.as_str(),
            method: Method::Like(Place::Anywhere),
            compare: Arc::new(compare),
            misconfigured: |_backend| None,
            entity: std::marker::PhantomData,
        }
    }

    fn misconfigured(&self, backend: DbBackend) -> Option<String> {
        let is_regex = matches!(self.method, Method::Regex);
        let regex = || is_regex.then(|| regex::misconfigured(backend)).flatten();
        (self.misconfigured)(backend).or_else(regex)
    }

    fn matches(&self, term: &str, backend: DbBackend) -> Result<SimpleExpr, ErrorDetail> {
        (self.compare)(term, self.method, backend)
    }
}

fn compare<C: ColumnTrait>(
    column: C,
    term: &str,
    method: Method,
    backend: DbBackend,
) -> Result<SimpleExpr, ErrorDetail> {
    let expr = text_of(column, backend);
    Ok(match method {
        Method::Like(place) => like(expr, term, place, true, backend),
        Method::Regex => RegexPattern::<true>::new(term)?.matches(expr, backend),
    })
}

impl<E, C> From<C> for SearchField<E>
where
    E: EntityTrait<Column = C>,
    C: ColumnTrait + Send + Sync,
{
    fn from(column: C) -> Self {
        Self::contains(column)
    }
}

impl<E: EntityTrait> fmt::Debug for SearchField<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SearchField({:?}, {:?})", self.name, self.method)
    }
}

/// DRF's `search_smart_split`: terms split at blanks and commas, phrases in
/// quotes kept together.
fn split_terms(text: &str) -> Vec<String> {
    let mut terms = Vec::new();
    for token in tokens(text) {
        let token = token.trim_matches(',');
        let quote = token.chars().next().filter(|first| "\"'".contains(*first));
        match quote {
            Some(quote) if token.ends_with(quote) => {
                let inner = token.get(1..token.len() - 1).unwrap_or_default();
                let escaped = ['\\', quote].iter().collect::<String>();
                let inner = inner.replace(&escaped, &quote.to_string());
                terms.push(inner.replace(r"\\", r"\"));
            }
            _ => terms.extend(
                token
                    .split(',')
                    .filter(|term| !term.is_empty())
                    .map(|term| term.trim().to_owned()),
            ),
        }
    }
    terms
}

/// Django's `smart_split`: tokens separated by blanks, except in quotes.
fn tokens(text: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let end = quoted_token(rest)
            .or_else(|| rest.find(char::is_whitespace))
            .unwrap_or(rest.len());
        let (token, behind) = rest.split_at(end);
        tokens.push(token);
        rest = behind.trim_start();
    }
    tokens
}

/// The end of a token that contains a whole quoted part, if this is one.
fn quoted_token(text: &str) -> Option<usize> {
    let plain = |from: usize| {
        text[from..]
            .find(|character: char| character.is_whitespace() || "\"'".contains(character))
            .map_or(text.len(), |length| from + length)
    };
    let mut end = None;
    let mut start = plain(0);
    while let Some(closed) = quoted(&text[start..]) {
        start = plain(start + closed);
        end = Some(start);
    }
    end
}

/// The length of the quoted text at the start, with its quotes.
fn quoted(text: &str) -> Option<usize> {
    let mut characters = text.char_indices();
    let (_, quote) = characters
        .next()
        .filter(|(_, quote)| "\"'".contains(*quote))?;
    while let Some((index, character)) = characters.next() {
        match character {
            '\\' => {
                characters.next()?;
            }
            _ if character == quote => return Some(index + quote.len_utf8()),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn searches_are_split_as_in_drf() {
        let cases: [(&str, &[&str]); 14] = [
            ("", &[]),
            ("  ,, ", &[]),
            ("bread knife", &["bread", "knife"]),
            ("knife,bread", &["knife", "bread"]),
            (r#""bread knife" x"#, &["bread knife", "x"]),
            ("'a b',c", &["'a b'", "c"]),
            (",'a b',", &["a b"]),
            ("Reader's", &["Reader's"]),
            ("5\"", &["5\""]),
            ("d'hiver", &["d'hiver"]),
            ("\"", &[""]),
            (r#""a \"b\" \\""#, &[r#"a "b" \"#]),
            ("\"open end", &["\"open", "end"]),
            (
                "caf\u{e9}\u{a0}\u{65e5}\u{672c}",
                &["caf\u{e9}", "\u{65e5}\u{672c}"],
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(split_terms(text), expected, "{text:?}");
        }
    }
}
