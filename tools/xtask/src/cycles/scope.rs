//! The contents of a module: names it defines, names it imports, paths it uses.

use std::collections::BTreeSet;

use proc_macro2::{Group, TokenStream, TokenTree};

use crate::item::{ident, is_punct, is_test, kind_of, length_of_item};

/// The segments of a path: `["crate", "time", "seconds"]`.
pub(super) type Path = Vec<String>;

/// The contents of a module.
#[derive(Debug, Default)]
pub(super) struct Scope {
    pub(super) defines: BTreeSet<String>,
    /// Imported names, each with its path.
    pub(super) imports: Vec<(String, Path)>,
    /// Modules and enums of which all names are imported.
    pub(super) globs: Vec<Path>,
    /// Paths in code.
    pub(super) paths: BTreeSet<Path>,
    /// Child modules; a module without contents has its own file.
    pub(super) modules: Vec<(String, Option<Scope>)>,
}

impl Scope {
    /// Reads a source file. Items under `cfg(test)` are left out.
    pub(super) fn read(source: &str) -> Result<Self, String> {
        let tokens: TokenStream = source
            .parse()
            .map_err(|error: proc_macro2::LexError| error.to_string())?;
        let mut scope = Self::default();
        scope.items(tokens)?;
        Ok(scope)
    }

    fn items(&mut self, tokens: TokenStream) -> Result<(), String> {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut rest = &tokens[..];
        while !rest.is_empty() {
            let (item, after) = rest.split_at(length_of_item(rest));
            if !is_test(item) {
                self.item(item)?;
            }
            rest = after;
        }
        Ok(())
    }

    fn item(&mut self, item: &[TokenTree]) -> Result<(), String> {
        let Some((at, kind)) = kind_of(item) else {
            self.code(item);
            return Ok(());
        };
        let (attributes, item) = item.split_at(at);
        self.code(attributes);
        let after = item.get(1..).unwrap_or_default();
        let name = after
            .iter()
            .filter_map(ident)
            .find(|name| name != "mut")
            .unwrap_or_default();
        match kind {
            "use" => self.tree(&Path::new(), after),
            "mod" => {
                let contents = match after.last() {
                    Some(TokenTree::Group(group)) => {
                        let mut scope = Self::default();
                        scope.items(group.stream())?;
                        Some(scope)
                    }
                    _ => None,
                };
                self.modules.push((name, contents));
            }
            "impl" => self.code(after),
            _ => {
                self.defines.insert(name);
                self.code(after);
            }
        }
        Ok(())
    }

    /// Reads the tree of a `use` declaration below the path `prefix`.
    fn tree(&mut self, prefix: &Path, tokens: &[TokenTree]) {
        for branch in tokens.split(|token| is_punct(token, ',') || is_punct(token, ';')) {
            let mut path = prefix.clone();
            let mut tokens = branch.iter();
            let mut alias = None;
            let mut is_leaf = !branch.is_empty();
            while let Some(token) = tokens.next() {
                match token {
                    TokenTree::Ident(word) if word == "as" => alias = tokens.next().and_then(ident),
                    TokenTree::Ident(word) => path.push(word.to_string()),
                    TokenTree::Group(group) => {
                        is_leaf = false;
                        let inner: Vec<_> = group.stream().into_iter().collect();
                        self.tree(&path, &inner);
                    }
                    star if is_punct(star, '*') => {
                        is_leaf = false;
                        self.globs.push(path.clone());
                    }
                    _ => {}
                }
            }
            if is_leaf {
                path.pop_if(|last| last == "self");
                if let Some(name) = alias.or_else(|| path.last().cloned()) {
                    self.imports.push((name, path));
                }
            }
        }
    }

    /// Collects the paths in code, and the `use` declarations within functions.
    fn code(&mut self, tokens: &[TokenTree]) {
        let mut rest = tokens;
        while let Some((first, after)) = rest.split_first() {
            let mut taken = 1;
            if is_test(rest) {
                taken = length_of_item(rest);
            } else if let TokenTree::Group(group) = first {
                self.group(group);
            } else if let TokenTree::Ident(word) = first {
                let before = tokens.get(..tokens.len().saturating_sub(rest.len()));
                if word == "use" && !after.first().is_some_and(|token| is_punct(token, '<')) {
                    taken = length_of_item(rest);
                    self.tree(&Path::new(), rest.get(1..taken).unwrap_or_default());
                } else if word == "pub" && after.first().is_some_and(is_restriction) {
                    taken = 2;
                } else if begins_path(before.unwrap_or_default()) {
                    self.paths.insert(path_at(rest));
                }
            }
            rest = rest.get(taken..).unwrap_or_default();
        }
    }

    fn group(&mut self, group: &Group) {
        let inner: Vec<_> = group.stream().into_iter().collect();
        self.code(&inner);
    }
}

/// `true` unless the tokens before a word make it a field, a method, a lifetime or
/// the end of a path.
fn begins_path(before: &[TokenTree]) -> bool {
    match before {
        [.., first, second] if is_punct(second, '.') => is_punct(first, '.'),
        [.., first, second] if is_punct(second, ':') => !is_punct(first, ':'),
        [.., last] => !is_punct(last, '.') && !is_punct(last, '\''),
        [] => true,
    }
}

/// Returns the path with which the tokens begin.
fn path_at(tokens: &[TokenTree]) -> Path {
    let mut path: Path = tokens.first().and_then(ident).into_iter().collect();
    let mut rest = tokens.get(1..).unwrap_or_default();
    while let [first, second, TokenTree::Ident(word), after @ ..] = rest
        && is_punct(first, ':')
        && is_punct(second, ':')
    {
        path.push(word.to_string());
        rest = after;
    }
    path
}

/// `true` for the `(crate)` of `pub(crate)`.
fn is_restriction(token: &TokenTree) -> bool {
    let TokenTree::Group(group) = token else {
        return false;
    };
    let first = group.stream().into_iter().next();
    first
        .as_ref()
        .and_then(ident)
        .is_some_and(|word| matches!(word.as_str(), "crate" | "self" | "super" | "in"))
}
