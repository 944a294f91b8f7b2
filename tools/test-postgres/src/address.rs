//! URLs of a server's databases.

/// A URL whose database can be another.
#[derive(Debug, Clone)]
pub(crate) struct Address {
    server: String,
    database: String,
    query: String,
}

impl Address {
    /// The server of a URL, and the database that it names, or else `postgres`.
    pub(crate) fn of(url: &str) -> Self {
        let (rest, query) = match url.find('?') {
            Some(at) => url.split_at(at),
            None => (url, ""),
        };
        let scheme = rest.find("://").map_or(0, |at| at.saturating_add(3));
        let path = rest.get(scheme..).and_then(|rest| rest.find('/'));
        let path = path.map_or(rest.len(), |at| scheme.saturating_add(at));
        let (server, path) = rest.split_at(path);
        let database = path.trim_start_matches('/');
        Self {
            server: server.to_owned(),
            database: if database.is_empty() {
                "postgres"
            } else {
                database
            }
            .to_owned(),
            query: query.to_owned(),
        }
    }

    /// The database of the URL.
    pub(crate) fn database(&self) -> &str {
        &self.database
    }

    /// The URL of a database.
    pub(crate) fn url(&self, database: &str) -> String {
        let Self { server, query, .. } = self;
        format!("{server}/{database}{query}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_database_changes() {
        for (given, expected) in [
            ("postgres://h", "postgres://h/x"),
            ("postgres://u:p@h:1,i:2/d", "postgres://u:p@h:1,i:2/x"),
            (
                "postgres://u@h/d?sslmode=disable",
                "postgres://u@h/x?sslmode=disable",
            ),
            ("postgres:///d?host=/run/p", "postgres:///x?host=/run/p"),
            (
                "postgres://u@%2Frun%2Fp:5432?a=/b",
                "postgres://u@%2Frun%2Fp:5432/x?a=/b",
            ),
        ] {
            assert_eq!(Address::of(given).url("x"), expected);
        }
        assert_eq!(Address::of("postgres://h").database(), "postgres");
        assert_eq!(Address::of("postgres://h/d?a=b").database(), "d");
    }
}
