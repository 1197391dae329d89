//! What fields want to know of the database.

use restflow_exceptions::{ErrorMessage, Result};
use sea_orm::sea_query::{Expr, SelectStatement};

use super::batch::{Answer, Question, ask};
use crate::Validation;

/// What a field wants to know.
pub(super) struct Probe<'d> {
    pub(super) index: usize,
    pub(super) question: Question,
    /// Takes the answer, and tells what is wrong with it.
    pub(super) read: Read<'d>,
}

impl<'d> Probe<'d> {
    /// Asks whether there is a row; the other answer than the expected one is an error.
    pub(super) fn exists(
        index: usize,
        rows: SelectStatement,
        expected: bool,
        message: impl FnOnce() -> ErrorMessage + Send + 'd,
    ) -> Self {
        Self {
            index,
            question: Question::Cell(Expr::exists(rows)),
            read: Box::new(move |answer| {
                let is_there = answer.cell::<bool>()?.unwrap_or(false);
                Ok((is_there != expected).then(message).into_iter().collect())
            }),
        }
    }
}

pub(super) type Read<'d> = Box<dyn FnOnce(Answer) -> Result<Vec<ErrorMessage>> + Send + 'd>;

/// Asks together with the other objects of a list, where it is one.
pub(super) async fn answers(
    questions: Vec<Question>,
    validation: &Validation<'_>,
) -> Result<Vec<Answer>> {
    match validation.batch() {
        Some(batch) => Ok(batch.ask(questions).await),
        None => ask(questions, validation.context().db()).await,
    }
}

/// Asks everything together, also with the other objects of a list, and gives the errors by field.
pub(super) async fn run(
    probes: Vec<Probe<'_>>,
    validation: &Validation<'_>,
) -> Result<Vec<(usize, ErrorMessage)>> {
    if probes.is_empty() {
        return Ok(Vec::new());
    }
    let mut questions = Vec::with_capacity(probes.len());
    let mut reads = Vec::with_capacity(probes.len());
    for Probe {
        index,
        question,
        read,
    } in probes
    {
        questions.push(question);
        reads.push((index, read));
    }
    let answers = answers(questions, validation).await?;
    let mut errors = Vec::new();
    for ((index, read), answer) in reads.into_iter().zip(answers) {
        let messages = read(answer)?.into_iter();
        errors.extend(messages.map(|message| (index, message)));
    }
    Ok(errors)
}
