//! What each lookup means, evaluated plainly in memory, with the case rules of each database as
//! they are documented in `restflow::filters::lookups`.

use std::cmp::Ordering;
use std::collections::HashMap;

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, Timelike, Utc};
use restflow::filters::Operator;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement, prelude::*};

use crate::Random;
use crate::items::{
    BIGS, DAYS, HOURS, MOMENTS, NUMBERS, OFFSETS, PRICES, RATIOS, Row, TEXTS, TOKENS, item,
};

/// One parameter with its value.
#[derive(Debug, Clone)]
pub struct Condition {
    pub column: &'static str,
    pub lookup: &'static str,
    pub negated: bool,
    /// As it stands in the query.
    pub value: String,
    wanted: Wanted,
}

impl Condition {
    pub fn negated(self, negated: bool) -> Self {
        Self { negated, ..self }
    }

    pub fn name(&self) -> String {
        let lookup = match self.lookup {
            "exact" => String::new(),
            lookup => format!("__{lookup}"),
        };
        let mark = if self.negated { "!" } else { "" };
        format!("{}{lookup}{mark}", self.column)
    }
}

/// The meaning of a value.
#[derive(Debug, Clone)]
enum Wanted {
    Cells(Vec<Cell>),
    Pattern(&'static str),
    Number(i32),
    Date(NaiveDate),
    Time(NaiveTime),
    Null(bool),
}

/// The value of a column.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    Text(String),
    Int(i64),
    Float(f64),
    Decimal(Decimal),
    Bool(bool),
    Date(NaiveDate),
    Time(NaiveTime),
    Local(NaiveDateTime),
    Moment(DateTime<Utc>),
    Uuid(Uuid),
    Choice(&'static str),
}

const PLAIN: [&str; 3] = ["exact", "in", "isnull"];
const ORDERED: [&str; 5] = ["gt", "gte", "lt", "lte", "range"];
const TEXT: [&str; 9] = [
    "iexact",
    "contains",
    "icontains",
    "startswith",
    "istartswith",
    "endswith",
    "iendswith",
    "regex",
    "iregex",
];
const DATE: [&str; 9] = [
    "date",
    "year",
    "iso_year",
    "quarter",
    "month",
    "week",
    "week_day",
    "iso_week_day",
    "day",
];
const TIME: [&str; 4] = ["time", "hour", "minute", "second"];

/// Patterns as the client sends them and as the `regex` crate takes them.
const PATTERNS: [(&str, &str); 20] = [
    ("a", "a"),
    ("^a$", r"\Aa\z"),
    ("^$", r"\A\z"),
    (r"^\w+$", r"\A[0-9A-Za-z_]+\z"),
    (r"\d", "[0-9]"),
    (r"^\D*$", r"\A[^0-9]*\z"),
    (r"\bb", r"(?-u:\b)b"),
    (r"\Bb", r"(?-u:\B)b"),
    (r"b\b", r"b(?-u:\b)"),
    (r"^.\s", r"\A.[ \t\n\r\x0B\x0C]"),
    (".b", ".b"),
    ("e.b", "e.b"),
    ("(?s)e.b", "(?s)e.b"),
    ("(?m)^break$", "(?m)^break$"),
    ("ß|İ|[é-ñ]", "ß|İ|[é-ñ]"),
    ("[^a-z]{2}", "[^a-z]{2}"),
    ("^(a|b)+$", r"\A(a|b)+\z"),
    (r"[\]\\_%']", r"[\]\\_%']"),
    ("^.$", r"\A.\z"),
    (r"\p{Han}|k{2}", r"\p{Han}|k{2}"),
];

/// Each column with each of its lookups.
pub fn every_lookup() -> Vec<(&'static str, &'static str)> {
    let text = [&PLAIN[..], &ORDERED, &TEXT].concat();
    let ordered = [&PLAIN[..], &ORDERED].concat();
    let date = [&PLAIN[..], &ORDERED, &DATE].concat();
    let time = [&PLAIN[..], &ORDERED, &TIME].concat();
    let moment = [&PLAIN[..], &ORDERED, &DATE, &TIME].concat();
    [
        ("name", text.clone()),
        ("nick", text.clone()),
        ("shelf", text.clone()),
        ("label", text),
        ("number", ordered.clone()),
        ("big", ordered.clone()),
        ("ratio", ordered.clone()),
        ("price", ordered.clone()),
        ("weight", ordered),
        ("flag", PLAIN.to_vec()),
        ("token", PLAIN.to_vec()),
        ("mood", PLAIN.to_vec()),
        ("day", date),
        ("hour", time),
        ("written", moment.clone()),
        ("seen", moment.clone()),
        ("moved", moment),
    ]
    .into_iter()
    .flat_map(|(column, lookups)| lookups.into_iter().map(move |lookup| (column, lookup)))
    .collect()
}

/// The rows and the rules of a database.
pub struct Oracle {
    backend: DbBackend,
    rows: Vec<Row>,
    /// What MySQL's collation `utf8mb4_general_ci` compares instead of a character.
    weights: HashMap<char, u32>,
}

impl Oracle {
    pub async fn new(db: &DatabaseConnection, rows: Vec<Row>) -> Self {
        let backend = db.get_database_backend();
        let mut weights = HashMap::new();
        if backend == DbBackend::MySql {
            for character in TEXTS.iter().flat_map(|text| text.chars()).chain([' ']) {
                let sql = "SELECT CONV(HEX(WEIGHT_STRING(CONVERT(? USING utf8mb4) COLLATE utf8mb4_general_ci)), 16, 10)";
                let values = [character.to_string().into()];
                let statement = Statement::from_sql_and_values(backend, sql, values);
                let row = db.query_one_raw(statement).await.unwrap().unwrap();
                let weight: String = row.try_get_by_index(0).unwrap();
                weights.insert(character, weight.parse().unwrap());
            }
        }
        Self {
            backend,
            rows,
            weights,
        }
    }

    /// A condition with a value that fits, mostly one of a row.
    pub fn condition(
        &self,
        column: &'static str,
        lookup: &'static str,
        random: &mut Random,
    ) -> Condition {
        let (value, wanted) = match lookup {
            "isnull" => {
                let null = random.below(2) == 0;
                (null.to_string(), Wanted::Null(null))
            }
            "regex" | "iregex" => {
                let (pattern, meaning) = random.one_of(&PATTERNS);
                (pattern.to_owned(), Wanted::Pattern(meaning))
            }
            "date" => {
                let date = match random.below(3) {
                    0 => random.one_of(&DAYS).parse().unwrap(),
                    _ => moment(random).date(),
                };
                (date.to_string(), Wanted::Date(date))
            }
            "time" => {
                let time = match random.below(3) {
                    0 => random.one_of(&HOURS).parse().unwrap(),
                    _ => moment(random).time(),
                };
                (time.to_string(), Wanted::Time(time))
            }
            _ if DATE.contains(&lookup) || TIME.contains(&lookup) => {
                let number = match random.below(8) {
                    0 => random.one_of(&[-1, 0, 61, 10_000, i32::MIN, i32::MAX]),
                    _ if column == "hour" => {
                        let time = random.one_of(&HOURS).parse().unwrap();
                        part(lookup, None, Some(time)).unwrap()
                    }
                    chance => {
                        let day: NaiveDate = random.one_of(&DAYS).parse().unwrap();
                        let moment = moment(random);
                        let day = if chance < 3 { day } else { moment.date() };
                        part(lookup, Some(day), Some(moment.time())).unwrap()
                    }
                };
                (number.to_string(), Wanted::Number(number))
            }
            "in" => {
                let count = random.below(4);
                let cells: Vec<(String, Cell)> =
                    (0..count).map(|_| value(column, random)).collect();
                let (texts, cells): (Vec<_>, Vec<_>) = cells.into_iter().unzip();
                (texts.join(","), Wanted::Cells(cells))
            }
            "range" => {
                let (one, other) = (value(column, random), value(column, random));
                (
                    format!("{},{}", one.0, other.0),
                    Wanted::Cells(vec![one.1, other.1]),
                )
            }
            _ => {
                let (text, cell) = value(column, random);
                (text, Wanted::Cells(vec![cell]))
            }
        };
        Condition {
            column,
            lookup,
            negated: false,
            value,
            wanted,
        }
    }

    /// The ids of the rows that fulfill the conditions.
    pub fn ids(&self, operator: Operator, conditions: &[Condition]) -> Vec<i32> {
        let rows = self.rows.iter().filter(|row| {
            let mut met = conditions
                .iter()
                .map(|condition| self.meets(row, condition));
            match operator {
                Operator::Or => met.any(|met| met),
                Operator::Xor => met.filter(|met| *met).count() % 2 == 1,
                _ => met.all(|met| met),
            }
        });
        rows.map(|row| row.item.id).collect()
    }

    /// What the column of a row holds.
    pub fn describe(&self, id: i32, condition: &Condition) -> String {
        let row = self.rows.iter().find(|row| row.item.id == id).unwrap();
        format!("{id}: {:?}", cells(row, condition.column))
    }

    fn meets(&self, row: &Row, condition: &Condition) -> bool {
        let related = matches!(condition.column, "shelf" | "label" | "weight");
        let cells = cells(row, condition.column);
        let met = cells.iter().any(|cell| self.holds(cell.as_ref(), condition))
            // No related row is like a related row without a value.
            || related && cells.is_empty() && matches!(condition.wanted, Wanted::Null(true));
        met != condition.negated
    }

    fn holds(&self, cell: Option<&Cell>, condition: &Condition) -> bool {
        if let Wanted::Null(null) = condition.wanted {
            return cell.is_none() == null;
        }
        let Some(cell) = cell else { return false };
        let collated = matches!(condition.column, "name" | "label");
        match (&condition.wanted, condition.lookup) {
            (Wanted::Pattern(pattern), lookup) => {
                let Cell::Text(text) = cell else { panic!() };
                regex::RegexBuilder::new(pattern)
                    .case_insensitive(lookup == "iregex")
                    .build()
                    .unwrap()
                    .is_match(text)
            }
            (Wanted::Number(number), lookup) => {
                let (date, time) = date_and_time(cell);
                part(lookup, date, time) == Some(*number)
            }
            (Wanted::Date(date), _) => date_and_time(cell).0 == Some(*date),
            (Wanted::Time(time), _) => date_and_time(cell).1 == Some(*time),
            (Wanted::Cells(wanted), "in") => wanted
                .iter()
                .any(|wanted| self.compare(cell, wanted, collated) == Ordering::Equal),
            (Wanted::Cells(wanted), "range") => {
                self.compare(cell, &wanted[0], collated) != Ordering::Less
                    && self.compare(cell, &wanted[1], collated) != Ordering::Greater
            }
            (Wanted::Cells(wanted), lookup) => {
                let order = || self.compare(cell, &wanted[0], collated);
                match lookup {
                    "exact" => order() == Ordering::Equal,
                    "gt" => order() == Ordering::Greater,
                    "gte" => order() != Ordering::Less,
                    "lt" => order() == Ordering::Less,
                    "lte" => order() != Ordering::Greater,
                    _ => self.like(cell, &wanted[0], lookup, collated),
                }
            }
            (Wanted::Null(_), _) => unreachable!(),
        }
    }

    fn compare(&self, one: &Cell, other: &Cell, collated: bool) -> Ordering {
        match (one, other) {
            (Cell::Text(one), Cell::Text(other)) if self.backend == DbBackend::MySql => {
                // The shorter text is filled up with blanks.
                let (mut one, mut other) = (self.keys(one, collated), self.keys(other, collated));
                let length = one.len().max(other.len());
                one.resize(length, self.key(' ', collated));
                other.resize(length, self.key(' ', collated));
                one.cmp(&other)
            }
            (Cell::Text(one), Cell::Text(other)) => one.cmp(other),
            (Cell::Int(one), Cell::Int(other)) => one.cmp(other),
            (Cell::Float(one), Cell::Float(other)) => one.partial_cmp(other).unwrap(),
            (Cell::Decimal(one), Cell::Decimal(other)) => one.cmp(other),
            (Cell::Date(one), Cell::Date(other)) => one.cmp(other),
            (Cell::Time(one), Cell::Time(other)) => one.cmp(other),
            (Cell::Local(one), Cell::Local(other)) => one.cmp(other),
            (Cell::Moment(one), Cell::Moment(other)) => one.cmp(other),
            (one, other) if one == other => Ordering::Equal,
            _ => Ordering::Less,
        }
    }

    fn key(&self, character: char, collated: bool) -> u32 {
        if collated {
            self.weights[&character]
        } else {
            character.into()
        }
    }

    fn keys(&self, text: &str, collated: bool) -> Vec<u32> {
        text.chars()
            .map(|character| self.key(character, collated))
            .collect()
    }

    fn like(&self, cell: &Cell, wanted: &Cell, lookup: &str, collated: bool) -> bool {
        let (Cell::Text(text), Cell::Text(wanted)) = (cell, wanted) else {
            panic!()
        };
        let fold = lookup.starts_with('i');
        let keys = |text: &str| -> Vec<u32> {
            match self.backend {
                // LIKE knows the case of all but ASCII, whether it is asked to or not.
                DbBackend::Sqlite => self.keys(&text.to_ascii_lowercase(), false),
                DbBackend::Postgres if fold => text.chars().map(upper).map(u32::from).collect(),
                DbBackend::MySql if fold => self.keys(text, collated),
                _ => self.keys(text, false),
            }
        };
        let (text, wanted) = (keys(text), keys(wanted));
        match lookup.trim_start_matches('i') {
            "exact" => text == wanted,
            "contains" => {
                wanted.is_empty() || text.windows(wanted.len()).any(|part| part == wanted)
            }
            "startswith" => text.starts_with(&wanted),
            "endswith" => text.ends_with(&wanted),
            _ => panic!("{lookup}"),
        }
    }
}

/// `UPPER` of PostgreSQL leaves what has no single capital letter.
fn upper(character: char) -> char {
    let mut upper = character.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(upper), None) => upper,
        _ => character,
    }
}

fn moment(random: &mut Random) -> NaiveDateTime {
    random.one_of(&MOMENTS).parse().unwrap()
}

/// A value of a column as it stands in a query, and what it means.
fn value(column: &str, random: &mut Random) -> (String, Cell) {
    match column {
        "name" | "nick" | "shelf" | "label" => {
            let texts: Vec<&str> = TEXTS
                .iter()
                .copied()
                .filter(|text| !text.trim().is_empty())
                .collect();
            // Blanks around a value are dropped, as in DRF.
            let text = random.one_of(&texts);
            (text.to_owned(), Cell::Text(text.trim().to_owned()))
        }
        "number" | "weight" => {
            let number = random.one_of(&NUMBERS);
            (number.to_string(), Cell::Int(number.into()))
        }
        "big" => {
            let number = random.one_of(&BIGS);
            (number.to_string(), Cell::Int(number))
        }
        "ratio" => {
            let number = random.one_of(&RATIOS);
            (format!("{number:e}"), Cell::Float(number))
        }
        "price" => {
            let text = random.one_of(&PRICES);
            (text.to_owned(), Cell::Decimal(text.parse().unwrap()))
        }
        "flag" => {
            let (text, flag) = random.one_of(&[
                ("true", true),
                ("1", true),
                ("on", true),
                ("Yes", true),
                ("false", false),
                ("0", false),
                ("off", false),
                ("F", false),
            ]);
            (text.to_owned(), Cell::Bool(flag))
        }
        "day" => {
            let text = random.one_of(&DAYS);
            (text.to_owned(), Cell::Date(text.parse().unwrap()))
        }
        "hour" => {
            let text = random.one_of(&HOURS);
            (text.to_owned(), Cell::Time(text.parse().unwrap()))
        }
        "written" => {
            let moment = moment(random);
            (format!("{moment:?}"), Cell::Local(moment))
        }
        "seen" | "moved" => {
            let moment = moment(random).and_utc();
            let offset = chrono::FixedOffset::east_opt(random.one_of(&OFFSETS)).unwrap();
            let text = moment.with_timezone(&offset).to_rfc3339();
            (text, Cell::Moment(moment))
        }
        "token" => {
            let token = Uuid::from_u128(random.one_of(&TOKENS));
            let text = match random.below(2) {
                0 => token.to_string(),
                _ => token.simple().to_string(),
            };
            (text, Cell::Uuid(token))
        }
        "mood" => {
            let mood = random.one_of(&["sad", "happy"]);
            (mood.to_owned(), Cell::Choice(mood))
        }
        _ => panic!("{column}"),
    }
}

/// What a column holds: one value, or one for each related row.
fn cells(row: &Row, column: &str) -> Vec<Option<Cell>> {
    let item = &row.item;
    let cell = match column {
        "name" => Some(Cell::Text(item.name.clone())),
        "nick" => item.nick.clone().map(Cell::Text),
        "number" => item.number.map(|number| Cell::Int(number.into())),
        "big" => Some(Cell::Int(item.big)),
        "ratio" => item.ratio.map(Cell::Float),
        "price" => item.price.map(Cell::Decimal),
        "flag" => item.flag.map(Cell::Bool),
        "day" => item.day.map(Cell::Date),
        "hour" => item.hour.map(Cell::Time),
        "written" => item.written.map(Cell::Local),
        "seen" => item.seen.map(Cell::Moment),
        "moved" => item.moved.map(|moment| Cell::Moment(moment.to_utc())),
        "token" => item.token.map(Cell::Uuid),
        "mood" => item.mood.map(|mood| match mood {
            item::Mood::Sad => Cell::Choice("sad"),
            item::Mood::Happy => Cell::Choice("happy"),
        }),
        "shelf" => {
            let shelves = row.shelf.iter();
            return shelves
                .map(|shelf| shelf.name.clone().map(Cell::Text))
                .collect();
        }
        "label" => {
            let labels = row.labels.iter();
            return labels
                .map(|label| label.name.clone().map(Cell::Text))
                .collect();
        }
        "weight" => {
            let labels = row.labels.iter();
            return labels
                .map(|label| label.weight.map(|weight| Cell::Int(weight.into())))
                .collect();
        }
        _ => panic!("{column}"),
    };
    vec![cell]
}

fn date_and_time(cell: &Cell) -> (Option<NaiveDate>, Option<NaiveTime>) {
    match cell {
        Cell::Date(date) => (Some(*date), None),
        Cell::Time(time) => (None, Some(*time)),
        Cell::Local(moment) => (Some(moment.date()), Some(moment.time())),
        Cell::Moment(moment) => (Some(moment.date_naive()), Some(moment.time())),
        _ => panic!(),
    }
}

fn part(lookup: &str, date: Option<NaiveDate>, time: Option<NaiveTime>) -> Option<i32> {
    let number = match lookup {
        "year" => return date.map(|date| date.year()),
        "iso_year" => return date.map(|date| date.iso_week().year()),
        "quarter" => date?.month0() / 3 + 1,
        "month" => date?.month(),
        "week" => date?.iso_week().week(),
        "week_day" => date?.weekday().number_from_sunday(),
        "iso_week_day" => date?.weekday().number_from_monday(),
        "day" => date?.day(),
        "hour" => time?.hour(),
        "minute" => time?.minute(),
        "second" => time?.second(),
        _ => panic!("{lookup}"),
    };
    Some(i32::try_from(number).unwrap())
}
