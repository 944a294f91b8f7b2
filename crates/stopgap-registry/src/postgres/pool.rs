//! The pool of connections.
//!
//! The pool of the `deadpool` crate hands out places, not connections: a place connects when it
//! is first used, or used again after its connection was lost. So connecting is limited by the
//! deadline of the call, and its error says what is wrong. A child of a process that was forked
//! has a pool of its own.

use std::{
    convert::Infallible,
    future::Future,
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Wake, Waker},
    thread::{self, Thread},
    time::Duration,
};

use deadpool::managed::{Manager, Metrics, QueueMode, RecycleResult};

use super::{
    address::Address, backoff::Backoff, connection::Connection, deadline::Deadline,
    servers::Servers,
};
use crate::{
    store::{Result, StoreError},
    wait,
};

/// The places of connections.
struct Places;

impl Manager for Places {
    type Type = Option<Connection>;
    type Error = Infallible;

    async fn create(&self) -> Result<Self::Type, Infallible> {
        Ok(None)
    }

    async fn recycle(&self, _: &mut Self::Type, _: &Metrics) -> RecycleResult<Infallible> {
        Ok(())
    }
}

pub(super) struct Pool {
    places: deadpool::managed::Pool<Places>,
    address: Arc<Address>,
    servers: Servers,
}

impl Pool {
    /// Creates a pool of connections to these servers: those of the address, or its replicas.
    pub(super) fn new(address: &Arc<Address>, servers: &Servers) -> Result<Self> {
        let places = deadpool::managed::Pool::builder(Places)
            .max_size(address.pool_size)
            // A connection that was used last is most likely still usable.
            .queue_mode(QueueMode::Lifo)
            .build();
        let places = places.map_err(|error| StoreError::Other(error.into()))?;
        Ok(Self {
            places,
            address: Arc::clone(address),
            servers: servers.clone(),
        })
    }

    /// Works on a connection that is usable as far as is known. If no server opens a session,
    /// tries again until `patience`.
    ///
    /// # Errors
    ///
    /// The work's own; [`StoreError::Exhausted`], [`StoreError::Unreachable`] or
    /// [`StoreError::Denied`] if the work was not begun.
    pub(super) fn with<T>(
        &self,
        deadline: Deadline,
        patience: Deadline,
        work: impl FnOnce(&mut Connection) -> Result<T>,
    ) -> Result<T> {
        let place = place(self.places.get(), deadline).ok_or(StoreError::Exhausted)?;
        let mut place = place.map_err(|error| StoreError::Other(error.to_string().into()))?;
        let mut known = place.take();
        let connection = known.take_if(|known| known.is_alive(deadline));
        let mut connection = match connection {
            Some(connection) => connection,
            None => self.connect(deadline, patience)?,
        };
        let mut outcome = work(&mut connection);
        if let Err(StoreError::Denied { server, .. }) = &mut outcome {
            server.clone_from(&self.servers.shown);
        }
        // A connection that cannot write any more is to a former primary.
        let demoted = matches!(outcome, Err(StoreError::ReadOnly(_)));
        if connection.is_usable() && !demoted {
            *place = Some(connection);
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
                // The error before the deadline says more.
                error = before;
            }
            if lasts || !backoff.pause(Duration::ZERO) {
                return Err(error);
            }
            before = Some(error);
        }
    }
}

/// Waits on this thread for a place, without a runtime. Returns `None` if the deadline
/// passes, or the program ends the wait.
fn place<T>(work: impl Future<Output = T>, deadline: Deadline) -> Option<T> {
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
        thread::park_timeout(deadline.left().min(wait::PAUSE));
        if wait::is_interrupted() {
            return None;
        }
    }
}
