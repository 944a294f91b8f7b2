//! Finds liboath (Debian: `liboath-dev`), a peer.

fn main() {
    #[cfg(feature = "peers")]
    if let Err(error) = pkg_config::probe_library("liboath") {
        panic!("{error}\nliboath is a peer: apt-get install liboath-dev");
    }
}
