//! A proxy that cuts a connection at a chosen message.

use std::{
    io::{self, Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

/// The message of a client at which the connection is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum At {
    /// `COMMIT`.
    Commit,
    /// `ROLLBACK`.
    Rollback,
    /// The next statement that is prepared.
    Prepare,
    /// The next prepared statement that is run.
    Statement,
}

/// The fate of that message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// The server does not get it.
    Before,
    /// The server gets it, and its answer is lost.
    After,
    /// The server gets a misspelt message, and refuses it. The connection is not cut.
    Misspelt,
}

/// Passes the messages of clients and a server on, until it cuts.
pub(crate) struct Proxy {
    port: u16,
    armed: Arc<Mutex<Option<(At, Cut)>>>,
}

impl Proxy {
    /// Creates a proxy to the server at a port. Its threads end with the process.
    pub(crate) fn new(server: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let armed = Arc::new(Mutex::new(None));
        let shared = Arc::clone(&armed);
        thread::spawn(move || {
            for client in listener.incoming() {
                let Ok(server) = TcpStream::connect(("127.0.0.1", server)) else {
                    continue;
                };
                join(&client.unwrap(), &server, &shared);
            }
        });
        Self { port, armed }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Cuts one connection, once.
    pub(crate) fn cut(&self, at: At, cut: Cut) {
        *self.armed.lock().unwrap() = Some((at, cut));
    }

    /// Returns `true` if the connection was cut since then.
    pub(crate) fn was_cut(&self) -> bool {
        self.armed.lock().unwrap().is_none()
    }
}

/// `true` if the answers of the server are dropped.
type Deaf = Arc<Mutex<bool>>;

fn join(client: &TcpStream, server: &TcpStream, armed: &Arc<Mutex<Option<(At, Cut)>>>) {
    let clone = |stream: &TcpStream| stream.try_clone().unwrap();
    let deaf = Deaf::default();
    let (from, to, armed) = (clone(client), clone(server), Arc::clone(armed));
    let forth_deaf = Arc::clone(&deaf);
    thread::spawn(move || {
        let _ = forth(&from, &to, &armed, &forth_deaf);
        end(&from, &to);
    });
    let (from, to) = (clone(server), clone(client));
    thread::spawn(move || {
        let _ = back(&from, &to, &deaf);
        end(&from, &to);
    });
}

fn end(one: &TcpStream, other: &TcpStream) {
    let _ = one.shutdown(Shutdown::Both);
    let _ = other.shutdown(Shutdown::Both);
}

/// Passes on one message at a time. The first message has no letter before its length.
fn forth(
    mut client: &TcpStream,
    mut server: &TcpStream,
    armed: &Mutex<Option<(At, Cut)>>,
    deaf: &Mutex<bool>,
) -> io::Result<()> {
    let mut letter = Vec::new();
    loop {
        let mut message = letter.clone();
        if !letter.is_empty() {
            client.read_exact(&mut message)?;
        }
        let mut length = [0; 4];
        client.read_exact(&mut length)?;
        let mut body = vec![0; usize::try_from(u32::from_be_bytes(length)).unwrap() - 4];
        client.read_exact(&mut body)?;
        let kind = message.first().copied();
        message.extend(length);
        message.extend(&body);
        letter = vec![0];
        let here = |at| match at {
            At::Commit => kind == Some(b'Q') && body == b"COMMIT\0",
            At::Rollback => kind == Some(b'Q') && body == b"ROLLBACK\0",
            At::Prepare => kind == Some(b'P'),
            At::Statement => kind == Some(b'E'),
        };
        let cut = armed.lock().unwrap().take_if(|(at, _)| here(*at));
        match cut {
            Some((_, Cut::Before)) => return Ok(()),
            Some((_, Cut::After)) => {
                *deaf.lock().unwrap() = true;
                server.write_all(&message)?;
                // After a statement, the request to answer it must be sent too.
                server.write_all(if kind == Some(b'E') { SYNC } else { &[] })?;
                return drain(client);
            }
            Some((_, Cut::Misspelt)) => {
                server.write_all(&message[..5])?;
                body[0] = b'?';
                server.write_all(&body)?;
            }
            None => server.write_all(&message)?,
        }
    }
}

const SYNC: &[u8] = b"S\0\0\0\x04";
/// The server is ready for the next query, and not within a transaction.
const IDLE: &[u8] = b"Z\0\0\0\x05I";

/// Reads until the other thread ends the connection.
fn drain(mut client: &TcpStream) -> io::Result<()> {
    let mut buffer = [0; 4_096];
    while client.read(&mut buffer)? > 0 {}
    Ok(())
}

fn back(mut server: &TcpStream, mut client: &TcpStream, deaf: &Mutex<bool>) -> io::Result<()> {
    let mut buffer = [0; 4_096];
    let mut unheard = Vec::new();
    loop {
        let count = server.read(&mut buffer)?;
        if count == 0 {
            return Ok(());
        }
        if *deaf.lock().unwrap() {
            unheard.extend(&buffer[..count]);
            if unheard.ends_with(IDLE) {
                return Ok(());
            }
        } else {
            client.write_all(&buffer[..count])?;
        }
    }
}
