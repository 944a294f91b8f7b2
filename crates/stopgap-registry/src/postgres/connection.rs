//! One connection, driven by whoever calls: it waits no longer than it may.
//!
//! The blocking client of the `postgres` crate waits for ever for a server that is
//! silent. This drives the asynchronous one beneath it in the same way, on a runtime
//! of its own, with a deadline.

use std::{
    collections::{HashMap, VecDeque},
    future::{self, Future},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker},
    time::Duration,
};

use tokio::io::{AsyncRead, AsyncWrite};
use tokio_postgres::{AsyncMessage, Client, Error, Row, Statement, types::ToSql};

use super::{
    address::Address, deadline::Deadline, driver::Driver, error::Trouble, servers::Servers,
};

/// What a statement is given, in the order of its `$1`, `$2`.
pub(super) type Params<'p> = &'p [&'p (dyn ToSql + Sync)];
/// The same, to be kept until it was sent.
pub(super) type OwnParams = Vec<Box<dyn ToSql + Sync + Send>>;

type Sent = Pin<Box<dyn Future<Output = Result<u64, Error>> + Send>>;

/// Half an hour, after which a connection is made anew, so that those of a fleet spread
/// again over what has come and gone.
const LONGEST: Duration = Duration::from_secs(1_800);
/// How many statements may be under way before somebody looks what came of them.
const UNDER_WAY: usize = 512;

pub(super) struct Connection {
    driver: Driver,
    client: Arc<Client>,
    link: Link,
    /// What was sent and not waited for, in that order.
    sent: VecDeque<Sent>,
    /// By the place and the length of their text: to read it each time is too long.
    statements: HashMap<(usize, usize), Statement>,
    /// When it is to be made anew.
    ends: Deadline,
    /// Whether somebody did not wait for an answer that may still come.
    left: bool,
}

/// The connection's end that reads and writes.
struct Link {
    /// None where it has ended: with it go those who would answer, and whoever waits for
    /// them hears of it.
    messages: Option<Box<dyn Messages + Send>>,
    /// Whether the server has warned of something since somebody looked.
    warned: bool,
}

/// A connection over whatever it goes.
trait Messages {
    fn poll_message(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<AsyncMessage, Error>>>;
}

impl<S, T> Messages for tokio_postgres::Connection<S, T>
where
    S: AsyncRead + AsyncWrite + Unpin,
    T: AsyncRead + AsyncWrite + Unpin,
{
    fn poll_message(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<AsyncMessage, Error>>> {
        Self::poll_message(self, cx)
    }
}

impl Link {
    /// Reads and writes what there is to read and write.
    fn work(&mut self, cx: &mut Context<'_>) {
        while let Some(messages) = &mut self.messages {
            match messages.poll_message(cx) {
                Poll::Pending => return,
                Poll::Ready(Some(Ok(AsyncMessage::Notice(notice)))) => {
                    self.warned |= notice.severity() == "WARNING";
                }
                Poll::Ready(Some(Ok(_))) => {}
                Poll::Ready(Some(Err(_)) | None) => self.messages = None,
            }
        }
    }

    /// The same, and from then on nobody is woken by it: a call that follows sends at
    /// once what it has, and need not be told to.
    fn look(&mut self) {
        self.work(&mut Context::from_waker(Waker::noop()));
    }
}

impl Connection {
    /// Connects to the first of the servers that takes us in.
    pub(super) fn open(
        address: &Address,
        servers: &Servers,
        deadline: Deadline,
    ) -> Result<Self, Trouble> {
        let driver = Driver::new().map_err(Trouble::Runtime)?;
        let connecting = async {
            let (client, connection) = servers.connect(&address.tls).await?;
            let messages: Box<dyn Messages + Send> = Box::new(connection);
            Ok::<_, Trouble>((client, messages))
        };
        let (client, messages) = driver.block_on(deadline, connecting)??;
        let mut connection = Self {
            driver,
            client: Arc::new(client),
            link: Link {
                messages: Some(messages),
                warned: false,
            },
            sent: VecDeque::new(),
            statements: HashMap::new(),
            ends: Deadline::after(LONGEST),
            left: false,
        };
        connection.run(deadline, &settings(address.deadline))?;
        Ok(connection)
    }

    /// Whether it is not too old, and the server has not hung up, as far as is known
    /// here; it is not asked.
    pub(super) fn is_alive(&mut self, deadline: Deadline) -> bool {
        let Self { driver, link, .. } = self;
        let look = async {
            // Lets the runtime see what has come.
            tokio::task::yield_now().await;
            link.look();
        };
        let looked = driver.block_on(deadline, look);
        looked.is_ok() && self.is_usable() && !self.ends.has_passed()
    }

    /// Whether it may serve another call.
    pub(super) fn is_usable(&self) -> bool {
        !self.left && self.link.messages.is_some() && self.sent.is_empty()
    }

    /// Whether the server has warned of something since this was asked.
    pub(super) fn was_warned(&mut self) -> bool {
        std::mem::take(&mut self.link.warned)
    }

    /// Waits for an answer, and on the way for all that was sent before; the first
    /// that failed is what is told.
    fn wait<T: Send>(
        &mut self,
        deadline: Deadline,
        answer: impl Future<Output = Result<T, Error>> + Send,
    ) -> Result<T, Trouble> {
        let Self {
            driver, link, sent, ..
        } = self;
        let mut failed = None;
        let mut answer = Box::pin(answer);
        let mut outcome = None;
        // What is sent while nobody waits wakes nobody.
        let mut nobody = Context::from_waker(Waker::noop());
        if let Poll::Ready(done) = answer.as_mut().poll(&mut nobody) {
            outcome = Some(done);
        }
        let driven = future::poll_fn(|cx| {
            link.work(cx);
            while let Some(first) = sent.front_mut() {
                let Poll::Ready(done) = first.as_mut().poll(cx) else {
                    break;
                };
                sent.pop_front();
                if let Err(error) = done {
                    failed.get_or_insert(error);
                }
            }
            if outcome.is_none()
                && let Poll::Ready(done) = answer.as_mut().poll(cx)
            {
                outcome = Some(done);
            }
            if let Some(done) = outcome.take_if(|_| sent.is_empty()) {
                link.look();
                return Poll::Ready(done);
            }
            link.work(cx);
            Poll::Pending
        });
        let outcome = driver.block_on(deadline, driven);
        self.left |= outcome.is_err();
        let outcome = outcome?;
        match failed {
            Some(error) => Err(error.into()),
            None => Ok(outcome?),
        }
    }

    /// The statement, prepared when it is first asked for.
    pub(super) fn prepared(
        &mut self,
        deadline: Deadline,
        sql: &'static str,
    ) -> Result<Statement, Trouble> {
        let key = (sql.as_ptr().addr(), sql.len());
        if let Some(statement) = self.statements.get(&key) {
            return Ok(statement.clone());
        }
        let client = Arc::clone(&self.client);
        let statement = self.wait(deadline, async move { client.prepare(sql).await })?;
        self.statements.insert(key, statement.clone());
        Ok(statement)
    }

    /// The rows that a statement gives.
    pub(super) fn query(
        &mut self,
        deadline: Deadline,
        sql: &'static str,
        params: Params<'_>,
    ) -> Result<Vec<Row>, Trouble> {
        let statement = self.prepared(deadline, sql)?;
        let client = Arc::clone(&self.client);
        self.wait(
            deadline,
            async move { client.query(&statement, params).await },
        )
    }

    /// How many rows a statement changes.
    pub(super) fn execute(
        &mut self,
        deadline: Deadline,
        sql: &'static str,
        params: Params<'_>,
    ) -> Result<u64, Trouble> {
        let statement = self.prepared(deadline, sql)?;
        let client = Arc::clone(&self.client);
        self.wait(
            deadline,
            async move { client.execute(&statement, params).await },
        )
    }

    /// Sends a statement and does not wait for it: whoever waits next hears whether
    /// it failed.
    pub(super) fn send(
        &mut self,
        deadline: Deadline,
        sql: &'static str,
        params: OwnParams,
    ) -> Result<(), Trouble> {
        let statement = self.prepared(deadline, sql)?;
        let client = Arc::clone(&self.client);
        self.queue(deadline, async move {
            let params = params
                .iter()
                .map(|param| -> &(dyn ToSql + Sync) { &**param });
            let params: Vec<_> = params.collect();
            client.execute(&statement, &params).await
        })
    }

    /// Sends a command without parameters, and does not wait for it.
    pub(super) fn say(&mut self, deadline: Deadline, sql: &'static str) -> Result<(), Trouble> {
        let client = Arc::clone(&self.client);
        self.queue(deadline, async move {
            client.batch_execute(sql).await?;
            Ok(0)
        })
    }

    fn queue(
        &mut self,
        deadline: Deadline,
        sending: impl Future<Output = Result<u64, Error>> + Send + 'static,
    ) -> Result<(), Trouble> {
        let mut sending: Sent = Box::pin(sending);
        // Its first poll hands it to the link, in the order of the calls.
        match sending
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()))
        {
            Poll::Ready(outcome) => drop(outcome?),
            Poll::Pending => self.sent.push_back(sending),
        }
        if self.sent.len() >= UNDER_WAY {
            self.wait(deadline, async { Ok(()) })?;
        }
        Ok(())
    }

    /// Undoes the transaction; where that fails, the connection is of no more use.
    pub(super) fn undo(&mut self, deadline: Deadline) {
        self.left |= self.run(deadline, "ROLLBACK").is_err();
    }

    /// Runs commands without parameters.
    pub(super) fn run(&mut self, deadline: Deadline, sql: &str) -> Result<(), Trouble> {
        let client = Arc::clone(&self.client);
        self.wait(deadline, async move { client.batch_execute(sql).await })
    }
}

/// What a session is told at its beginning. A statement that nobody waits for any more
/// must not hold its locks for ever; but that is long after the call's own deadline, for
/// it could also cut off a commit that waits for a standby. And what is kept is kept
/// durably, also where the server would rather be quick.
///
/// Every statement has an index, and is planned once a connection: the server would
/// otherwise plan those that are given a list each time, which takes longer than to run
/// them, or look through a whole table that was small when it last counted. What a
/// compatible server does not know of this it is not told.
fn settings(deadline: Duration) -> String {
    let longest = deadline
        .saturating_mul(2)
        .saturating_add(Duration::from_secs(10));
    let longest = longest.as_millis();
    format!(
        "SET statement_timeout = {longest}; SET idle_in_transaction_session_timeout = {longest}; \
         SELECT set_config('synchronous_commit', 'on', false)
         WHERE current_setting('synchronous_commit') = 'off';
         SELECT set_config(name, CASE name WHEN 'plan_cache_mode' THEN 'force_generic_plan'
            ELSE 'off' END, false)
         FROM pg_catalog.pg_settings WHERE name IN ('plan_cache_mode', 'enable_seqscan', 'jit')"
    )
}
