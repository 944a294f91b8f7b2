//! Rules that decide about codes: the core has them, and no store may.

use proc_macro2::TokenTree;

use super::product::Product;

/// The columns by which the core decides. A store takes all columns from the declarations, so
/// none of them has a reason to be named in one. Rules in SQL contain their names, such as
/// `revoked_at IS NULL`, `purposes &`, `uses < max_uses` and `failures = 0`.
const COLUMNS: [&str; 7] = [
    "revoked_at",
    "expires_at",
    "purposes",
    "uses",
    "max_uses",
    "failures",
    "locked_until",
];

/// Texts with which SQL reads the database's clock. `clock_timestamp` is not among them: a
/// snapshot returns this time, and the core compares it.
const CLOCKS: [&str; 8] = [
    "now()",
    "current_timestamp",
    "current_date",
    "current_time",
    "statement_timestamp",
    "unixepoch",
    "julianday",
    "strftime",
];

/// A rule that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rule {
    pub(super) line: usize,
    pub(super) text: String,
}

/// Returns the names of deciding columns, as words or in texts, and the texts with a clock.
pub(super) fn rules(product: &Product) -> Vec<Rule> {
    let tokens = product.tokens().iter();
    let found = tokens.filter_map(|token| {
        let is_rule = match token {
            TokenTree::Ident(word) => COLUMNS.contains(&word.to_string().as_str()),
            TokenTree::Literal(text) => decides(&text.to_string()),
            TokenTree::Group(_) | TokenTree::Punct(_) => false,
        };
        is_rule.then(|| Rule {
            line: token.span().start().line,
            text: token.to_string(),
        })
    });
    found.collect()
}

/// Returns `true` if a text has a clock, or a deciding column as a whole word.
fn decides(text: &str) -> bool {
    let text = text.to_lowercase();
    let mut words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
    words.any(|word| COLUMNS.contains(&word)) || CLOCKS.iter().any(|clock| text.contains(clock))
}

/// Made-up texts of a store that have one rule each.
const RULES: [&str; 9] = [
    r#"const SQL: &str = "UPDATE codes SET n = n + 1 WHERE revoked_at IS NULL";"#,
    r#"const SQL: &str = "SELECT 1 FROM codes WHERE Purposes & 4 <> 0";"#,
    r##"const SQL: &str = r#"DELETE FROM codes WHERE NOT uses < max_uses"#;"##,
    r#"fn a() { format!("{sql} AND failures = 0"); }"#,
    r#"fn a(row: &Row) -> bool { row.value("expires_at") < &limit }"#,
    r#"mod b { fn a() { sql.push_str(b" AND locked_until IS NULL"); } }"#,
    "fn a(grant: &Grant) -> bool { grant.max_uses.is_none() }",
    r#"const SQL: &str = "DELETE FROM codes WHERE ends_at < now()";"#,
    r#"const SQL: &str = "SELECT 1 WHERE ends_at > CURRENT_TIMESTAMP";"#,
];

/// A made-up text of a store without a rule: comments and tests may name a column, and other
/// words may contain it.
const NO_RULE: &str = r#"
    //! It uses no column.
    /// Knows nothing of `revoked_at`.
    fn a() {
        // Not expires_at.
        run("SELECT clock_timestamp(), reuses FROM t WHERE version = ?", is_expired_uses);
        run("nothing now");
    }
    #[cfg(test)]
    mod tests {
        const SQL: &str = "uses < max_uses";
    }
"#;

/// Checks that the rules of made-up stores are found, and that none is found in a store
/// without rules.
pub(super) fn control() -> Result<(), String> {
    let found = |source| Product::read(source).map(|product| rules(&product));
    for source in RULES {
        if found(source)?.len() != 1 {
            return Err(format!("the rule of a control was not found: {source}"));
        }
    }
    match found(NO_RULE)?.as_slice() {
        [] => Ok(()),
        rules => Err(format!("a control without a rule has one: {rules:?}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_control_holds() {
        assert_eq!(control(), Ok(()));
    }

    #[test]
    fn each_column_and_each_clock_is_found() {
        for name in COLUMNS.iter().chain(&CLOCKS) {
            let source = format!("fn a() {{\n    run(\"SELECT {name}\");\n}}");
            let product = Product::read(&source).unwrap();
            let text = format!("\"SELECT {name}\"");
            assert_eq!(rules(&product), [Rule { line: 2, text }]);
        }
    }
}
