//! A proxy that counts round trips.

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
};

/// The number of times that clients sent something after the server had.
#[derive(Clone, Default)]
pub(super) struct Trips(Arc<AtomicUsize>);

impl Trips {
    /// Returns the number since the last call of this.
    pub(super) fn take(&self) -> usize {
        self.0.swap(0, Ordering::SeqCst)
    }
}

/// Returns the URL of a proxy before the server of a URL. Its threads end with the process.
pub(super) fn before(url: &str) -> (String, Trips) {
    let (user, rest) = url.rsplit_once('@').unwrap();
    let (server, rest) = rest.split_once('/').unwrap();
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let trips = Trips::default();
    let (counted, server) = (trips.clone(), server.to_owned());
    thread::spawn(move || {
        for client in listener.incoming() {
            join(
                &client.unwrap(),
                &TcpStream::connect(&server).unwrap(),
                &counted,
            );
        }
    });
    (format!("{user}@127.0.0.1:{port}/{rest}"), trips)
}

fn join(client: &TcpStream, server: &TcpStream, trips: &Trips) {
    let has_answered = Arc::new(AtomicBool::new(true));
    let clone = |stream: &TcpStream| stream.try_clone().unwrap();
    let (from, to) = (clone(client), clone(server));
    let (answered, trips) = (Arc::clone(&has_answered), trips.clone());
    thread::spawn(move || {
        pass(&from, &to, || {
            if answered.swap(false, Ordering::SeqCst) {
                trips.0.fetch_add(1, Ordering::SeqCst);
            }
        });
    });
    let (from, to) = (clone(server), clone(client));
    thread::spawn(move || pass(&from, &to, || has_answered.store(true, Ordering::SeqCst)));
}

fn pass(mut from: &TcpStream, mut to: &TcpStream, note: impl Fn()) {
    let mut buffer = vec![0; 65_536];
    while let Ok(count) = from.read(&mut buffer)
        && count > 0
    {
        note();
        if to.write_all(&buffer[..count]).is_err() {
            break;
        }
    }
    let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
}
