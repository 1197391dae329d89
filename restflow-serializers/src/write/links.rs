//! Rows of a junction table.

use std::collections::HashSet;

use sea_orm::{
    ConnectionTrait, DatabaseExecutor, DbErr, Value,
    sea_query::{DynIden, Expr, ExprTrait, Query, TableRef},
};

use crate::{
    Field, Key, KeyOf, RestEntity,
    conflict::{Failure, KeysOf, Suspect},
    relations::{CHUNK, Link},
};

/// The rows of a junction table that one row shall have.
pub(super) struct Links {
    table: TableRef,
    left: DynIden,
    right: DynIden,
    keys: Vec<Value>,
    /// The rows that the keys are of.
    related: KeysOf,
    pub(super) field: &'static Field,
}

impl Links {
    /// Rows of `R` by their keys; `None` where there is no junction table.
    pub(super) fn new<R>(field: &'static Field, link: &Link, mut keys: Vec<Value>) -> Option<Self>
    where
        R: RestEntity,
        KeyOf<R>: Key,
    {
        // A hook may have added what the client has sent, too.
        let mut seen = HashSet::new();
        keys.retain(|key| seen.insert(key.clone()));
        Some(Self {
            right: link.right.clone()?,
            table: link.table.clone(),
            left: link.left.clone(),
            keys,
            related: KeysOf::of::<R>(),
            field,
        })
    }

    /// Removes what is too much and adds what is missing, so that the other columns of links that
    /// stay are kept. Django: `ManyRelatedManager.set`.
    pub(super) async fn replace(
        &self,
        key: &Value,
        db: &DatabaseExecutor<'_>,
    ) -> Result<(), Failure> {
        let present = self.present(key, db).await?;
        let wanted: HashSet<&Value> = self.keys.iter().collect();
        let removed: Vec<_> = present.iter().filter(|key| !wanted.contains(key)).collect();
        for chunk in removed.chunks(CHUNK) {
            let statement = Query::delete()
                .from_table(self.table.clone())
                .and_where(Expr::col(self.left.clone()).eq(key.clone()))
                .and_where(Expr::col(self.right.clone()).is_in(chunk.iter().copied().cloned()))
                .take();
            db.execute(&statement).await?;
        }
        let mut added = self.keys.clone();
        added.retain(|key| !present.contains(key));
        self.insert(added.iter().map(|added| (key, added)), db)
            .await
    }

    /// The links of one row, to rows that it has none to yet.
    pub(super) fn pairs<'l>(
        &'l self,
        key: &'l Value,
    ) -> impl Iterator<Item = (&'l Value, &'l Value)> + Send {
        self.keys.iter().map(move |related| (key, related))
    }

    /// Adds links of any rows.
    pub(super) async fn insert(
        &self,
        pairs: impl Iterator<Item = (&Value, &Value)> + Send,
        db: &DatabaseExecutor<'_>,
    ) -> Result<(), Failure> {
        let pairs: Vec<_> = pairs.collect();
        for chunk in pairs.chunks(CHUNK) {
            let mut statement = Query::insert();
            statement
                .into_table(self.table.clone())
                .columns([self.left.clone(), self.right.clone()]);
            for (key, related) in chunk {
                statement.values_panic([(*key).clone().into(), (*related).clone().into()]);
            }
            if let Err(error) = db.execute(&statement).await {
                return Err(self.failure(error, chunk));
            }
        }
        Ok(())
    }

    /// A row that was there when the input was validated may have gone since.
    fn failure(&self, error: DbErr, pairs: &[(&Value, &Value)]) -> Failure {
        let keys: HashSet<&Value> = pairs.iter().map(|(_, related)| *related).collect();
        let suspect = Suspect {
            field: self.field,
            keys: keys.into_iter().cloned().collect(),
            by_key: true,
            rows: self.related,
        };
        Failure::of_links(error, suspect)
    }

    async fn present(
        &self,
        key: &Value,
        db: &DatabaseExecutor<'_>,
    ) -> Result<HashSet<Value>, DbErr> {
        let statement = Query::select()
            .column(self.right.clone())
            .from(self.table.clone())
            .and_where(Expr::col(self.left.clone()).eq(key.clone()))
            .take();
        let rows = db.query_all(&statement).await?;
        rows.iter().map(self.related.read).collect()
    }
}
