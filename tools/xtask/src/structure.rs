//! `cargo xtask structure`: the size of the registry's contract and files, and the rules that
//! its stores must not know.

mod product;
mod rule;

use self::{
    product::Product,
    rule::{Rule, rules},
};
use crate::{
    shown::say,
    sources::{self, Sources},
    step::{Outcome, root},
};

/// The most methods of the trait `Store`.
const MOST_METHODS: usize = 12;
/// The most lines of a file, without its tests.
const MOST_LINES: usize = 400;
/// The stores, each a file or a folder of the registry.
const STORES: [&str; 3] = ["memory", "sqlite", "postgres"];
/// The file of the contract.
const CONTRACT: &str = "store/contract.rs";

/// Prints the measures, and fails if one is too large or if a store knows a rule.
pub(crate) fn check() -> Outcome {
    rule::control().and_then(|()| registry()).into()
}

fn registry() -> Result<String, String> {
    let folder = root().join("crates/stopgap-registry/src");
    let measured = Measures::of(&sources::read(&folder)?)?;
    say(&measured.table());
    let mistakes = measured.mistakes();
    if mistakes.is_empty() {
        Ok(measured.summary())
    } else {
        Err(mistakes.join("\n"))
    }
}

/// A file of the registry.
struct File {
    path: String,
    lines: usize,
    /// The lines without tests.
    product: usize,
}

/// The measures of the registry.
struct Measures {
    methods: usize,
    files: Vec<File>,
    /// The rules in stores, with their files.
    rules: Vec<(String, Rule)>,
}

impl Measures {
    fn of(sources: &Sources) -> Result<Self, String> {
        let mut measures = Self {
            methods: 0,
            files: Vec::new(),
            rules: Vec::new(),
        };
        for (path, source) in sources {
            let product = Product::read(source).map_err(|error| format!("{path}: {error}"))?;
            let is_test = is_test(path);
            let lines = source.lines().count();
            measures.files.push(File {
                path: path.clone(),
                lines,
                product: if is_test {
                    0
                } else {
                    lines.saturating_sub(product.test_lines)
                },
            });
            if path == CONTRACT {
                measures.methods = product.methods_of_trait("Store");
            }
            if !is_test && STORES.iter().any(|store| is_of(store, path)) {
                let found = rules(&product).into_iter();
                measures
                    .rules
                    .extend(found.map(|rule| (path.clone(), rule)));
            }
        }
        Ok(measures)
    }

    fn longest(&self) -> Option<&File> {
        self.files.iter().max_by_key(|file| file.product)
    }

    /// Returns the lines of the chosen files, in all and without tests.
    fn lines(&self, chosen: impl Fn(&File) -> bool) -> (usize, usize) {
        let files = self.files.iter().filter(|file| chosen(file));
        files.fold((0, 0), |(lines, product), file| {
            let lines = file.lines.saturating_add(lines);
            (lines, file.product.saturating_add(product))
        })
    }

    fn table(&self) -> String {
        let mut table = format!(
            "methods of the trait Store      {:>6}, at most {MOST_METHODS}\n",
            self.methods
        );
        let mut add = |name: &str, (lines, product): (usize, usize)| {
            let line = format!("{name:<31} {product:>6} without tests, {lines:>6} in all\n");
            table.push_str(&line);
        };
        add("lines of the registry", self.lines(|_| true));
        for store in STORES {
            let lines = self.lines(|file| is_of(store, &file.path));
            add(&format!("  of the store {store}"), lines);
        }
        if let Some(file) = self.longest() {
            add(&format!("  of {}", file.path), (file.lines, file.product));
        }
        table + &format!("rules in the stores             {:>6}", self.rules.len())
    }

    /// Returns a line for each measure that is too large, and for each rule.
    fn mistakes(&self) -> Vec<String> {
        let mut mistakes = Vec::new();
        match self.methods {
            0 => mistakes.push(format!("no trait Store was found in {CONTRACT}")),
            methods if methods > MOST_METHODS => mistakes.push(format!(
                "the trait Store has {methods} methods, and may have {MOST_METHODS}"
            )),
            _ => {}
        }
        for file in self.files.iter().filter(|file| file.product > MOST_LINES) {
            let File { path, product, .. } = file;
            mistakes.push(format!(
                "{path} has {product} lines without tests, and may have {MOST_LINES}"
            ));
        }
        for store in STORES {
            if self.lines(|file| is_of(store, &file.path)).1 == 0 {
                mistakes.push(format!("the store {store} was not found"));
            }
        }
        for (path, Rule { line, text }) in &self.rules {
            mistakes.push(format!("{path}:{line}: a store knows a rule: {text}"));
        }
        mistakes
    }

    fn summary(&self) -> String {
        let (_, lines) = self.lines(|_| true);
        let longest = self.longest().map_or(0, |file| file.product);
        format!(
            "{} methods, {lines} lines, at most {longest} in a file, no rule in {} stores",
            self.methods,
            STORES.len()
        )
    }
}

/// Returns `true` for the files of a store.
fn is_of(store: &str, path: &str) -> bool {
    let rest = path.strip_prefix(store);
    rest.is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
}

/// Returns `true` for files of tests: `sqlite/tests/file.rs`, `address/tests.rs`.
fn is_test(path: &str) -> bool {
    path.split('/').any(|part| part.starts_with("tests"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRAIT: &str = "pub trait Store: Sync {\n    fn one(&self);\n    fn two(&self) {}\n}\n";

    fn measures(files: &[(&str, &str)]) -> Measures {
        let mut all = Sources::from([(CONTRACT.to_owned(), TRAIT.to_owned())]);
        for store in STORES {
            all.insert(format!("{store}/mod.rs"), "//! A store.\n".to_owned());
        }
        for (path, source) in files {
            all.insert((*path).to_owned(), (*source).to_owned());
        }
        Measures::of(&all).unwrap()
    }

    #[test]
    fn a_small_registry_without_rules_passes() {
        let measures = measures(&[]);
        assert_eq!(measures.mistakes(), Vec::<String>::new());
        assert_eq!(measures.methods, 2);
        assert_eq!(measures.lines(|_| true), (7, 7));
    }

    #[test]
    fn a_large_contract_is_refused() {
        let methods = "fn m();".repeat(MOST_METHODS + 1);
        let source = format!("trait Other {{ fn x(); }} trait Store {{ {methods} }}");
        let mistakes = measures(&[(CONTRACT, &source)]).mistakes();
        assert_eq!(
            mistakes,
            ["the trait Store has 13 methods, and may have 12"]
        );
        let mistakes = measures(&[(CONTRACT, "trait Other { fn x(); }")]).mistakes();
        assert_eq!(mistakes, ["no trait Store was found in store/contract.rs"]);
    }

    #[test]
    fn only_lines_without_tests_count() {
        let line = "fn a() {}\n";
        let tests = format!("#[cfg(test)]\nmod tests {{\n{}}}\n", line.repeat(500));
        let source = line.repeat(MOST_LINES) + &tests;
        let fits = measures(&[("a.rs", &source), ("a/tests.rs", &line.repeat(500))]);
        assert_eq!(fits.mistakes(), Vec::<String>::new());
        assert_eq!(fits.longest().unwrap().product, MOST_LINES);
        let mistakes = measures(&[("a.rs", &(source + line))]).mistakes();
        assert_eq!(
            mistakes,
            ["a.rs has 401 lines without tests, and may have 400"]
        );
    }

    #[test]
    fn a_rule_is_refused_in_stores_only() {
        let source = "fn a() {\n    run(\"uses < max_uses\");\n}\n";
        let found = |path| measures(&[(path, source)]).mistakes().len();
        for path in ["memory.rs", "sqlite/rows.rs", "postgres/tls/names.rs"] {
            assert_eq!(found(path), 1, "{path}");
        }
        for path in ["registry/verify.rs", "sqlite/tests.rs", "sqlite/tests/a.rs"] {
            assert_eq!(found(path), 0, "{path}");
        }
        let mistakes = measures(&[("memory.rs", source)]).mistakes();
        assert!(
            mistakes
                .concat()
                .starts_with("memory.rs:2: a store knows a rule")
        );
    }

    #[test]
    fn a_store_that_moved_is_noticed() {
        let mut measures = measures(&[]);
        measures.files.retain(|file| !is_of("sqlite", &file.path));
        assert_eq!(measures.mistakes(), ["the store sqlite was not found"]);
    }

    #[test]
    fn the_registry_is_within_the_limits() {
        assert!(registry().is_ok(), "{:?}", registry());
    }
}
