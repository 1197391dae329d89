//! Regular expressions of clients, with one meaning on each database and an estimated cost.
//!
//! A pattern is parsed here and written anew for each dialect, so that no database sees what a
//! client wrote: the same classes, boundaries and ends of text everywhere, and upper and lower case
//! by Unicode's simple case folding whatever the collation.
//!
//! The engines of SQLite and PostgreSQL take time in proportion to the text. Those of MariaDB and
//! MySQL track back, so a pattern is refused (on each database, for it to be one rule) that could
//! take them more than a multiple of the square of the length of the text; see [`steps`].

use std::fmt;

use regex_syntax::ast::{self, Ast, ClassAscii, ClassAsciiKind, ClassPerlKind, ClassSetItem};
use regex_syntax::hir::{Class, ClassUnicode, Hir, HirKind, Look, translate::TranslatorBuilder};
use restflow_exceptions::{ErrorDetail, ErrorMessage};
use restflow_fields::{FieldInfo, FieldOptions, FieldType};
use sea_orm::DbBackend;
use sea_orm::sea_query::{BinOper, Expr, ExprTrait, SimpleExpr};

use crate::input::{LookupInput, One};

/// The most characters of a pattern.
const MAX_LENGTH: usize = 1_000;
/// The most groups within groups.
const MAX_NESTING: u32 = 50;
/// The most repetitions that a count may ask for, which is PostgreSQL's limit.
const MAX_COUNT: u32 = 255;
/// The most characters and ranges of a pattern whose repetitions are written out.
const MAX_SIZE: usize = 2_000;
/// The most bytes that PCRE compiles a pattern to, generously counted: its limit is 65,535.
const MAX_COMPILED: usize = 50_000;
/// The lengths of a short and of a longer text that the steps of a match are estimated for.
const TEXT_LENGTHS: [u64; 2] = [50, 300];
/// The most steps of a match, for the square of the length of the text.
const MAX_STEPS: u64 = 20;

/// A regular expression that a client sent: what the lookups `regex` (`FOLD_CASE` is `false`) and
/// `iregex` (`true`) take.
///
/// The syntax is that of the `regex` crate, which is Perl's without look-around and
/// back-references. `\d`, `\w`, `\s` and `\b` are about ASCII, `^` and `$` are the ends of the
/// whole text, `.` is any character but a line feed; `(?m)`, `(?s)` and `(?i)` change that.
///
/// Refused are patterns of more than 1,000 characters, counts above 255, an open repetition within
/// a repetition, what is too large when its counts are written out, and what is too costly on some
/// database. Of open repetitions such as `.*` one is allowed, and two behind `^`. Those at the ends
/// of the pattern do not count, for they find nothing more, and there may be several where the
/// character that follows ends each of them:
///
/// | Allowed | Refused |
/// |---|---|
/// | `a.*b`, `^a.*b.*c`, `.*a.*b.*` | `a.*b.*c`, `^.*a.*b.*c` |
/// | `^[A-Z]{2}-\d+$`, `\d+-\d+-\d+ [a-z]+` | `\d.*\d+-`, `(a+)+` |
///
/// On MySQL and MariaDB the time of a pattern with an open repetition may still grow with the square
/// of the length of a text. Both give up after some million steps, which takes a text of some
/// thousand characters that is made for it: MariaDB takes its row for one that does not match, and
/// MySQL fails, which is a 500. Offer no regular expressions on long texts there.
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
        Size::of(&hir, false).map_err(invalid)?;
        let hir = trim(hir, true, true);
        if TEXT_LENGTHS
            .iter()
            .any(|length| steps(&hir, *length) > MAX_STEPS * length * length)
        {
            let text = "it is too costly, use fewer repetitions or begin it with ^";
            return Err(invalid(text));
        }
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
        let text = One::parse(values, options, required)?;
        text.map(|One(text): One<String>| Self::new(&text))
            .transpose()
    }
}

/// Why regular expressions cannot work on a database of this kind: SQLite gets them from a feature.
/// Whether its connections really have them only shows when one is used.
pub(crate) fn misconfigured(backend: DbBackend) -> Option<String> {
    let missing = backend == DbBackend::Sqlite && !cfg!(feature = "sqlite-regexp");
    missing.then(|| {
        "SQLite has regular expressions only with the feature `sqlite-regexp` of restflow; with it, \
         connect with `restflow::filters::with_regexp(options)`"
            .to_owned()
    })
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

/// How large an expression is with its repetitions written out.
#[derive(Clone, Copy, Default)]
struct Size {
    /// Its characters and ranges.
    parts: usize,
    /// What PCRE compiles it to, in bytes.
    compiled: usize,
}

impl Size {
    /// Measures an expression; refuses what is too large, and what is ambiguous within a
    /// repetition.
    fn of(hir: &Hir, repeated: bool) -> Result<Self, String> {
        // A class is a map of 32 bytes, with ranges of two characters where it is not ASCII.
        const CLASS: usize = 40;
        const RANGE: usize = 9;
        const CHARACTER: usize = 6;
        const GROUP: usize = 16;
        let size = match hir.kind() {
            HirKind::Empty => Self::new(0, GROUP),
            HirKind::Look(look) => match look {
                Look::StartCRLF | Look::EndCRLF => {
                    return Err("the flag R is not supported".to_owned());
                }
                Look::Start | Look::End => Self::new(1, CHARACTER),
                Look::StartLF | Look::EndLF => Self::new(1, 4 * GROUP),
                // Written as up to four look-arounds at a class of one range or more.
                _ => Self::new(4, 4 * (GROUP + CLASS) + GROUP),
            },
            HirKind::Literal(literal) => Self::new(literal.0.len(), CHARACTER * literal.0.len()),
            HirKind::Class(class) => {
                let ranges = unicode(class).map_or(0, |class| class.ranges().len());
                Self::new(ranges, CLASS + RANGE * ranges)
            }
            HirKind::Capture(capture) => Self::of(&capture.sub, repeated)?.plus(GROUP),
            HirKind::Concat(parts) => Self::sum(parts, repeated)?,
            HirKind::Alternation(branches) => {
                if repeated && !begin_differently(branches) {
                    let text = "alternatives within a repetition must begin differently";
                    return Err(text.to_owned());
                }
                Self::sum(branches, repeated)?.plus(GROUP * branches.len())
            }
            HirKind::Repetition(repetition) => {
                let count = repetition.max.unwrap_or(repetition.min.saturating_add(1));
                if count > MAX_COUNT {
                    return Err(format!("a count may not be greater than {MAX_COUNT}"));
                }
                if repeated && repetition.max != Some(repetition.min) {
                    return Err(
                        "an open repetition within a repetition is not supported".to_owned()
                    );
                }
                let again = repetition.max.is_none_or(|max| max > 1);
                let once = Self::of(&repetition.sub, repeated || again)?;
                let count = count as usize;
                let compiled = match repetition.sub.kind() {
                    // Its count is part of it.
                    HirKind::Class(_) => once.compiled,
                    _ => (once.compiled + GROUP).saturating_mul(count),
                };
                Self::new(once.parts.saturating_mul(count), compiled + GROUP)
            }
        };
        if size.parts > MAX_SIZE || size.compiled > MAX_COMPILED {
            return Err("it is too large".to_owned());
        }
        Ok(size)
    }

    fn new(parts: usize, compiled: usize) -> Self {
        Self { parts, compiled }
    }

    fn plus(self, compiled: usize) -> Self {
        Self::new(self.parts, self.compiled + compiled)
    }

    fn sum(parts: &[Hir], repeated: bool) -> Result<Self, String> {
        parts.iter().try_fold(Self::default(), |sum, part| {
            let size = Self::of(part, repeated)?;
            Ok(Self::new(
                sum.parts + size.parts,
                sum.compiled + size.compiled,
            ))
        })
    }
}

/// Leaves out repetitions at the ends of a pattern: a text in which `a+b*` is found is one in which
/// `a` is found, because what is before and behind a match does not matter.
fn trim(hir: Hir, left: bool, right: bool) -> Hir {
    if !left && !right {
        return hir;
    }
    match hir.into_kind() {
        HirKind::Repetition(repetition) if repetition.min == 0 => Hir::empty(),
        HirKind::Repetition(repetition) if repetition.min == 1 => {
            trim(*repetition.sub, left, right)
        }
        HirKind::Repetition(mut repetition) => {
            repetition.max = Some(repetition.min);
            Hir::repetition(repetition)
        }
        HirKind::Capture(capture) => trim(*capture.sub, left, right),
        HirKind::Alternation(branches) => Hir::alternation(
            branches
                .into_iter()
                .map(|branch| trim(branch, left, right))
                .collect(),
        ),
        HirKind::Concat(parts) => {
            let mut parts: std::collections::VecDeque<Hir> = parts.into();
            let mut before = None;
            while left && before.is_none() {
                let Some(first) = parts.pop_front() else {
                    break;
                };
                let first = trim(first, true, right && parts.is_empty());
                before = (*first.kind() != HirKind::Empty).then_some(first);
            }
            let mut behind = None;
            while right && behind.is_none() {
                let Some(last) = parts.pop_back() else { break };
                let last = trim(last, false, true);
                behind = (*last.kind() != HirKind::Empty).then_some(last);
            }
            if right && behind.is_none() {
                // Nothing is left but the first part, which is the last one, too.
                before = before.map(|part| trim(part, false, true));
            }
            Hir::concat(before.into_iter().chain(parts).chain(behind).collect())
        }
        HirKind::Empty => Hir::empty(),
        HirKind::Literal(literal) => Hir::literal(literal.0),
        HirKind::Class(class) => Hir::class(class),
        HirKind::Look(look) => Hir::look(look),
    }
}

/// How many steps an engine that tracks back takes at most to see that a text of this length does
/// not match.
///
/// It tries each way through the expression from each place. An open repetition may end behind each
/// character, so that it multiplies the ways by the length of the text, unless what follows cannot
/// begin as it goes on. `^` leaves one place to begin at.
fn steps(hir: &Hir, length: u64) -> u64 {
    let mut search = Search {
        length,
        ways: length,
        steps: 0,
    };
    search.walk(hir, None);
    search.steps
}

struct Search {
    /// The characters of the text.
    length: u64,
    /// The ways that lead here.
    ways: u64,
    /// The steps on them.
    steps: u64,
}

impl Search {
    /// Goes through an expression; `next` are the characters that what follows it begins with,
    /// `None` are all.
    fn walk(&mut self, hir: &Hir, next: Option<&ClassUnicode>) {
        match hir.kind() {
            HirKind::Empty => {}
            HirKind::Look(look) => {
                self.step(1);
                if *look == Look::Start {
                    self.ways = self.ways.div_ceil(self.length);
                }
            }
            // Engines compare several characters at a time.
            HirKind::Literal(literal) => self.step(1 + literal.0.len() as u64 / 8),
            HirKind::Class(_) => self.step(1),
            HirKind::Capture(capture) => self.walk(&capture.sub, next),
            HirKind::Concat(parts) => {
                let mut after = vec![next.cloned()];
                for part in parts.iter().skip(1).rev() {
                    let begin = starts(part, after.last().and_then(Option::as_ref));
                    after.push(begin);
                }
                for (part, next) in parts.iter().zip(after.iter().rev()) {
                    self.walk(part, next.as_ref());
                }
            }
            HirKind::Alternation(branches) => {
                let (ways, one) = (self.ways, begin_differently(branches));
                let mut all = 0_u64;
                for branch in branches {
                    self.ways = ways;
                    self.walk(branch, next);
                    all = match one {
                        true => Ord::max(all, self.ways),
                        false => all.saturating_add(self.ways),
                    };
                }
                self.ways = all;
            }
            HirKind::Repetition(repetition) => {
                let mut once = Self {
                    ways: 1,
                    steps: 0,
                    ..*self
                };
                once.walk(&repetition.sub, None);
                let most = repetition.max.map_or(self.length, u64::from);
                let most = Ord::min(most, self.length);
                self.step(once.steps.saturating_mul(most));
                let ends = most.saturating_sub(repetition.min.into()) + 1;
                let again = starts(&repetition.sub, Some(&ClassUnicode::empty()));
                let is_plain = match (again, next) {
                    (Some(mut again), Some(next)) => {
                        again.intersect(next);
                        again.ranges().is_empty()
                    }
                    _ => false,
                };
                if !is_plain {
                    self.ways = self.ways.saturating_mul(ends);
                }
                self.ways = self.ways.saturating_mul(once.ways);
            }
        }
    }

    fn step(&mut self, count: u64) {
        self.steps = (self.steps).saturating_add(self.ways.saturating_mul(count));
    }
}

/// The characters that an expression and what follows it begin with; `None` are all.
fn starts(hir: &Hir, next: Option<&ClassUnicode>) -> Option<ClassUnicode> {
    match hir.kind() {
        // Nothing follows the end of the text.
        HirKind::Look(Look::End) => Some(ClassUnicode::empty()),
        HirKind::Empty | HirKind::Look(_) => next.cloned(),
        HirKind::Literal(_) | HirKind::Class(_) => first(hir),
        HirKind::Capture(capture) => starts(&capture.sub, next),
        HirKind::Concat(parts) => parts
            .iter()
            .rev()
            .fold(next.cloned(), |next, part| starts(part, next.as_ref())),
        HirKind::Alternation(branches) => {
            let mut all = ClassUnicode::empty();
            for branch in branches {
                all.union(&starts(branch, next)?);
            }
            Some(all)
        }
        HirKind::Repetition(repetition) => {
            let mut all = starts(&repetition.sub, next)?;
            if repetition.min == 0 {
                all.union(next?);
            }
            Some(all)
        }
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
    fn sqlite_needs_the_feature() {
        let expected = !cfg!(feature = "sqlite-regexp");
        assert_eq!(misconfigured(DbBackend::Sqlite).is_some(), expected);
        assert_eq!(misconfigured(DbBackend::Postgres), None);
        assert_eq!(misconfigured(DbBackend::MySql), None);
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
        assert_eq!(written(r"^((ab)?|c)$")[0], r"\A(?:(?:(?:ab))?|c)\z");
    }

    #[test]
    fn repetitions_at_the_ends_are_left_out() {
        let cases = [
            (".*a.*", "a"),
            (".*.*.*.*.*.*x", "x"),
            ("a+b*", "a"),
            ("b*", "(?:)"),
            ("(a{2,5}b)*", "(?:)"),
            ("(a{2,5}b)?c{2,}", "(?:c){2}"),
            (r"\d+-\d+", r"[0-9]\x{2D}[0-9]"),
            ("(a*b|c+)+", "[b-c]"),
            ("^a+b*c*$", r"\A(?:a)+(?:b)*(?:c)*\z"),
            (r"\ba*", r"(?-u:\b)"),
        ];
        for (pattern, expected) in cases {
            let hir = trim(parse(pattern, false).unwrap(), true, true);
            let mut text = String::new();
            Dialect::Rust.write(&hir, &mut text);
            assert_eq!(text, expected, "{pattern}");
        }
    }

    #[test]
    fn the_steps_of_a_match_are_bounded() {
        let allowed = [
            "^AQ",
            "-1(037|111)$",
            r"^[A-Z]{2}-\d+$",
            "a.*b",
            ".*a.*b.*",
            "^a.*b.*c",
            "^.*a.*$",
            "foo.*bar|baz.*qux",
            r"\d+-\d+-\d+ [a-z]+",
            r"^\w+@\w+\.(com|org)$",
            r"^\s*\d+\s*-\s*\d+\s*$",
            "colou?r.*(gr[ae]y|red)",
            r"\bgarden\b.*\bchairs?\b",
            "a.{0,20}b.{0,20}c",
            "(a|ab)(c|cd)(e|ef)",
            ".{200}",
        ];
        for pattern in allowed {
            let result = RegexPattern::<true>::new(pattern);
            assert!(result.is_ok(), "{pattern}: {result:?}");
        }
        let refused = [
            "a.*b.*a.*b.*[cd]",
            "a.*b.*c",
            "^.*a.*b.*c",
            r"\d.*\d+-",
            "(?m)^a.*b.*c",
            "(^|x)a.*b.*c",
            "a.{0,255}b.{0,255}c",
            "^a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?b",
            "^(a|ab)(b|bc)(a|ab)(b|bc)(a|ab)(b|bc)(a|ab)(b|bc).*a.*b",
            "^a{1,2}.*a{1,50}.*c",
        ];
        for pattern in refused {
            assert_eq!(
                refusal(pattern),
                "Enter a valid regular expression: it is too costly, use fewer repetitions or \
                 begin it with ^.",
                "{pattern}"
            );
        }
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
            (r"(\ba){255}(\ba){255}(\ba){255}", "it is too large"),
            ("([ab][cd]){255}([ab][cd]){255}", "it is too large"),
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
