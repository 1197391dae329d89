//! `lookups(gte, min = lte, text, all, my::Lookup)`.

use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::spanned::Spanned;
use syn::{Error, Ident, LitStr, Path, Result, Token, parenthesized};

/// The lookups of a field.
#[derive(Default)]
pub(super) struct Lookups {
    /// Those that the type has of itself, at the place of the word.
    pub(super) all: Option<Span>,
    pub(super) named: Vec<LookupAttribute>,
}

/// A lookup of a field, under its own name or an alias.
pub(super) struct LookupAttribute {
    pub(super) lookup: LookupName,
    pub(super) alias: Option<String>,
    pub(super) help_text: Option<String>,
    pub(super) span: Span,
}

/// Which lookup it is.
#[derive(PartialEq)]
pub(super) enum LookupName {
    /// One of `restflow::filters`: its name and its type.
    Known(&'static str, &'static str),
    /// One of somebody's own, by its type.
    Own(Path),
}

/// The categories of lookups, those of drf-restflow.
const CATEGORIES: [(&str, &[&str]); 7] = [
    ("basic", &["exact", "in", "isnull"]),
    (
        "text",
        &["icontains", "contains", "startswith", "endswith", "iexact"],
    ),
    ("comparison", &["gt", "gte", "lt", "lte"]),
    (
        "date",
        &[
            "date", "year", "month", "day", "week", "week_day", "quarter",
        ],
    ),
    ("time", &["time", "hour", "minute", "second"]),
    ("postgres", &["search", "trigram_similar", "unaccent"]),
    ("unsafe", &["regex", "iregex"]),
];

/// The lookups and their types in `restflow::filters`.
const LOOKUPS: [(&str, &str); 33] = [
    ("exact", "lookups::Exact"),
    ("iexact", "lookups::IExact"),
    ("contains", "lookups::Contains"),
    ("icontains", "lookups::IContains"),
    ("startswith", "lookups::StartsWith"),
    ("istartswith", "lookups::IStartsWith"),
    ("endswith", "lookups::EndsWith"),
    ("iendswith", "lookups::IEndsWith"),
    ("regex", "lookups::Regex"),
    ("iregex", "lookups::IRegex"),
    ("gt", "lookups::Gt"),
    ("gte", "lookups::Gte"),
    ("lt", "lookups::Lt"),
    ("lte", "lookups::Lte"),
    ("in", "lookups::In"),
    ("range", "lookups::Range"),
    ("isnull", "lookups::IsNull"),
    ("date", "lookups::Date"),
    ("year", "lookups::Year"),
    ("iso_year", "lookups::IsoYear"),
    ("quarter", "lookups::Quarter"),
    ("month", "lookups::Month"),
    ("week", "lookups::Week"),
    ("week_day", "lookups::WeekDay"),
    ("iso_week_day", "lookups::IsoWeekDay"),
    ("day", "lookups::Day"),
    ("time", "lookups::Time"),
    ("hour", "lookups::Hour"),
    ("minute", "lookups::Minute"),
    ("second", "lookups::Second"),
    ("search", "postgres::Search"),
    ("trigram_similar", "postgres::TrigramSimilar"),
    ("unaccent", "postgres::Unaccent"),
];

/// The lookup of this name.
pub(super) fn known(name: &str) -> Option<LookupName> {
    let known = LOOKUPS.iter().find(|(known, _)| *known == name);
    known.map(|(name, marker)| LookupName::Known(name, marker))
}

impl Lookups {
    pub(super) fn is_empty(&self) -> bool {
        self.all.is_none() && self.named.is_empty()
    }

    /// The suffixes of the parameters, as far as they are known here.
    pub(super) fn suffixes(&self) -> impl Iterator<Item = (String, Span)> {
        self.named.iter().filter_map(|lookup| {
            let suffix = match (&lookup.alias, &lookup.lookup) {
                (Some(alias), _) => alias.clone(),
                (None, LookupName::Known(name, _)) => (*name).to_owned(),
                (None, LookupName::Own(_)) => return None,
            };
            Some((suffix, lookup.span))
        })
    }

    /// Reads what stands in the parentheses.
    pub(super) fn parse(&mut self, input: ParseStream<'_>) -> Result<()> {
        while !input.is_empty() {
            self.parse_one(input)?;
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(())
    }

    /// `gte`, `min = gte`, `min(lookup = gte, help_text = "…")`, `my::Lookup`, or a category.
    fn parse_one(&mut self, input: ParseStream<'_>) -> Result<()> {
        let first = path(input)?;
        if input.parse::<Option<Token![=]>>()?.is_some() {
            let alias = alias(&first)?;
            let name = path(input)?;
            self.add(single(&name)?, Some(alias), None, name.span());
        } else if input.peek(syn::token::Paren) {
            let content;
            parenthesized!(content in input);
            let options = Options::parse(&content)?;
            let (lookup, alias) = match options.lookup {
                Some(name) => (single(&name)?, Some(alias(&first)?)),
                None => (single(&first)?, None),
            };
            if matches!(lookup, LookupName::Own(_)) && alias.is_none() {
                let text = "give the lookup an alias: `near(lookup = my::Near, help_text = \"…\")`";
                return Err(Error::new(first.span(), text));
            }
            self.add(lookup, alias, options.help_text, first.span());
        } else {
            self.category_or_lookup(&first)?;
        }
        Ok(())
    }

    fn category_or_lookup(&mut self, name: &Path) -> Result<()> {
        let word = name.get_ident().map(|ident| ident.unraw().to_string());
        if word.as_deref() == Some("all") {
            self.all = Some(name.span());
            return Ok(());
        }
        let category = CATEGORIES
            .iter()
            .find(|(category, _)| word.as_deref() == Some(category));
        let Some((_, names)) = category else {
            self.add(single(name)?, None, None, name.span());
            return Ok(());
        };
        for lookup in names.iter().filter_map(|name| known(name)) {
            self.add(lookup, None, None, name.span());
        }
        Ok(())
    }

    /// Adds a lookup unless it is there already: `lookups(comparison, gte)` has one `gte`.
    fn add(
        &mut self,
        lookup: LookupName,
        alias: Option<String>,
        help_text: Option<String>,
        span: Span,
    ) {
        let is_there =
            |other: &&mut LookupAttribute| other.alias == alias && other.lookup == lookup;
        match self.named.iter_mut().find(is_there) {
            Some(there) => there.help_text = help_text.or(there.help_text.take()),
            None => self.named.push(LookupAttribute {
                lookup,
                alias,
                help_text,
                span,
            }),
        }
    }
}

/// What is said of one lookup in its parentheses.
#[derive(Default)]
struct Options {
    lookup: Option<Path>,
    help_text: Option<String>,
}

impl Options {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let mut options = Self::default();
        while !input.is_empty() {
            let key = input.call(Ident::parse_any)?;
            input.parse::<Token![=]>()?;
            match key.to_string().as_str() {
                "lookup" => options.lookup = Some(path(input)?),
                "help_text" => options.help_text = Some(input.parse::<LitStr>()?.value()),
                _ => {
                    let text = "expected `lookup = gte` or `help_text = \"…\"`";
                    return Err(Error::new(key.span(), text));
                }
            }
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(options)
    }
}

/// A path whose segments may be keywords, such as `in`.
fn path(input: ParseStream<'_>) -> Result<Path> {
    if input.peek(Ident::peek_any) && !input.peek2(Token![::]) {
        return Ok(input.call(Ident::parse_any)?.into());
    }
    input.call(Path::parse_mod_style)
}

fn alias(name: &Path) -> Result<String> {
    match name.get_ident() {
        Some(ident) => Ok(ident.unraw().to_string()),
        None => Err(Error::new(
            name.span(),
            "the alias of a lookup is one word, the suffix of its parameter",
        )),
    }
}

/// One lookup, no category.
fn single(name: &Path) -> Result<LookupName> {
    let Some(ident) = name.get_ident() else {
        return Ok(LookupName::Own(name.clone()));
    };
    let word = ident.unraw().to_string();
    if word.starts_with(char::is_uppercase) {
        return Ok(LookupName::Own(name.clone()));
    }
    known(&word).ok_or_else(|| {
        let lookups: Vec<&str> = LOOKUPS.iter().map(|(name, _)| *name).collect();
        let categories: Vec<&str> = CATEGORIES.iter().map(|(name, _)| *name).collect();
        let text = format!(
            "there is no lookup `{word}`; there are {}, the categories {}, and `all`; a lookup of \
             your own is named by its type, `my::Near`",
            lookups.join(", "),
            categories.join(", "),
        );
        Error::new(ident.span(), text)
    })
}
