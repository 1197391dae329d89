//! Regular expressions of clients, with one meaning on each database and a bounded cost.
//!
//! A pattern is parsed here and written anew for each dialect, so that no database sees what a
//! client wrote: the same classes, boundaries and ends of text everywhere, upper and lower case by
//! Unicode's simple case folding whatever the collation, and nothing that sends an engine that
//! tracks back (those of MariaDB and MySQL) on a long way.

use std::fmt;

use regex_syntax::ast::{self, Ast, ClassAscii, ClassAsciiKind, ClassPerlKind, ClassSetItem};
use regex_syntax::hir::{Class, ClassUnicode, Hir, HirKind, Look, translate::TranslatorBuilder};
use restflow_exceptions::{ErrorDetail, ErrorMessage};
use restflow_fields::{FieldInfo, FieldOptions, FieldType};
use sea_orm::DbBackend;
use sea_orm::sea_query::{BinOper, Expr, ExprTrait, SimpleExpr};
use serde_json::Value;

use crate::input::LookupInput;

/// The most characters of a pattern.
const MAX_LENGTH: usize = 1_000;
/// The most groups within groups.
const MAX_NESTING: u32 = 50;
/// The most repetitions that a count may ask for, which is PostgreSQL's limit.
const MAX_COUNT: u32 = 255;
/// The most characters and ranges of a pattern whose repetitions are written out.
const MAX_SIZE: usize = 2_000;
/// The most places with an open number of repetitions.
const MAX_LOOPS: usize = 4;
/// The most places where a match can go on in two ways.
const MAX_CHOICES: usize = 10;

/// A regular expression that a client sent: what the lookups `regex` (`FOLD_CASE` is `false`) and
/// `iregex` (`true`) take.
///
/// The syntax is that of the `regex` crate, which is Perl's without look-around and
/// back-references. `\d`, `\w`, `\s` and `\b` are about ASCII, `^` and `$` are the ends of the
/// whole text, `.` is any character but a line feed; `(?m)`, `(?s)` and `(?i)` change that.
/// Patterns of more than 1,000 characters, counts above 255, an open repetition within a
/// repetition, more than four open repetitions, and other patterns that would be costly on some
/// database are refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegexPattern<const FOLD_CASE: bool>(Hir);

impl<const FOLD_CASE: bool> RegexPattern<FOLD_CASE> {
    /// Reads a pattern.
    ///
    /// # Errors
    /// With a message for the client, for what is not a regular expression and for one that is
    /// too costly.
    pub fn new(pattern: &str) -> Result<Self, ErrorDetail> {
        if pattern.chars().nth(MAX_LENGTH).is_some() {
            let text = format!("Ensure this field has no more than {MAX_LENGTH} characters.");
            return Err([ErrorMessage::new(text, "max_length")].into());
        }
        let hir = parse(pattern, FOLD_CASE).map_err(invalid)?;
        Cost::default().add(&hir, false).map_err(invalid)?;
        Ok(Self(hir))
    }

    /// `column` matches the pattern somewhere, in a dialect; the column is a text.
    pub(crate) fn matches(&self, column: SimpleExpr, backend: DbBackend) -> SimpleExpr {
        let (operator, dialect) = match backend {
            DbBackend::Postgres => ("~", Dialect::Postgres),
            DbBackend::MySql => ("REGEXP", Dialect::Perl),
            _ => ("REGEXP", Dialect::Rust),
        };
        // MariaDB and MySQL take the case from the collation unless the pattern says so.
        let mut pattern = match dialect {
            Dialect::Perl => "(?-i)".to_owned(),
            Dialect::Postgres | Dialect::Rust => String::new(),
        };
        dialect.write(&self.0, &mut pattern);
        column.binary(BinOper::Custom(operator), Expr::val(pattern))
    }
}

impl<const FOLD_CASE: bool> LookupInput for RegexPattern<FOLD_CASE> {
    fn describe(options: &FieldOptions) -> FieldInfo {
        let mut info = String::describe(options);
        info.max_length = Some(MAX_LENGTH as u64);
        info
    }

    fn parse(
        values: &[&str],
        options: &FieldOptions,
        required: bool,
    ) -> Result<Option<Self>, ErrorDetail> {
        match values.last() {
            None => Ok(None),
            Some(&"") if !required => Ok(None),
            Some(text) => {
                let text = String::run_validation(Value::String((*text).to_owned()), options)?;
                Self::new(&text).map(Some)
            }
        }
    }
}

fn invalid(problem: impl fmt::Display) -> ErrorDetail {
    let text = format!("Enter a valid regular expression: {problem}.");
    [ErrorMessage::new(text, "invalid")].into()
}

fn parse(pattern: &str, fold_case: bool) -> Result<Hir, String> {
    if pattern.contains('\0') {
        return Err("null characters are not allowed".to_owned());
    }
    let mut tree = ast::parse::ParserBuilder::new()
        .nest_limit(MAX_NESTING)
        .build()
        .parse(pattern)
        .map_err(|error| error.kind().to_string())?;
    to_ascii(&mut tree)?;
    TranslatorBuilder::new()
        .case_insensitive(fold_case)
        .build()
        .translate(pattern, &tree)
        .map_err(|error| error.kind().to_string())
}

/// Makes `\d`, `\w` and `\s` those of ASCII, as they are small and known everywhere.
fn to_ascii(tree: &mut Ast) -> Result<(), String> {
    match tree {
        Ast::ClassPerl(class) => {
            let kind = ast::ClassSet::Item(ClassSetItem::Ascii(ascii(class)));
            let span = class.span;
            *tree = Ast::class_bracketed(ast::ClassBracketed {
                span,
                negated: false,
                kind,
            });
        }
        Ast::ClassBracketed(class) => set_to_ascii(&mut class.kind),
        Ast::Repetition(repetition) => to_ascii(&mut repetition.ast)?,
        Ast::Group(group) => {
            if let Some(flags) = group.flags() {
                check_flags(flags)?;
            }
            to_ascii(&mut group.ast)?;
        }
        Ast::Flags(flags) => check_flags(&flags.flags)?,
        Ast::Alternation(alternation) => {
            alternation.asts.iter_mut().try_for_each(to_ascii)?;
        }
        Ast::Concat(concat) => concat.asts.iter_mut().try_for_each(to_ascii)?,
        Ast::Empty(_)
        | Ast::Literal(_)
        | Ast::Dot(_)
        | Ast::Assertion(_)
        | Ast::ClassUnicode(_) => {}
    }
    Ok(())
}

fn check_flags(flags: &ast::Flags) -> Result<(), String> {
    let refused = flags.items.iter().any(|item| {
        matches!(
            item.kind,
            ast::FlagsItemKind::Flag(ast::Flag::Unicode | ast::Flag::CRLF)
        )
    });
    if refused {
        return Err("the flags u and R are not supported".to_owned());
    }
    Ok(())
}

fn set_to_ascii(set: &mut ast::ClassSet) {
    match set {
        ast::ClassSet::Item(item) => item_to_ascii(item),
        ast::ClassSet::BinaryOp(operation) => {
            set_to_ascii(&mut operation.lhs);
            set_to_ascii(&mut operation.rhs);
        }
    }
}

fn item_to_ascii(item: &mut ClassSetItem) {
    match item {
        ClassSetItem::Perl(class) => *item = ClassSetItem::Ascii(ascii(class)),
        ClassSetItem::Bracketed(class) => set_to_ascii(&mut class.kind),
        ClassSetItem::Union(union) => union.items.iter_mut().for_each(item_to_ascii),
        ClassSetItem::Empty(_)
        | ClassSetItem::Literal(_)
        | ClassSetItem::Range(_)
        | ClassSetItem::Ascii(_)
        | ClassSetItem::Unicode(_) => {}
    }
}

fn ascii(class: &ast::ClassPerl) -> ClassAscii {
    ClassAscii {
        span: class.span,
        kind: match class.kind {
            ClassPerlKind::Digit => ClassAsciiKind::Digit,
            ClassPerlKind::Space => ClassAsciiKind::Space,
            ClassPerlKind::Word => ClassAsciiKind::Word,
        },
        negated: class.negated,
    }
}

/// What an expression may cost an engine that tracks back.
#[derive(Default)]
struct Cost {
    loops: usize,
    choices: usize,
}

impl Cost {
    /// Counts an expression; returns its size with repetitions written out.
    fn add(&mut self, hir: &Hir, repeated: bool) -> Result<usize, String> {
        let size = match hir.kind() {
            HirKind::Empty => 0,
            HirKind::Look(look) => {
                if matches!(look, Look::StartCRLF | Look::EndCRLF) {
                    return Err("the flag R is not supported".to_owned());
                }
                1
            }
            HirKind::Literal(literal) => literal.0.len(),
            HirKind::Class(class) => unicode(class).map_or(0, |class| class.ranges().len()),
            HirKind::Capture(capture) => self.add(&capture.sub, repeated)?,
            HirKind::Concat(parts) => self.sum(parts, repeated)?,
            HirKind::Alternation(branches) => {
                if !begin_differently(branches) {
                    if repeated {
                        let text = "alternatives within a repetition must begin differently";
                        return Err(text.to_owned());
                    }
                    self.choices += 1;
                }
                self.sum(branches, repeated)?
            }
            HirKind::Repetition(repetition) => {
                let count = repetition.max.unwrap_or(repetition.min.saturating_add(1));
                if count > MAX_COUNT {
                    return Err(format!("a count may not be greater than {MAX_COUNT}"));
                }
                let open = repetition.max.is_none_or(|max| max - repetition.min > 1);
                if repeated && repetition.max != Some(repetition.min) {
                    return Err(
                        "an open repetition within a repetition is not supported".to_owned()
                    );
                }
                if open {
                    self.loops += 1;
                } else if repetition.max != Some(repetition.min) {
                    self.choices += 1;
                }
                let again = repetition.max.is_none_or(|max| max > 1);
                let size = self.add(&repetition.sub, repeated || again)?;
                size.saturating_mul(count as usize)
            }
        };
        if self.loops > MAX_LOOPS {
            return Err(format!(
                "more than {MAX_LOOPS} open repetitions are not supported"
            ));
        }
        if self.choices > MAX_CHOICES {
            return Err(format!(
                "more than {MAX_CHOICES} optional parts are not supported"
            ));
        }
        if size > MAX_SIZE {
            return Err("it is too large".to_owned());
        }
        Ok(size)
    }

    fn sum(&mut self, parts: &[Hir], repeated: bool) -> Result<usize, String> {
        parts
            .iter()
            .try_fold(0, |sum, part| Ok(sum + self.add(part, repeated)?))
    }
}

/// Whether the first character tells which of the branches is meant.
fn begin_differently(branches: &[Hir]) -> bool {
    let mut seen = ClassUnicode::empty();
    branches.iter().all(|branch| {
        let Some(first) = first(branch) else {
            return false;
        };
        let mut common = seen.clone();
        common.intersect(&first);
        seen.union(&first);
        common.ranges().is_empty()
    })
}

/// The characters that what matches begins with; `None` where that is not plain.
fn first(hir: &Hir) -> Option<ClassUnicode> {
    match hir.kind() {
        HirKind::Literal(literal) => {
            let text = std::str::from_utf8(&literal.0).ok()?;
            let first = text.chars().next()?;
            let range = regex_syntax::hir::ClassUnicodeRange::new(first, first);
            Some(ClassUnicode::new([range]))
        }
        HirKind::Class(class) => unicode(class).cloned(),
        HirKind::Capture(capture) => first(&capture.sub),
        HirKind::Concat(parts) => first(parts.first()?),
        HirKind::Repetition(repetition) if repetition.min > 0 => first(&repetition.sub),
        HirKind::Alternation(branches) => {
            let mut all = ClassUnicode::empty();
            for branch in branches {
                all.union(&first(branch)?);
            }
            Some(all)
        }
        HirKind::Empty | HirKind::Look(_) | HirKind::Repetition(_) => None,
    }
}

/// Classes of bytes only come from the flag `u`, which is refused.
fn unicode(class: &Class) -> Option<&ClassUnicode> {
    match class {
        Class::Unicode(class) => Some(class),
        Class::Bytes(_) => None,
    }
}

/// How an engine writes an expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dialect {
    /// PostgreSQL's advanced regular expressions.
    Postgres,
    /// PCRE, which is MariaDB's, and ICU, which is MySQL's.
    Perl,
    /// The `regex` crate, which SQLite gets.
    Rust,
}

impl Dialect {
    fn write(self, hir: &Hir, text: &mut String) {
        match hir.kind() {
            HirKind::Empty => text.push_str("(?:)"),
            HirKind::Literal(literal) => {
                for character in String::from_utf8_lossy(&literal.0).chars() {
                    self.write_character(character, text);
                }
            }
            HirKind::Class(class) => self.write_class(class, text),
            HirKind::Look(look) => text.push_str(&self.look(*look)),
            HirKind::Capture(capture) => self.write_group(&capture.sub, text),
            HirKind::Concat(parts) => {
                for part in parts {
                    self.write(part, text);
                }
            }
            HirKind::Alternation(branches) => {
                text.push_str("(?:");
                for (index, branch) in branches.iter().enumerate() {
                    if index > 0 {
                        text.push('|');
                    }
                    self.write(branch, text);
                }
                text.push(')');
            }
            HirKind::Repetition(repetition) => {
                self.write_group(&repetition.sub, text);
                let (min, max) = (repetition.min, repetition.max);
                text.push_str(&match (min, max) {
                    (0, None) => "*".to_owned(),
                    (1, None) => "+".to_owned(),
                    (min, None) => format!("{{{min},}}"),
                    (0, Some(1)) => "?".to_owned(),
                    (min, Some(max)) if min == max => format!("{{{min}}}"),
                    (min, Some(max)) => format!("{{{min},{max}}}"),
                });
            }
        }
    }

    /// Writes what a quantifier may follow.
    fn write_group(self, hir: &Hir, text: &mut String) {
        if matches!(hir.kind(), HirKind::Class(_) | HirKind::Alternation(_)) {
            self.write(hir, text);
        } else {
            text.push_str("(?:");
            self.write(hir, text);
            text.push(')');
        }
    }

    fn write_character(self, character: char, text: &mut String) {
        if character.is_ascii_alphanumeric() {
            text.push(character);
            return;
        }
        let code = u32::from(character);
        text.push_str(&match self {
            Self::Postgres if code > 0xFFFF => format!("\\U{code:08X}"),
            Self::Postgres => format!("\\u{code:04X}"),
            Self::Perl | Self::Rust => format!("\\x{{{code:X}}}"),
        });
    }

    fn write_class(self, class: &Class, text: &mut String) {
        // No text of PostgreSQL has a null character.
        let ranges = unicode(class).into_iter().flat_map(|class| class.ranges());
        let ranges = ranges.filter_map(|range| match (self, range.start(), range.end()) {
            (Self::Postgres, '\0', '\0') => None,
            (Self::Postgres, '\0', end) => Some(('\u{1}', end)),
            (_, start, end) => Some((start, end)),
        });
        let mut inner = String::new();
        for (start, end) in ranges {
            self.write_character(start, &mut inner);
            if start != end {
                inner.push('-');
                self.write_character(end, &mut inner);
            }
        }
        if inner.is_empty() {
            // Something behind the end: nothing.
            text.push_str(&format!("(?:{}a)", self.look(Look::End)));
        } else {
            text.push_str(&format!("[{inner}]"));
        }
    }

    fn look(self, look: Look) -> String {
        const WORD: &str = "[0-9A-Za-z_]";
        let end = match self {
            Self::Postgres => r"\Z",
            Self::Perl | Self::Rust => r"\z",
        };
        let (before, not_before) = (format!("(?<={WORD})"), format!("(?<!{WORD})"));
        let (after, not_after) = (format!("(?={WORD})"), format!("(?!{WORD})"));
        if self == Self::Rust {
            // It knows no other look-around.
            return match look {
                Look::Start => r"\A",
                Look::End => r"\z",
                Look::StartLF | Look::StartCRLF => "(?m:^)",
                Look::EndLF | Look::EndCRLF => "(?m:$)",
                Look::WordAscii | Look::WordUnicode => r"(?-u:\b)",
                Look::WordAsciiNegate | Look::WordUnicodeNegate => r"(?-u:\B)",
                Look::WordStartAscii | Look::WordStartUnicode => r"(?-u:\b{start})",
                Look::WordEndAscii | Look::WordEndUnicode => r"(?-u:\b{end})",
                Look::WordStartHalfAscii | Look::WordStartHalfUnicode => r"(?-u:\b{start-half})",
                Look::WordEndHalfAscii | Look::WordEndHalfUnicode => r"(?-u:\b{end-half})",
            }
            .to_owned();
        }
        match look {
            Look::Start => r"\A".to_owned(),
            Look::End => end.to_owned(),
            Look::StartLF | Look::StartCRLF => r"(?:\A|(?<=\n))".to_owned(),
            Look::EndLF | Look::EndCRLF => format!(r"(?:{end}|(?=\n))"),
            Look::WordAscii | Look::WordUnicode => {
                format!("(?:{before}{not_after}|{not_before}{after})")
            }
            Look::WordAsciiNegate | Look::WordUnicodeNegate => {
                format!("(?:{before}{after}|{not_before}{not_after})")
            }
            Look::WordStartAscii | Look::WordStartUnicode => format!("{not_before}{after}"),
            Look::WordEndAscii | Look::WordEndUnicode => format!("{before}{not_after}"),
            Look::WordStartHalfAscii | Look::WordStartHalfUnicode => not_before,
            Look::WordEndHalfAscii | Look::WordEndHalfUnicode => not_after,
        }
    }
}

/// Gives SQLite the operator `REGEXP`, which the lookups `regex` and `iregex` and
/// [`SearchField::as_regex`](crate::SearchField::as_regex) need there.
///
/// It is that of the `regex` crate, whose time grows with the length of the text and no faster.
/// The function replaces what was given to
/// [`map_sqlx_sqlite_opts`](sea_orm::ConnectOptions::map_sqlx_sqlite_opts) before; where SQLite's
/// options are set there, call their `with_regexp()` instead.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), sea_orm::DbErr> {
/// use restflow_filters::with_regexp;
/// use sea_orm::{ConnectOptions, Database};
///
/// let db = Database::connect(with_regexp(ConnectOptions::new("sqlite::memory:"))).await?;
/// # let _ = db;
/// # Ok(())
/// # }
/// ```
#[cfg(feature = "sqlite-regexp")]
#[must_use]
pub fn with_regexp(mut options: sea_orm::ConnectOptions) -> sea_orm::ConnectOptions {
    options.map_sqlx_sqlite_opts(sqlx_sqlite::SqliteConnectOptions::with_regexp);
    options
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn written(pattern: &str) -> [String; 3] {
        let hir = RegexPattern::<false>::new(pattern).unwrap().0;
        [Dialect::Rust, Dialect::Postgres, Dialect::Perl].map(|dialect| {
            let mut text = String::new();
            dialect.write(&hir, &mut text);
            text
        })
    }

    fn refusal(pattern: &str) -> String {
        let detail = RegexPattern::<true>::new(pattern).unwrap_err();
        detail.to_value()[0].as_str().unwrap().to_owned()
    }

    #[test]
    fn a_pattern_is_written_anew_for_each_engine() {
        assert_eq!(
            written(r"^\d+-a$"),
            [
                r"\A[0-9]+\x{2D}a\z",
                r"\A[0-9]+\u002Da\Z",
                r"\A[0-9]+\x{2D}a\z"
            ]
        );
        assert_eq!(
            written(r"a.{2,3}\b")[1],
            r"a[\u0001-\u0009\u000B-\U0010FFFF]{2,3}(?:(?<=[0-9A-Za-z_])(?![0-9A-Za-z_])|(?<![0-9A-Za-z_])(?=[0-9A-Za-z_]))"
        );
        assert_eq!(written(r"(ab)?|c")[0], "(?:(?:(?:ab))?|c)");
    }

    #[test]
    fn costly_and_foreign_patterns_are_refused() {
        let cases = [
            ("(", "unclosed group"),
            ("[", "unclosed character class"),
            ("*", "repetition operator missing expression"),
            (r"(a)\1", "backreferences are not supported"),
            (
                "(?=a)",
                "look-around, including look-ahead and look-behind, is not supported",
            ),
            (r"\p{Nothing}", "Unicode property not found"),
            (
                "(a+)+",
                "an open repetition within a repetition is not supported",
            ),
            (
                "(a?b*)*",
                "an open repetition within a repetition is not supported",
            ),
            (
                "(ab|a)*",
                "alternatives within a repetition must begin differently",
            ),
            ("a{256}", "a count may not be greater than 255"),
            (
                "a{2,1}",
                "invalid repetition count range, the start must be <= the end",
            ),
            ("((a{200}){200}){200}", "it is too large"),
            (
                ".*.*.*.*.*",
                "more than 4 open repetitions are not supported",
            ),
            ("(?-u:a)", "the flags u and R are not supported"),
            ("a\0", "null characters are not allowed"),
        ];
        for (pattern, problem) in cases {
            let expected = format!("Enter a valid regular expression: {problem}.");
            assert_eq!(refusal(pattern), expected, "{pattern:?}");
        }
        let nested = format!("{}a{}", "(".repeat(60), ")".repeat(60));
        assert!(refusal(&nested).contains("nest"));
        assert_eq!(
            refusal(&"a".repeat(1001)),
            "Ensure this field has no more than 1000 characters."
        );
    }
}
