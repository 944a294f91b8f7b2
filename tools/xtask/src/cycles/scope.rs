//! The contents of a module: names it defines, names it imports, paths it uses.

use std::collections::BTreeSet;

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

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
    /// Child modules; one without contents has a file of its own.
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

/// Returns the number of tokens of the first item, attributes included.
fn length_of_item(tokens: &[TokenTree]) -> usize {
    if let [hash, bang, TokenTree::Group(_), ..] = tokens
        && is_punct(hash, '#')
        && is_punct(bang, '!')
    {
        return 3;
    }
    let kind = kind_of(tokens).map(|(_, kind)| kind);
    let ends_at_semicolon = matches!(kind, Some("use" | "static" | "type" | "const"));
    let end = tokens.iter().position(|token| match token {
        TokenTree::Group(group) => !ends_at_semicolon && group.delimiter() == Delimiter::Brace,
        token => is_punct(token, ';'),
    });
    end.map_or(tokens.len(), |end| end.saturating_add(1))
}

/// Returns the keyword that says what the first item is, and its position.
fn kind_of(item: &[TokenTree]) -> Option<(usize, &'static str)> {
    const KINDS: [&str; 12] = [
        "use",
        "mod",
        "impl",
        "fn",
        "struct",
        "enum",
        "union",
        "trait",
        "type",
        "const",
        "static",
        "macro_rules",
    ];
    const MODIFIERS: [&str; 4] = ["fn", "unsafe", "async", "extern"];
    let end = item.iter().position(|token| match token {
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        token => is_punct(token, ';') || is_punct(token, '='),
    });
    let mut words = item.iter().take(end.unwrap_or(item.len())).enumerate();
    words.find_map(|(at, token)| {
        let word = ident(token)?;
        let kind = *KINDS.iter().find(|kind| **kind == word)?;
        let next = item.get(at.saturating_add(1)).and_then(ident);
        let is_modifier =
            kind == "const" && next.is_some_and(|next| MODIFIERS.contains(&next.as_str()));
        (!is_modifier).then_some((at, kind))
    })
}

/// `true` if the attributes of the first item leave it out of the product:
/// `cfg(test)`, `cfg(all(test, …))` or `cfg(doctest)`.
fn is_test(item: &[TokenTree]) -> bool {
    let mut rest = item;
    while let [hash, TokenTree::Group(attribute), after @ ..] = rest {
        if !is_punct(hash, '#') {
            return false;
        }
        let inner: Vec<_> = attribute.stream().into_iter().collect();
        if let [cfg, TokenTree::Group(condition)] = &inner[..]
            && ident(cfg).is_some_and(|word| word == "cfg")
        {
            let inner: Vec<_> = condition.stream().into_iter().collect();
            let requires = match &inner[..] {
                [all, TokenTree::Group(conditions)]
                    if ident(all).is_some_and(|all| all == "all") =>
                {
                    conditions.stream().into_iter().collect()
                }
                [_] => inner,
                _ => Vec::new(),
            };
            let mut requires = requires.iter().filter_map(ident);
            if requires.any(|word| word == "test" || word == "doctest") {
                return true;
            }
        }
        rest = after;
    }
    false
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

fn ident(token: &TokenTree) -> Option<String> {
    match token {
        TokenTree::Ident(word) => Some(word.to_string()),
        _ => None,
    }
}

fn is_punct(token: &TokenTree, character: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == character)
}
