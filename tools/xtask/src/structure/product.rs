//! The tokens of a source file without its tests and its comments.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

use crate::item::{ident, is_punct, is_test, length_of_item};

/// The tokens of a file that are part of the product.
#[derive(Default)]
pub(super) struct Product {
    tokens: Vec<TokenTree>,
    /// The lines of items that are compiled for tests only.
    pub(super) test_lines: usize,
    /// The methods of each trait, by its name.
    traits: Vec<(String, usize)>,
}

impl Product {
    pub(super) fn read(source: &str) -> Result<Self, String> {
        let tokens: TokenStream = source
            .parse()
            .map_err(|error: proc_macro2::LexError| error.to_string())?;
        let mut product = Self::default();
        product.add(tokens);
        Ok(product)
    }

    /// Returns the words, the literals and the signs, of all groups.
    pub(super) fn tokens(&self) -> &[TokenTree] {
        &self.tokens
    }

    /// Returns the number of methods of a trait; 0 if there is no such trait.
    pub(super) fn methods_of_trait(&self, name: &str) -> usize {
        let found = self.traits.iter().find(|(found, _)| found == name);
        found.map_or(0, |(_, methods)| *methods)
    }

    fn add(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut rest = &tokens[..];
        while let Some((first, after)) = rest.split_first() {
            if is_test(rest) {
                let (item, after) = rest.split_at(length_of_item(rest));
                self.test_lines = self.test_lines.saturating_add(lines_of(item));
                rest = after;
                continue;
            }
            if let Some(length) = length_of_comment(rest) {
                rest = rest.get(length..).unwrap_or_default();
                continue;
            }
            match first {
                TokenTree::Group(group) => self.add(group.stream()),
                token => self.tokens.push(token.clone()),
            }
            if ident(first).is_some_and(|word| word == "trait") {
                self.add_trait(after);
            }
            rest = after;
        }
    }

    /// Notes the methods of a trait, from its name on.
    fn add_trait(&mut self, tokens: &[TokenTree]) {
        let name = tokens.first().and_then(ident);
        let body = tokens.iter().find_map(braces);
        if let (Some(name), Some(body)) = (name, body) {
            let words = body.stream().into_iter();
            let methods = words.filter(|token| ident(token).is_some_and(|word| word == "fn"));
            self.traits.push((name, methods.count()));
        }
    }
}

fn braces(token: &TokenTree) -> Option<&Group> {
    match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => Some(group),
        _ => None,
    }
}

/// Returns the number of tokens of a documentation comment, which is an attribute to Rust.
fn length_of_comment(tokens: &[TokenTree]) -> Option<usize> {
    let (length, attribute) = match tokens {
        [hash, TokenTree::Group(attribute), ..] if is_punct(hash, '#') => (2, attribute),
        [hash, bang, TokenTree::Group(attribute), ..]
            if is_punct(hash, '#') && is_punct(bang, '!') =>
        {
            (3, attribute)
        }
        _ => return None,
    };
    let first = attribute.stream().into_iter().next();
    let is_doc = first.as_ref().and_then(ident)? == "doc";
    is_doc.then_some(length)
}

/// Returns the number of lines from the first to the last token.
fn lines_of(item: &[TokenTree]) -> usize {
    let [first, .., last] = item else {
        return 0;
    };
    let (first, last) = (first.span().start().line, last.span().end().line);
    last.saturating_add(1).saturating_sub(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(source: &str) -> Vec<String> {
        let product = Product::read(source).unwrap();
        product.tokens().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn tests_and_comments_are_left_out() {
        let source = "//! One.\n/// Two.\nfn a() { b(\"c\"); } // Three.\n\
            #[cfg(test)]\nmod tests {\n    fn d() {}\n}\n#[doc = \"four\"]\nstruct E;";
        assert_eq!(
            texts(source),
            ["fn", "a", "b", "\"c\"", ";", "struct", "E", ";"]
        );
        assert_eq!(Product::read(source).unwrap().test_lines, 4);
    }

    #[test]
    fn other_conditions_are_part_of_the_product() {
        let source = "#[cfg(not(test))]\nfn a() {}\n#[cfg(unix)]\nfn b() {}";
        assert_eq!(Product::read(source).unwrap().test_lines, 0);
        let source = "fn a() {}\n\n#[cfg(test)]\nuse a::{\n    b,\n};\n#[cfg(test)]\nmod c;\n";
        assert_eq!(Product::read(source).unwrap().test_lines, 6);
        assert_eq!(texts(source), ["fn", "a"]);
    }

    #[test]
    fn only_methods_of_the_trait_itself_count() {
        let source = "trait A { fn a() { fn inner() {} } const X: u8; fn b(f: fn()); }
            impl A for B { fn c() {} } trait C: A { fn d(); }";
        let product = Product::read(source).unwrap();
        assert_eq!(product.methods_of_trait("A"), 2);
        assert_eq!(product.methods_of_trait("C"), 1);
        assert_eq!(product.methods_of_trait("B"), 0);
    }
}
