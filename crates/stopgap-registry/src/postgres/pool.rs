//! Connections, so many and no more.
//!
//! The pool of the `deadpool` crate hands out places, not connections: a place
//! connects when it is first used, or used again after its connection was lost, by
//! the deadline of the call that wants it and with an error that says what is wrong.

use std::{
    convert::Infallible,
    future::Future,
    mem,
    pin::pin,
    process,
    sync::Arc,
    task::{Context, Poll, Wake, Waker},
    thread::{self, Thread},
    time::Duration,
};

use deadpool::managed::{Manager, Metrics, PoolConfig, QueueMode, RecycleResult};

use super::{
    address::Address, backoff::Backoff, connection::Connection, deadline::Deadline,
    servers::Servers,
};
use crate::store::{Result, StoreError};

/// Where a connection is, or will be.
pub(super) struct Place {
    connection: Option<Connection>,
    /// The process that it belongs to.
    process: u32,
}

impl Place {
    /// For this process.
    fn take(&mut self, process: u32) -> Option<Connection> {
        let connection = self.connection.take()?;
        if self.process == process {
            return Some(connection);
        }
        // After a fork it is the parent's, and what watches it is shared: to close it
        // here would make the parent deaf.
        mem::forget(connection);
        None
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        drop(self.take(process::id()));
    }
}

struct Places;

impl Manager for Places {
    type Type = Place;
    type Error = Infallible;

    async fn create(&self) -> Result<Place, Infallible> {
        Ok(Place {
            connection: None,
            process: process::id(),
        })
    }

    async fn recycle(&self, _: &mut Place, _: &Metrics) -> RecycleResult<Infallible> {
        Ok(())
    }
}

pub(super) struct Pool {
    places: deadpool::managed::Pool<Places>,
    address: Arc<Address>,
    servers: Servers,
}

impl Pool {
    /// To these servers, which are the address's or its replicas.
    pub(super) fn new(address: Arc<Address>, servers: Servers) -> Result<Self> {
        let size = PoolConfig {
            // Those that were used last are whole most likely.
            queue_mode: QueueMode::Lifo,
            ..PoolConfig::new(address.pool_size)
        };
        let places = deadpool::managed::Pool::builder(Places).config(size);
        let places = places.build();
        let places = places.map_err(|error| StoreError::Other(error.into()))?;
        Ok(Self {
            places,
            address,
            servers,
        })
    }

    /// Works on a connection that is whole as far as is known. Where nobody takes us
    /// in, asks again until `patience`.
    ///
    /// # Errors
    ///
    /// The work's own; [`StoreError::Exhausted`], [`StoreError::Unreachable`] or
    /// [`StoreError::Denied`] where it was not begun.
    pub(super) fn with<T>(
        &self,
        deadline: Deadline,
        patience: Deadline,
        work: impl FnOnce(&mut Connection) -> Result<T>,
    ) -> Result<T> {
        let place = wait(self.places.get(), deadline).ok_or(StoreError::Exhausted)?;
        let mut place = place.map_err(|error| StoreError::Other(error.to_string().into()))?;
        let process = process::id();
        let mut known = place.take(process);
        let connection = known.take_if(|known| known.is_alive(deadline));
        let mut connection = match connection {
            Some(connection) => connection,
            None => self.connect(deadline, patience)?,
        };
        let mut outcome = work(&mut connection);
        if let Err(StoreError::Denied { server, .. }) = &mut outcome {
            server.clone_from(&self.servers.shown);
        }
        // One that may not write any more belongs to what was the primary.
        let demoted = matches!(outcome, Err(StoreError::ReadOnly(_)));
        if connection.is_usable() && !demoted {
            place.connection = Some(connection);
            place.process = process;
        }
        outcome
    }

    fn connect(&self, deadline: Deadline, patience: Deadline) -> Result<Connection> {
        let mut backoff = Backoff::until(patience);
        let mut before = None;
        loop {
            let trouble = match Connection::open(&self.address, &self.servers, deadline) {
                Ok(connection) => return Ok(connection),
                Err(trouble) => trouble,
            };
            let late = deadline.has_passed();
            let lasts = late || trouble.is_lasting();
            let mut error = trouble.at_connecting(&self.servers.shown);
            if late && let Some(before) = before {
                // What stood in the way until then says more.
                error = before;
            }
            if lasts || !backoff.pause(Duration::ZERO) {
                return Err(error);
            }
            before = Some(error);
        }
    }
}

/// Waits on this thread for a place, which needs nobody else's runtime; none where
/// the deadline passes.
fn wait<T>(work: impl Future<Output = T>, deadline: Deadline) -> Option<T> {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let mut work = pin!(work);
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    loop {
        if let Poll::Ready(done) = work.as_mut().poll(&mut Context::from_waker(&waker)) {
            return Some(done);
        }
        if deadline.has_passed() {
            return None;
        }
        thread::park_timeout(deadline.left());
    }
}

#[cfg(test)]
mod tests;
