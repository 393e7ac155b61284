//! Whose turn it is to place messages.

use super::super::{Db, Result, Tx};

/// Lets one receiver place messages at a time, until the transaction ends. On SQLite the one writer does that by itself.
pub async fn lock(tx: &mut Tx) -> Result<()> {
    if tx.is_postgres() {
        tx.query("select pg_advisory_xact_lock(7351001)").execute().await?;
    }
    Ok(())
}

/// Keeps receivers from placing messages until the transaction ends, and waits for one that does; others who hold them off
/// are not waited for. What is told of a message then comes either before it is known, and waits for it, or after. Whoever
/// also locks a conversation does this first.
pub async fn hold_off(tx: &mut Tx) -> Result<()> {
    if tx.is_postgres() {
        tx.query("select pg_advisory_xact_lock_shared(7351001)").execute().await?;
    }
    Ok(())
}

/// The turn to place messages: one receiver has it at a time, over all processes, so that the mails of a thread are
/// placed in the order they came and never open two conversations. It ends with its transaction, so a killed process
/// leaves nothing to wait for. On SQLite the one process and its one writer give the order by themselves.
#[derive(Debug)]
pub struct Turn {
    db: Db,
    locked: Option<Tx>,
}

impl Turn {
    /// Waits for the turn.
    pub async fn take(db: &Db) -> Result<Self> {
        let mut turn = Self { db: db.clone(), locked: None };
        if db.is_shared() {
            let mut tx = db.begin().await?;
            lock(&mut tx).await?;
            turn.locked = Some(tx);
        }
        Ok(turn)
    }

    /// The transaction to place within. On SQLite it begins only now: reading mails must not hold the writer.
    pub async fn begin(self) -> Result<Tx> {
        match self.locked {
            Some(tx) => Ok(tx),
            None => self.db.begin().await,
        }
    }
}
