//! Questions to the database, asked together.

use std::pin::Pin;

use restflow_exceptions::{ErrorMessage, Result};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, QueryResult,
    sea_query::{Expr, Query, SelectStatement, SubQueryStatement},
};

/// What a field wants to know of the database.
pub(super) struct Probe<'d> {
    pub(super) index: usize,
    pub(super) question: Question<'d>,
}

pub(super) enum Question<'d> {
    /// Whether there is a row; the other answer is an error.
    Exists {
        rows: SelectStatement,
        expected: bool,
        message: ErrorMessage,
    },
    /// The one value of the first column of the one row; `read` takes it, or tells that there is
    /// none, which is an error.
    Lookup {
        row: SelectStatement,
        read: Read<'d>,
        message: ErrorMessage,
    },
    /// Anything that needs queries of its own.
    Other(Other<'d>),
}

pub(super) type Read<'d> = Box<dyn FnOnce(&QueryResult, usize) -> Result<bool> + Send + 'd>;
pub(super) type Other<'d> = Pin<Box<dyn Future<Output = Result<Option<ErrorMessage>>> + Send + 'd>>;

/// Asks everything, the questions of one value in one query, and gives the errors by field.
pub(super) async fn run(
    probes: Vec<Probe<'_>>,
    db: &DatabaseConnection,
) -> Result<Vec<(usize, ErrorMessage)>> {
    let mut errors = Vec::new();
    let mut statement = Query::select();
    let mut answers = Vec::new();
    for Probe { index, question } in probes {
        let (read, message): (Read<'_>, _) = match question {
            Question::Exists {
                rows,
                expected,
                message,
            } => {
                statement.expr(Expr::exists(rows));
                let read = move |row: &QueryResult, column| {
                    Ok(row.try_get_by_index::<bool>(column)? == expected)
                };
                (Box::new(read), message)
            }
            Question::Lookup { row, read, message } => {
                statement.expr(Expr::SubQuery(
                    None,
                    Box::new(SubQueryStatement::SelectStatement(row)),
                ));
                (read, message)
            }
            Question::Other(run) => {
                errors.extend(run.await?.map(|message| (index, message)));
                continue;
            }
        };
        answers.push((index, read, message));
    }
    if !answers.is_empty()
        && let Some(row) = db.query_one(&statement).await?
    {
        for (column, (index, read, message)) in answers.into_iter().enumerate() {
            if !read(&row, column)? {
                errors.push((index, message));
            }
        }
    }
    Ok(errors)
}
