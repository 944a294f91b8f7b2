//! A connection, which the calling thread drives until the deadline.
//!
//! The blocking client of the `postgres` crate waits for a silent server without end. This
//! drives the asynchronous client beneath it in the same way, on a runtime of its own.

use std::{
    collections::HashMap,
    future::{self, Future},
    pin::Pin,
    task::{Context, Poll, Waker},
    time::Duration,
};

use tokio_postgres::{AsyncMessage, Client, Error, Row, Statement, types::ToSql};

use super::{
    address::Address,
    deadline::Deadline,
    driver::Driver,
    error::Trouble,
    flight::{Answers, Failure, Request},
    param::Param,
    servers::{Messages, Servers},
    shape::Shape,
};

/// The age at which a connection is replaced, so that the connections of a fleet spread again
/// over the servers after one was lost or added.
const LONGEST: Duration = Duration::from_secs(1_800);

pub(super) struct Connection {
    driver: Driver,
    client: Client,
    link: Link,
    statements: HashMap<Shape, Statement>,
    /// The time at which it is to be replaced.
    ends: Deadline,
}

/// The end of the connection that reads and writes.
struct Link {
    /// `None` once closed; pending requests fail.
    messages: Option<Messages>,
    /// `true` if the server has sent a warning since this was reset.
    is_warned: bool,
    /// `true` if an answer may still come for which the caller no longer waits.
    is_left: bool,
}

impl Link {
    /// Reads and writes all that is ready.
    fn work(&mut self, cx: &mut Context<'_>) {
        while let Some(messages) = &mut self.messages {
            match messages.poll_message(cx) {
                Poll::Pending => return,
                Poll::Ready(Some(Ok(AsyncMessage::Notice(notice)))) => {
                    self.is_warned |= notice.severity() == "WARNING";
                }
                Poll::Ready(Some(Ok(_))) => {}
                Poll::Ready(Some(Err(_)) | None) => self.messages = None,
            }
        }
    }

    /// Reads and writes all that is ready. Requests that follow wake no task.
    fn look(&mut self) {
        self.work(&mut Context::from_waker(Waker::noop()));
    }
}

/// The answer to a request.
type Pending<'f, T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send + 'f>>;

impl Connection {
    /// Connects to the first server that accepts the connection.
    pub(super) fn open(
        address: &Address,
        servers: &Servers,
        deadline: Deadline,
    ) -> Result<Self, Trouble> {
        let driver = Driver::new().map_err(Trouble::Runtime)?;
        let connecting = servers.connect(&address.tls);
        let (client, messages) = driver.block_on(deadline, connecting)??;
        let mut connection = Self {
            driver,
            client,
            link: Link {
                messages: Some(messages),
                is_warned: false,
                is_left: false,
            },
            statements: HashMap::new(),
            ends: Deadline::after(LONGEST),
        };
        connection.run(deadline, &settings(address.deadline))?;
        Ok(connection)
    }

    /// Returns `true` if it is not too old, and the server is not known to have closed it.
    /// Asks nothing of the server.
    pub(super) fn is_alive(&mut self, deadline: Deadline) -> bool {
        let link = &mut self.link;
        let look = async {
            // The runtime sees what has arrived.
            tokio::task::yield_now().await;
            link.look();
        };
        let looked = self.driver.block_on(deadline, look);
        looked.is_ok() && self.is_usable() && !self.ends.has_passed()
    }

    /// Returns `true` if it may serve another call.
    pub(super) fn is_usable(&self) -> bool {
        !self.link.is_left && self.link.messages.is_some()
    }

    /// Returns `true` if the server has sent a warning since the last call of this.
    pub(super) fn was_warned(&mut self) -> bool {
        std::mem::take(&mut self.link.is_warned)
    }

    /// Sends requests together, and waits once for all answers. Nothing is sent after a
    /// request that cannot be sent. A statement that is not prepared yet is prepared first.
    ///
    /// # Errors
    ///
    /// The first failure, after all answers have come or the deadline has passed.
    pub(super) fn fly(
        &mut self,
        deadline: Deadline,
        requests: &[Request<'_>],
    ) -> Result<Answers, Failure> {
        self.prepare(deadline, requests)?;
        let (client, statements) = (&self.client, &self.statements);
        let answers = requests.iter().map(|request| -> Pending<'_, Vec<Row>> {
            match request {
                Request::Command(sql) => Box::pin(async move {
                    client.batch_execute(sql).await?;
                    Ok(Vec::new())
                }),
                Request::Statement(shape, params) => {
                    let statement = statements.get(shape);
                    Box::pin(async move {
                        let params: Vec<_> = params.iter().map(Param::as_sql).collect();
                        match statement {
                            Some(statement) => client.query(statement, &params).await,
                            None => client.query(&shape.sql(), &params).await,
                        }
                    })
                }
            }
        });
        wait(&self.driver, &mut self.link, deadline, answers)
    }

    /// Prepares the statements of requests that are not prepared yet.
    fn prepare(&mut self, deadline: Deadline, requests: &[Request<'_>]) -> Result<(), Trouble> {
        let mut missing: Vec<&Shape> = Vec::new();
        for request in requests {
            if let Request::Statement(shape, _) = request
                && !self.statements.contains_key(shape)
                && !missing.contains(&shape)
            {
                missing.push(shape);
            }
        }
        if missing.is_empty() {
            return Ok(());
        }
        let client = &self.client;
        let answers = missing.iter().map(|shape| -> Pending<'_, Statement> {
            let sql = shape.sql();
            Box::pin(async move { client.prepare(&sql).await })
        });
        let prepared = wait(&self.driver, &mut self.link, deadline, answers);
        let prepared = prepared.map_err(|failure| failure.trouble)?;
        self.statements
            .extend(missing.into_iter().cloned().zip(prepared));
        Ok(())
    }

    /// Returns the rows of a statement.
    pub(super) fn query(
        &mut self,
        deadline: Deadline,
        sql: &'static str,
        params: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, Trouble> {
        let answer: Pending<'_, _> = Box::pin(self.client.query(sql, params));
        let answers = wait(&self.driver, &mut self.link, deadline, [answer]);
        let answers = answers.map_err(|failure| failure.trouble)?;
        Ok(answers.into_iter().next().unwrap_or_default())
    }

    /// Undoes the transaction. If that fails, the connection is not used again.
    pub(super) fn undo(&mut self, deadline: Deadline) {
        self.link.is_left |= self.run(deadline, "ROLLBACK").is_err();
    }

    /// Runs commands without parameters.
    pub(super) fn run(&mut self, deadline: Deadline, sql: &str) -> Result<(), Trouble> {
        let answer: Pending<'_, ()> = Box::pin(self.client.batch_execute(sql));
        let ran = wait(&self.driver, &mut self.link, deadline, [answer]);
        ran.map_err(|failure| failure.trouble)?;
        Ok(())
    }
}

/// Sends requests, in their order, and waits for all answers.
fn wait<'f, T: Send>(
    driver: &Driver,
    link: &mut Link,
    deadline: Deadline,
    requests: impl IntoIterator<Item = Pending<'f, T>>,
) -> Result<Vec<T>, Failure> {
    let mut pending = Vec::new();
    let mut unsent = None;
    for mut request in requests {
        // The first poll hands the request to the link, or fails.
        let mut cx = Context::from_waker(Waker::noop());
        if let Poll::Ready(Err(error)) = request.as_mut().poll(&mut cx) {
            unsent = Some((pending.len(), error));
            break;
        }
        pending.push(request);
    }
    let sent = pending.len();
    let mut answers = Vec::with_capacity(sent);
    let mut failed = None;
    let mut place = 0_usize;
    let flight = future::poll_fn(|cx| {
        link.work(cx);
        while let Some(request) = pending.get_mut(place) {
            match request.as_mut().poll(cx) {
                Poll::Pending => {
                    link.work(cx);
                    return Poll::Pending;
                }
                Poll::Ready(Ok(answer)) => answers.push(answer),
                Poll::Ready(Err(error)) => drop(failed.get_or_insert((place, error))),
            }
            place = place.saturating_add(1);
        }
        link.look();
        Poll::Ready(())
    });
    let in_time = driver.block_on(deadline, flight);
    link.is_left |= in_time.is_err();
    let (place, trouble) = match (failed.or(unsent), in_time) {
        (Some((place, error)), _) => (Some(place), error.into()),
        (None, Err(trouble)) => (None, trouble),
        (None, Ok(())) => return Ok(answers),
    };
    Err(Failure {
        trouble,
        place,
        sent,
    })
}

/// Returns the settings of a session. A statement for which the caller no longer waits must
/// not hold its locks for ever; but it ends long after the deadline of the call, because the
/// limit could also cut off a commit that waits for a standby. A commit is durable, also if
/// the server is set up to commit sooner.
///
/// Every statement has an index that gives its order, and is planned once for each
/// connection. Otherwise the server would plan statements with lists each time, which takes
/// longer than to run them, or read and sort a whole table that was small when it last
/// counted. A compatible server that does not have one of these settings is not told of it.
pub(super) fn settings(deadline: Duration) -> String {
    let longest = deadline
        .saturating_mul(2)
        .saturating_add(Duration::from_secs(10));
    let longest = longest.as_millis();
    format!(
        "SET search_path = ''; \
         SET statement_timeout = {longest}; SET idle_in_transaction_session_timeout = {longest}; \
         SELECT set_config('synchronous_commit', 'on', false)
         WHERE current_setting('synchronous_commit') = 'off';
         SELECT set_config(name, value, false)
         FROM pg_catalog.pg_settings JOIN (VALUES ('plan_cache_mode', 'force_generic_plan'),
            ('enable_seqscan', 'off'), ('enable_sort', 'off'), ('jit', 'off'))
            AS wanted (name, value) USING (name)"
    )
}
