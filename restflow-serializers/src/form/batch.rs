//! Questions to the database of several objects, asked together.

use std::{
    any::TypeId,
    collections::{HashMap, HashSet, hash_map::Entry},
    fmt,
    future::{Future, poll_fn},
    mem,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Poll, Waker},
};

use restflow_exceptions::{ApiError, ElementErrors, ErrorDetail, Result};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, Iterable, ModelTrait, PrimaryKeyToColumn, QueryResult,
    TryGetable, Value,
    sea_query::{Expr, Query, SelectStatement},
};

use crate::{
    RestEntity,
    relations::{CHUNK, padded},
};

/// A question to the database.
pub(super) enum Question {
    /// The value of an expression.
    Cell(Expr),
    /// The rows with some values, by these values.
    Rows(Rows),
}

/// A search for rows. Searches with the same `of` are one query.
pub(super) struct Rows {
    /// The entity, and the column that holds the values.
    pub(super) of: (TypeId, &'static str),
    pub(super) values: Vec<Value>,
    pub(super) select: Box<dyn Fn(Vec<Value>) -> SelectStatement + Send + Sync>,
    /// Reads the value and what it stands for.
    pub(super) read: fn(&QueryResult) -> Result<(Value, Value)>,
}

/// The answer to a [`Question`].
pub(super) enum Answer {
    Cell(Arc<QueryResult>, usize),
    Rows(Arc<HashMap<Value, Value>>),
}

impl Answer {
    /// The value of an expression.
    pub(super) fn cell<T: TryGetable>(&self) -> Result<Option<T>> {
        match self {
            Self::Cell(row, column) => Ok(row.try_get_by_index(*column)?),
            Self::Rows(_) => Err(ApiError::internal("an answer of rows is no value")),
        }
    }

    /// What values stand for.
    pub(super) fn rows(self) -> Result<Arc<HashMap<Value, Value>>> {
        match self {
            Self::Rows(rows) => Ok(rows),
            Self::Cell(..) => Err(ApiError::internal("an answer of one value is no rows")),
        }
    }
}

/// Asks everything: one query for each 500 values of the same column, and the expressions in one
/// query for each 500 of them.
pub(super) async fn ask(questions: Vec<Question>, db: &DatabaseConnection) -> Result<Vec<Answer>> {
    let mut answers: Vec<Option<Answer>> = questions.iter().map(|_| None).collect();
    let mut cells = Vec::new();
    let mut searches: HashMap<_, Vec<(usize, Rows)>> = HashMap::new();
    for (place, question) in questions.into_iter().enumerate() {
        match question {
            Question::Cell(expr) => cells.push((place, expr)),
            Question::Rows(rows) => searches.entry(rows.of).or_default().push((place, rows)),
        }
    }
    for searches in searches.into_values() {
        let found = Arc::new(search(&searches, db).await?);
        for (place, _) in searches {
            answers[place] = Some(Answer::Rows(Arc::clone(&found)));
        }
    }
    for chunk in cells.chunks(CHUNK) {
        let exprs = chunk.iter().map(|(_, expr)| expr.clone());
        let row = db.query_one(&Query::select().exprs(exprs).take()).await?;
        let row = row.ok_or_else(|| ApiError::internal("no answer of the database"))?;
        let row = Arc::new(row);
        for (column, (place, _)) in chunk.iter().enumerate() {
            answers[*place] = Some(Answer::Cell(Arc::clone(&row), column));
        }
    }
    let answers: Option<Vec<_>> = answers.into_iter().collect();
    answers.ok_or_else(|| ApiError::internal("a question without an answer"))
}

async fn search(
    searches: &[(usize, Rows)],
    db: &DatabaseConnection,
) -> Result<HashMap<Value, Value>> {
    let mut found = HashMap::new();
    let Some((_, first)) = searches.first() else {
        return Ok(found);
    };
    let mut seen = HashSet::new();
    let values = searches.iter().flat_map(|(_, search)| &search.values);
    let values: Vec<_> = values
        .filter(|value| seen.insert(*value))
        .cloned()
        .collect();
    for chunk in values.chunks(CHUNK) {
        let statement = (first.select)(padded(chunk).collect());
        for row in db.query_all(&statement).await? {
            let (value, key) = (first.read)(&row)?;
            found.insert(value, key);
        }
    }
    Ok(found)
}

/// What the objects of one list share while they are validated: their questions, which are asked
/// together when each of them has gone as far as it can, and the unique values that they claim.
///
/// Objects are validated as futures of one task, and [`all`](Self::all) polls them in turn.
#[derive(Default)]
pub(crate) struct Batch(Mutex<State>);

#[derive(Default)]
struct State {
    next: usize,
    waiting: Vec<(usize, Vec<Question>)>,
    answers: HashMap<usize, Vec<Answer>>,
    /// Who waits for an answer, by ticket.
    wakers: HashMap<usize, Waker>,
    /// What is claimed, and the primary key of the row that it is for, unless that is a new one.
    claims: HashMap<(TypeId, Claim), Option<Vec<Value>>>,
    /// How many messages nested lists have found whose objects still wait for an answer.
    held: usize,
}

/// Columns whose values only one row may have together.
pub(super) type Claim = Vec<(&'static str, Value)>;

/// What came of the validation of one object or one list: a value, or what is wrong with it. Any
/// other error ends the validation.
pub(crate) type Validated<T> = Result<Result<T, ErrorDetail>>;

/// The messages that a list has found.
#[derive(Default)]
struct Budget {
    /// Those of all parts, also behind the end.
    found: usize,
    /// Those of the parts before.
    before: usize,
}

/// The objects of a list that are validated together.
struct Part {
    /// The messages of each object.
    messages: Vec<usize>,
    /// The first object that was not begun.
    next: usize,
    /// Where there are enough messages.
    end: usize,
}

impl Part {
    fn new(len: usize) -> Self {
        Self {
            messages: vec![0; len],
            next: 0,
            end: len,
        }
    }

    /// Whether an object is begun, or taken up again. They are begun in their order, so that what
    /// was found by then belongs to earlier ones, and will be told.
    fn goes_on(&mut self, place: usize, budget: &Budget, held: usize) -> bool {
        if place == self.next && place < self.end {
            if budget.found + held >= ElementErrors::ENOUGH {
                self.end = place;
            }
            self.next += 1;
        }
        place < self.end
    }

    fn failed(&mut self, place: usize, messages: usize, budget: &mut Budget) {
        budget.found += messages;
        self.messages[place] = messages;
        let mut sum = budget.before;
        for (place, messages) in self.messages[..self.end].iter().enumerate() {
            sum += messages;
            if sum >= ElementErrors::ENOUGH {
                self.end = place + 1;
                break;
            }
        }
    }
}

/// The validation of one object.
pub(crate) type Job<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

impl Batch {
    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing panics between two changes that belong together.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Claims what only one row may have; `false` where another row has claimed it already. Two
    /// objects may be about the same row, of which `instance` is the one that is changed.
    pub(super) fn claim<E: RestEntity>(&self, claim: Claim, instance: Option<&E::Model>) -> bool {
        let row = instance.map(|row| {
            let columns = E::PrimaryKey::iter().map(PrimaryKeyToColumn::into_column);
            columns.map(|column| row.get(column)).collect()
        });
        match self.state().claims.entry((TypeId::of::<E>(), claim)) {
            Entry::Vacant(free) => {
                free.insert(row);
                true
            }
            Entry::Occupied(taken) => row.is_some() && *taken.get() == row,
        }
    }

    /// Waits until the questions are answered, together with those of others.
    pub(super) async fn ask(&self, questions: Vec<Question>) -> Vec<Answer> {
        if questions.is_empty() {
            return Vec::new();
        }
        let ticket = {
            let mut state = self.state();
            let ticket = state.next;
            state.next += 1;
            state.waiting.push((ticket, questions));
            ticket
        };
        poll_fn(|context| {
            let mut state = self.state();
            match state.answers.remove(&ticket) {
                Some(answers) => Poll::Ready(answers),
                None => {
                    // Also where others are ready again and again: one for each who waits.
                    state.wakers.insert(ticket, context.waker().clone());
                    Poll::Pending
                }
            }
        })
        .await
    }

    /// Runs the jobs of a part of a list, in the order of the list, until those that failed have
    /// enough messages together; what comes behind these is not run to its end, and not begun
    /// either. Their questions are asked of `db` where it is given; else somebody around asks them.
    async fn all<'j, T: Send>(
        &self,
        jobs: Vec<Job<'j, Validated<T>>>,
        db: Option<&DatabaseConnection>,
        budget: &mut Budget,
    ) -> Result<Vec<Validated<T>>> {
        let mut results: Vec<Option<Validated<T>>> = jobs.iter().map(|_| None).collect();
        let mut part = Part::new(jobs.len());
        let mut jobs: Vec<_> = jobs.into_iter().enumerate().collect();
        let mut answering: Option<Job<'_, Result<()>>> = None;
        poll_fn(|context| {
            loop {
                // Also while an answer is on its way: a hook may hold the connection that the
                // answer waits for.
                jobs.retain_mut(|(place, job)| {
                    // What nested lists hold is in the errors of this one, unless it is nested.
                    let held = db.map_or(0, |_| self.state().held);
                    if !part.goes_on(*place, budget, held) {
                        return false;
                    }
                    let Poll::Ready(result) = job.as_mut().poll(context) else {
                        return true;
                    };
                    if let Ok(Err(detail)) = &result {
                        let messages = detail.message_count();
                        if db.is_none() {
                            self.state().held += messages;
                        }
                        part.failed(*place, messages, budget);
                    }
                    results[*place] = Some(result);
                    false
                });
                if jobs.is_empty() {
                    return Poll::Ready(Ok(()));
                }
                if answering.is_none()
                    && let Some(db) = db
                    && !self.state().waiting.is_empty()
                {
                    answering = Some(Box::pin(self.answer(db)));
                }
                match answering
                    .as_mut()
                    .map(|answer| answer.as_mut().poll(context))
                {
                    Some(Poll::Ready(Ok(()))) => answering = None,
                    Some(Poll::Ready(Err(error))) => return Poll::Ready(Err(error)),
                    Some(Poll::Pending) | None => return Poll::Pending,
                }
            }
        })
        .await?;
        results.truncate(part.end);
        let results: Option<Vec<_>> = results.into_iter().collect();
        results.ok_or_else(|| ApiError::internal("a validation without a result"))
    }

    /// Validates the objects of a list, 500 at a time, until there are enough errors. These are by
    /// position.
    pub(crate) async fn list<'j, T: Send>(
        &self,
        jobs: impl Iterator<Item = Job<'j, Validated<T>>>,
        db: Option<&DatabaseConnection>,
    ) -> Validated<Vec<T>> {
        let mut list = Vec::new();
        let mut errors = ElementErrors::new();
        let mut budget = Budget::default();
        let mut position = 0;
        let mut jobs = jobs;
        loop {
            let chunk: Vec<_> = jobs.by_ref().take(CHUNK).collect();
            if chunk.is_empty() {
                break;
            }
            let end = position + chunk.len();
            for validated in self.all(chunk, db, &mut budget).await? {
                match validated? {
                    Ok(validated) => list.push(validated),
                    Err(detail) => errors.set(position.to_string(), detail),
                }
                position += 1;
            }
            if position < end || errors.is_full() {
                break;
            }
            budget.before = budget.found;
        }
        if db.is_none() {
            self.state().held -= budget.found;
        }
        Ok(errors.into_result().map(|()| list))
    }

    async fn answer(&self, db: &DatabaseConnection) -> Result<()> {
        let waiting = mem::take(&mut self.state().waiting);
        let mut questions = Vec::new();
        let mut counts = Vec::with_capacity(waiting.len());
        for (ticket, asked) in waiting {
            counts.push((ticket, asked.len()));
            questions.extend(asked);
        }
        let mut answers = ask(questions, db).await?.into_iter();
        let mut state = self.state();
        for (ticket, count) in counts {
            let answers = answers.by_ref().take(count).collect();
            state.answers.insert(ticket, answers);
        }
        state.wakers.drain().for_each(|(_, waker)| waker.wake());
        Ok(())
    }
}

impl fmt::Debug for Batch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batch").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use std::{
        pin::pin,
        sync::atomic::{AtomicUsize, Ordering},
        task::Context,
    };

    use super::*;

    const MESSAGES: usize = 10;

    /// An object with ten errors, which waits a turn before it tells them where `waits` says so.
    async fn wrong(begun: &AtomicUsize, waits: bool) -> Validated<()> {
        begun.fetch_add(1, Ordering::Relaxed);
        if waits {
            tokio::task::yield_now().await;
        }
        Ok(Err(ErrorDetail::from(["x"; MESSAGES])))
    }

    fn positions(errors: &ErrorDetail) -> Vec<String> {
        match errors {
            ErrorDetail::Map(errors) => errors.keys().map(ToString::to_string).collect(),
            _ => Vec::new(),
        }
    }

    #[tokio::test]
    async fn objects_behind_enough_errors_are_not_begun() {
        let db = DatabaseConnection::default();
        let begun = AtomicUsize::new(0);
        let jobs = (0..5 * CHUNK).map(|_| Box::pin(wrong(&begun, false)) as Job<'_, _>);
        let errors = Batch::default().list(jobs, Some(&db)).await;
        let errors = errors.unwrap().unwrap_err();
        assert_eq!(errors.message_count(), ElementErrors::ENOUGH);
        assert_eq!(begun.into_inner(), ElementErrors::ENOUGH / MESSAGES);
    }

    #[tokio::test]
    async fn errors_are_those_of_the_first_objects_whichever_is_ready_first() {
        let db = DatabaseConnection::default();
        let begun = AtomicUsize::new(0);
        let job = |place: usize| Box::pin(wrong(&begun, place.is_multiple_of(2))) as Job<'_, _>;
        let errors = Batch::default().list((0..CHUNK).map(job), Some(&db)).await;
        let expected: Vec<_> = (0..ElementErrors::ENOUGH / MESSAGES)
            .map(|place| place.to_string())
            .collect();
        assert_eq!(positions(&errors.unwrap().unwrap_err()), expected);
        // Every second one is told in the first turn, so twice as many are begun.
        assert_eq!(begun.into_inner(), 2 * ElementErrors::ENOUGH / MESSAGES);
    }

    #[tokio::test]
    async fn what_nested_lists_hold_counts() {
        let db = DatabaseConnection::default();
        let (begun, outer) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let batch = Batch::default();
        let nested = || async {
            outer.fetch_add(1, Ordering::Relaxed);
            // Nearly enough errors, and the last object waits.
            let jobs = (0..90).map(|place| Box::pin(wrong(&begun, place == 89)) as Job<'_, _>);
            batch.list(jobs, None).await
        };
        let jobs = (0..CHUNK).map(|_| Box::pin(nested()) as Job<'_, _>);
        let errors = batch.list(jobs, Some(&db)).await;
        let errors = errors.unwrap().unwrap_err();
        assert_eq!(positions(&errors), ["0", "1"]);
        assert_eq!(outer.into_inner(), 2);
        assert_eq!(batch.state().held, 0);
    }

    #[tokio::test]
    async fn who_waits_is_noted_once() {
        let batch = Batch::default();
        let cell = || vec![Question::Cell(Expr::value(1))];
        let (mut first, mut second) = (pin!(batch.ask(cell())), pin!(batch.ask(cell())));
        let mut context = Context::from_waker(Waker::noop());
        for _ in 0..10 {
            assert!(first.as_mut().poll(&mut context).is_pending());
            assert!(second.as_mut().poll(&mut context).is_pending());
        }
        assert_eq!(batch.state().wakers.len(), 2);
    }

    #[tokio::test]
    async fn a_list_without_errors_is_whole() {
        let db = DatabaseConnection::default();
        let job = |place: usize| Box::pin(async move { Ok(Ok(place)) }) as Job<'_, _>;
        let list = Batch::default().list((0..1200).map(job), Some(&db)).await;
        assert_eq!(list.unwrap().unwrap(), (0..1200).collect::<Vec<usize>>());
    }
}
