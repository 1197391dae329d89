//! Serializers without a server: bytes to validated data, data to bytes, beside serde and
//! `validator` by hand. Both contestants run in this process, by turns in short rounds.

use std::{
    collections::BTreeMap,
    fmt::{self, Display, Formatter},
    hint::black_box,
    sync::LazyLock,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use chrono::{DateTime, NaiveDate, Utc};
use clap::ValueEnum;
use http::Extensions;
use regex::Regex;
use restflow::{
    exceptions::exception_handler,
    prelude::{
        DatabaseConnection, Decimal, Representation, Serializer, SerializerContext, Uuid,
        Validation,
    },
    serializers::{Input, Json},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use validator::{Validate, ValidationError};

use crate::report::median;

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Work {
    /// The bytes of a body of 12 fields become validated data.
    Valid,
    /// Each of the 12 fields is wrong; the errors become bytes.
    Invalid,
    /// A page of 20 rows of 12 fields becomes bytes.
    Rows20,
    /// The same with 1,000 rows.
    Rows1000,
}

impl Work {
    pub(crate) const ALL: &[Self] = &[Self::Valid, Self::Invalid, Self::Rows20, Self::Rows1000];

    fn title(self) -> &'static str {
        match self {
            Self::Valid => "validate 12 fields",
            Self::Invalid => "refuse 12 fields",
            Self::Rows20 => "write 20 rows",
            Self::Rows1000 => "write 1000 rows",
        }
    }

    fn rows(self) -> usize {
        match self {
            Self::Valid | Self::Invalid => 1,
            Self::Rows20 => 20,
            Self::Rows1000 => 1000,
        }
    }
}

/// Who does it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Contestant {
    /// What restflow declares: `#[derive(Serializer)]`, filters and paginators.
    Restflow,
    /// `#[derive(Serialize, Deserialize, Validate)]`, SQL by hand.
    ByHand,
}

static PHONE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^\+\d{6,15}$").expect("the pattern compiles"));

/// What is sent to restflow.
#[derive(Debug, Serializer)]
struct OrderSerializer {
    #[validate(length(max = 100))]
    name: String,
    #[validate(length(min = 3, max = 12))]
    sku: String,
    #[validate(email)]
    email: String,
    #[validate(url)]
    website: String,
    #[validate(length(equal = 2))]
    country: String,
    #[validate(regex(path = *PHONE))]
    phone: String,
    #[validate(range(min = 1, max = 1000))]
    quantity: i32,
    #[validate(range(min = 0.0, max = 100.0))]
    weight: f64,
    #[validate(range(min = 1, max = 5))]
    rating: u8,
    #[validate(range(min = 0))]
    price: Decimal,
    #[validate(length(min = 1, max = 2000))]
    note: String,
    #[validate(length(max = 5))]
    tags: Vec<String>,
}

/// The same by hand.
#[derive(Debug, Deserialize, Validate)]
struct Order {
    #[validate(length(
        max = 100,
        message = "Ensure this field has no more than 100 characters."
    ))]
    name: String,
    #[validate(length(
        min = 3,
        max = 12,
        message = "Ensure this field has 3 to 12 characters."
    ))]
    sku: String,
    #[validate(email(message = "Enter a valid email address."))]
    email: String,
    #[validate(url(message = "Enter a valid URL."))]
    website: String,
    #[validate(length(equal = 2, message = "Ensure this field has 2 characters."))]
    country: String,
    #[validate(regex(path = *PHONE, message = "This value does not match the pattern."))]
    phone: String,
    #[validate(range(min = 1, max = 1000, message = "Ensure this value is from 1 to 1000."))]
    quantity: i32,
    #[validate(range(
        min = 0.0,
        max = 100.0,
        message = "Ensure this value is from 0 to 100."
    ))]
    weight: f64,
    #[validate(range(min = 1, max = 5, message = "Ensure this value is from 1 to 5."))]
    rating: u8,
    #[validate(custom(function = not_negative))]
    price: Decimal,
    #[validate(length(min = 1, max = 2000, message = "Ensure this field has a text."))]
    note: String,
    #[validate(length(max = 5, message = "Ensure this field has no more than 5 elements."))]
    tags: Vec<String>,
}

fn not_negative(price: &Decimal) -> Result<(), ValidationError> {
    if price.is_sign_negative() {
        let error = ValidationError::new("range");
        return Err(error.with_message("Ensure this value is at least 0.".into()));
    }
    Ok(())
}

/// What restflow shows of a row.
#[derive(Debug, Serializer)]
struct RowSerializer {
    id: i64,
    name: String,
    sku: String,
    description: Option<String>,
    #[serializer(decimal(max_digits = 10, decimal_places = 2))]
    price: Decimal,
    quantity: i32,
    rating: Option<f64>,
    in_stock: bool,
    code: Uuid,
    available_from: NaiveDate,
    created_at: DateTime<Utc>,
    tags: Vec<i32>,
}

/// The same by hand.
#[derive(Debug, Serialize)]
struct Row {
    id: i64,
    name: String,
    sku: String,
    description: Option<String>,
    price: Decimal,
    quantity: i32,
    rating: Option<f64>,
    in_stock: bool,
    code: Uuid,
    available_from: NaiveDate,
    created_at: DateTime<Utc>,
    tags: Vec<i32>,
}

/// Makes rows of either type.
macro_rules! rows {
    ($row:ident, $count:expr) => {
        (0..$count)
            .map(|number: usize| $row {
                id: number as i64,
                name: format!("Product number {number}"),
                sku: format!("SKU{number:06}"),
                description: (number % 2 == 0).then(|| format!("What \"{number}\" is for")),
                price: Decimal::new(number as i64 * 7 + 99, 2),
                quantity: number as i32 % 50,
                rating: (number % 3 > 0).then_some(number as f64 / 4.0 + 0.5),
                in_stock: number % 5 > 0,
                code: Uuid::from_u128(0x1d5e_5a3c_6f0a_4a8e_9d5b_0123_4567_89ab + number as u128),
                available_from: NaiveDate::from_num_days_from_ce_opt(738_000 + number as i32)
                    .unwrap_or_default(),
                created_at: DateTime::from_timestamp(1_700_000_000 + number as i64, 0)
                    .unwrap_or_default(),
                tags: vec![1, 2, number as i32],
            })
            .collect::<Vec<_>>()
    };
}

/// What both contestants work on.
struct Material {
    valid: Vec<u8>,
    invalid: Vec<u8>,
    shown: Json<Vec<RowSerializer>>,
    rows: Vec<Row>,
    db: DatabaseConnection,
    extensions: Extensions,
}

impl Material {
    fn of(work: Work) -> Self {
        let valid = json!({
            "name": "A product for sale", "sku": "SKU000017", "email": "buyer@shop.example",
            "website": "https://shop.example/products/17", "country": "DE",
            "phone": "+4912345678", "quantity": 12, "weight": 2.75, "rating": 4,
            "price": "19.99", "note": "Please ring twice, the bell is broken.",
            "tags": ["new", "sale"],
        });
        let invalid = json!({
            "name": "x".repeat(101), "sku": "S", "email": "buyer", "website": "shop.example",
            "country": "DEU", "phone": "12", "quantity": 0, "weight": 100.5, "rating": 9,
            "price": "-0.01", "note": "x".repeat(2001),
            "tags": ["1", "2", "3", "4", "5", "6"],
        });
        Self {
            valid: valid.to_string().into_bytes(),
            invalid: invalid.to_string().into_bytes(),
            shown: Json(rows!(RowSerializer, work.rows())),
            rows: rows!(Row, work.rows()),
            db: DatabaseConnection::default(),
            extensions: Extensions::new(),
        }
    }

    /// Does the work once; the bytes are empty where the outcome is data.
    async fn run(&self, work: Work, contestant: Contestant) -> Result<Vec<u8>> {
        let body = if work == Work::Valid {
            &self.valid
        } else {
            &self.invalid
        };
        match (work, contestant) {
            (Work::Valid | Work::Invalid, Contestant::Restflow) => {
                let input = Input::from_slice(body)?;
                let context = SerializerContext::new(&self.db, "", &self.extensions);
                let validation = Validation::new(&context);
                match OrderSerializer::validate(input, &validation).await {
                    Ok(data) => {
                        black_box(data);
                        Ok(Vec::new())
                    }
                    Err(error) => Ok(serde_json::to_vec(&exception_handler(&error))?),
                }
            }
            (Work::Valid | Work::Invalid, Contestant::ByHand) => {
                let order: Order = serde_json::from_slice(body)?;
                match order.validate() {
                    Ok(()) => {
                        black_box(order);
                        Ok(Vec::new())
                    }
                    Err(errors) => {
                        let errors = errors.field_errors().into_iter().map(|(field, errors)| {
                            let messages = errors.iter().filter_map(|error| error.message.as_ref());
                            (field, messages.collect::<Vec<_>>())
                        });
                        Ok(serde_json::to_vec(&errors.collect::<BTreeMap<_, _>>())?)
                    }
                }
            }
            (Work::Rows20 | Work::Rows1000, Contestant::Restflow) => {
                let mut bytes = Vec::new();
                self.shown.write_json(&mut bytes)?;
                Ok(bytes)
            }
            (Work::Rows20 | Work::Rows1000, Contestant::ByHand) => {
                let mut bytes = Vec::new();
                serde_json::to_writer(&mut bytes, &self.rows)?;
                Ok(bytes)
            }
        }
    }

    /// Whether both contestants come to the same result.
    async fn check(&self, work: Work) -> Result<()> {
        let restflow = self.run(work, Contestant::Restflow).await?;
        let by_hand = self.run(work, Contestant::ByHand).await?;
        if work == Work::Invalid {
            let fields = |bytes: &[u8]| -> Result<Vec<String>> {
                let errors: BTreeMap<String, Value> = serde_json::from_slice(bytes)?;
                Ok(errors.into_keys().collect())
            };
            let refused = fields(&restflow)?;
            ensure!(
                refused.len() == 12,
                "not every field is refused: {refused:?}"
            );
            ensure!(
                refused == fields(&by_hand)?,
                "other fields are refused by hand"
            );
        } else {
            let texts = [&restflow, &by_hand].map(|bytes| String::from_utf8_lossy(bytes));
            ensure!(
                texts[0] == texts[1],
                "the results differ:\n{}\n{}",
                texts[0],
                texts[1]
            );
        }
        Ok(())
    }
}

/// Does the work many times and nothing else, to count instructions.
pub(crate) async fn repeat(work: Work, contestant: Contestant, times: usize) -> Result<()> {
    let material = Material::of(work);
    time(&material, work, contestant, times).await.map(|_| ())
}

async fn time(
    material: &Material,
    work: Work,
    contestant: Contestant,
    times: usize,
) -> Result<Duration> {
    let start = Instant::now();
    for _ in 0..times {
        black_box(material.run(work, contestant).await?);
    }
    Ok(start.elapsed())
}

/// How long each piece of work took in each round, in nanoseconds.
#[derive(Debug, Default)]
pub(crate) struct Figures(Vec<(Work, Vec<[f64; 2]>)>);

/// Measures all work in rounds of so many rows or bodies.
pub(crate) async fn measure(rounds: usize, units: usize) -> Result<Figures> {
    let mut figures = Figures::default();
    for work in Work::ALL {
        let material = Material::of(*work);
        let check = material.check(*work).await;
        check.with_context(|| format!("`{}` is not comparable", work.title()))?;
        let times = units.div_ceil(work.rows()).max(2);
        let mut samples = Vec::new();
        for round in 0..=rounds {
            let mut sample = [0.0; 2];
            // Nobody is always first.
            for turn in 0..2 {
                let place = (turn + round) % 2;
                let contestant = [Contestant::Restflow, Contestant::ByHand][place];
                let elapsed = time(&material, *work, contestant, times).await?;
                sample[place] = elapsed.as_secs_f64() * 1e9 / times as f64;
            }
            // The first round warms up.
            if round > 0 {
                samples.push(sample);
            }
        }
        figures.0.push((*work, samples));
    }
    Ok(figures)
}

impl Display for Figures {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:<20} {:>12} {:>12} {:>18}",
            "serializers", "restflow µs", "by hand µs", "times as fast"
        )?;
        for (work, samples) in &self.0 {
            let of = |place: usize| median(samples.iter().map(|sample| sample[place] / 1e3));
            let ratio = median(samples.iter().map(|[restflow, by_hand]| by_hand / restflow));
            let (restflow, by_hand) = (of(0), of(1));
            writeln!(
                f,
                "  {:<18} {restflow:>12.2} {by_hand:>12.2} {ratio:>18.2}",
                work.title()
            )?;
        }
        Ok(())
    }
}
