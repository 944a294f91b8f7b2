#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a panic is how a test says no, and it measures"
)]

use std::{
    collections::HashSet,
    net::TcpListener,
    time::{Duration, Instant},
};

use test_postgres::Cluster;
use tokio_postgres::Config;

use super::{super::address::Address, Trouble, in_order};

/// Returns the port of the server that accepted the connection, and the time that it took.
fn connect(url: &str) -> (Result<u16, Trouble>, Duration) {
    let address = Address::parse_alone(url).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.enable_all().build().unwrap();
    let began = Instant::now();
    let port = runtime.block_on(async {
        let (client, connection) = address.servers.connect(&address.tls).await?;
        let _driven = tokio::spawn(connection);
        let row = client.query_one("SHOW port", &[]).await?;
        let port: &str = row.get(0);
        Ok(port.parse().unwrap())
    });
    (port, began.elapsed())
}

#[test]
fn the_next_is_asked() {
    let Some(cluster) = Cluster::start(&[]).unwrap() else {
        return;
    };
    // The system accepts the connection, and no program answers.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = silent.local_addr().unwrap().port();
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = nobody.local_addr().unwrap().port();
    let (port, password) = (cluster.port(), cluster.password());
    let folder = cluster.folder().display().to_string().replace('/', "%2F");
    let url = |hosts: &str| {
        format!("postgres://postgres:{password}@{hosts}/postgres?connect_timeout=3&sslmode=disable")
    };
    let here = format!("127.0.0.1:{port}");

    for hosts in [
        here.clone(),
        format!("localhost:{port}"),
        format!("127.0.0.1:{nobody},{here}"),
        format!("no.such.name.invalid,{here}"),
        format!("%2Fno%2Fsuch%2Ffolder,{here}"),
        format!("{folder}:{nobody},{folder}:{port}"),
    ] {
        let (reached, _) = connect(&url(&hosts));
        assert_eq!(reached.unwrap(), port, "{hosts}");
    }
    let (reached, took) = connect(&url(&format!("127.0.0.1:{silent},{here}")));
    assert_eq!(reached.unwrap(), port);
    assert!(took.as_secs() >= 2 && took.as_secs() < 20, "{took:?}");
    let (reached, _) = connect(&url(&format!("{here},127.0.0.1:{silent}")));
    assert_eq!(reached.unwrap(), port);
    let (reached, _) = connect(&url(&format!("127.0.0.1:{silent}")));
    assert!(matches!(reached, Err(Trouble::TooLate)), "{reached:?}");
}

#[test]
fn the_order() {
    let hosts = "a,b,c,d,e,f,g,h";
    let drawn = |balance: &str| {
        let url = format!("postgres://{hosts}/d?sslmode=disable&load_balance_hosts={balance}");
        let servers = Address::parse_alone(&url).unwrap().servers;
        let order = in_order(servers.each);
        format!(
            "{:?}",
            order.iter().map(Config::get_hosts).collect::<Vec<_>>()
        )
    };
    let orders = |balance| (0..20).map(|_| drawn(balance)).collect::<HashSet<_>>();
    assert_eq!(orders("disable").len(), 1);
    assert!(orders("random").len() > 10);
}
