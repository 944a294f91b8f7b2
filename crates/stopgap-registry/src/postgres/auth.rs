//! `require_auth`: the methods by which a server may ask for the password.
//!
//! The client would answer any method, and send the password as it is if it is asked to. So the
//! stream beneath it reads the server's first request as well, and ends if the method is not
//! allowed, before the client sees the request.

use std::{
    fmt, io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::{
    Socket,
    tls::{ChannelBinding, MakeTlsConnect, TlsConnect, TlsStream},
};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::mistake::wrong;
use crate::store::Result;

/// The methods, with the numbers of their requests.
const METHODS: [(&str, u32); 4] = [
    ("none", 0),
    ("password", 3),
    ("md5", 5),
    ("scram-sha-256", 10),
];

/// The methods that are allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Methods([bool; METHODS.len()]);

impl Methods {
    /// Reads a list of methods, or of `!` and methods that are not allowed.
    pub(super) fn read(list: &str) -> Result<Self> {
        let is_negated = list.starts_with('!');
        let mut methods = [is_negated; METHODS.len()];
        for word in list.split(',') {
            let name = word.strip_prefix('!');
            let name = if is_negated { name } else { Some(word) };
            let mut known = METHODS.iter().zip(&mut methods);
            let found = known.find(|((known, _), _)| Some(*known) == name);
            let Some((_, allowed)) = found else {
                return Err(wrong(
                    "require_auth",
                    "has to be a list of none, password, md5 and scram-sha-256, with a ! before \
                     each or before none of them",
                ));
            };
            *allowed = !is_negated;
        }
        Ok(Self(methods))
    }

    /// Returns `Ok` if a server may send the request of this number.
    fn allow(self, request: u32) -> Result<(), NotAllowed> {
        let mut methods = METHODS.iter().zip(self.0);
        match methods.find(|((_, number), _)| *number == request) {
            Some((_, true)) => Ok(()),
            Some(((name, _), false)) => Err(NotAllowed(name)),
            None => Err(NotAllowed("an unknown method")),
        }
    }
}

/// The method that a server asked for, and that is not allowed.
#[derive(Debug)]
pub(super) struct NotAllowed(&'static str);

impl fmt::Display for NotAllowed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.0 {
            "none" => "asks for no password",
            "password" => "asks for the password in clear text",
            "md5" => "asks for an MD5 hash of the password",
            "scram-sha-256" => "asks for scram-sha-256",
            _ => "asks for another kind of login",
        };
        write!(f, "the server {what}, which require_auth does not allow")
    }
}

impl std::error::Error for NotAllowed {}

/// The messages of a server up to its first request.
struct Gate {
    methods: Methods,
    /// The beginning of a message.
    begin: Vec<u8>,
    /// The bytes of a message that are still to come.
    skip: usize,
}

impl Gate {
    const fn new(methods: Methods) -> Self {
        Self {
            methods,
            begin: Vec::new(),
            skip: 0,
        }
    }

    /// Looks at bytes that have arrived. Returns `true` after an allowed request.
    fn see(&mut self, bytes: &[u8]) -> Result<bool, NotAllowed> {
        for byte in bytes {
            if self.skip > 0 {
                self.skip = self.skip.saturating_sub(1);
                continue;
            }
            self.begin.push(*byte);
            match *self.begin.as_slice() {
                [b'R', _, _, _, _, a, b, c, d] => {
                    let request = u32::from_be_bytes([a, b, c, d]);
                    return self.methods.allow(request).map(|()| true);
                }
                [b'R', ..] => {}
                [_, a, b, c, d] => {
                    let length = u32::from_be_bytes([a, b, c, d]).saturating_sub(4);
                    self.skip = usize::try_from(length).unwrap_or(usize::MAX);
                    self.begin.clear();
                }
                _ => {}
            }
        }
        Ok(false)
    }
}

/// A stream with TLS.
type Secure = <MakeRustlsConnect as MakeTlsConnect<Socket>>::Stream;

/// Makes streams that see to the methods.
#[derive(Clone)]
pub(super) struct Guard {
    /// `None` for connections without TLS.
    pub(super) tls: Option<MakeRustlsConnect>,
    /// `None` if any method is allowed.
    pub(super) methods: Option<Methods>,
}

impl MakeTlsConnect<Socket> for Guard {
    type Stream = Stream;
    type TlsConnect = Connect;
    type Error = io::Error;

    fn make_tls_connect(&mut self, domain: &str) -> io::Result<Connect> {
        let tls = self.tls.as_mut().map(|tls| {
            let made = MakeTlsConnect::<Socket>::make_tls_connect(tls, domain);
            made.map_err(io::Error::other)
        });
        Ok(Connect {
            tls: tls.transpose()?,
            methods: self.methods,
        })
    }
}

/// Makes one stream.
pub(super) struct Connect {
    tls: Option<<MakeRustlsConnect as MakeTlsConnect<Socket>>::TlsConnect>,
    methods: Option<Methods>,
}

impl TlsConnect<Socket> for Connect {
    type Stream = Stream;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Stream>> + Send>>;

    fn connect(self, socket: Socket) -> Self::Future {
        Box::pin(async move {
            let inner = match self.tls {
                Some(tls) => Inner::Secure(Box::new(tls.connect(socket).await?)),
                None => Inner::Plain(socket),
            };
            let gate = self.methods.map(Gate::new);
            Ok(Stream { inner, gate })
        })
    }
}

/// A stream that ends at a request that is not allowed.
pub(super) struct Stream {
    inner: Inner,
    /// `None` after an allowed request.
    gate: Option<Gate>,
}

enum Inner {
    Secure(Box<Secure>),
    Plain(Socket),
}

impl TlsStream for Stream {
    fn channel_binding(&self) -> ChannelBinding {
        match &self.inner {
            Inner::Secure(stream) => stream.channel_binding(),
            Inner::Plain(_) => ChannelBinding::none(),
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(match &mut self.inner {
            Inner::Secure(stream) => Pin::new(stream).poll_read(cx, buffer),
            Inner::Plain(socket) => Pin::new(socket).poll_read(cx, buffer),
        })?;
        if let Some(gate) = &mut self.gate {
            let new = buffer.filled().get(before..).unwrap_or_default();
            match gate.see(new) {
                Ok(false) => {}
                Ok(true) => self.gate = None,
                Err(error) => {
                    buffer.set_filled(before);
                    return Poll::Ready(Err(io::Error::other(error)));
                }
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match &mut self.inner {
            Inner::Secure(stream) => Pin::new(stream).poll_write(cx, bytes),
            Inner::Plain(socket) => Pin::new(socket).poll_write(cx, bytes),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.inner {
            Inner::Secure(stream) => Pin::new(stream).poll_flush(cx),
            Inner::Plain(socket) => Pin::new(socket).poll_flush(cx),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.inner {
            Inner::Secure(stream) => Pin::new(stream).poll_shutdown(cx),
            Inner::Plain(socket) => Pin::new(socket).poll_shutdown(cx),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_are_read() {
        for (list, allowed) in [
            ("scram-sha-256", [false, false, false, true]),
            ("none,md5", [true, false, true, false]),
            ("!password", [true, false, true, true]),
            ("!none,!password,!md5", [false, false, false, true]),
        ] {
            assert_eq!(Methods::read(list).unwrap(), Methods(allowed), "{list}");
        }
        for list in ["", "!", "gss", "scram", "md5,", "md5,!none", "!md5,none"] {
            let error = Methods::read(list).unwrap_err().to_string();
            assert!(error.contains("none, password, md5"), "{list}: {error}");
        }
    }

    #[test]
    fn the_first_request_decides_however_it_arrives() {
        let request = |number: u32| {
            let mut bytes = b"N\0\0\0\x06R\0R\0\0\0\x0c".to_vec();
            bytes.extend(number.to_be_bytes());
            bytes.extend([1, 2, 3, 4]);
            bytes
        };
        for size in 1..20 {
            for (list, number, is_allowed) in [
                ("scram-sha-256", 10, true),
                ("scram-sha-256", 5, false),
                ("scram-sha-256", 3, false),
                ("scram-sha-256", 0, false),
                ("!password", 3, false),
                ("!password", 0, true),
                ("!password", 7, false),
            ] {
                let mut gate = Gate::new(Methods::read(list).unwrap());
                let bytes = request(number);
                let mut seen = bytes.chunks(size).map(|chunk| gate.see(chunk));
                let decided = seen.find(|seen| !matches!(seen, Ok(false)));
                assert_eq!(decided.unwrap().is_ok(), is_allowed, "{list} {number}");
            }
        }
    }
}
