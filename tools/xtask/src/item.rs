//! Items of Rust source, read as tokens.

use proc_macro2::{Delimiter, TokenTree};

/// Returns the number of tokens of the first item, attributes included.
pub(crate) fn length_of_item(tokens: &[TokenTree]) -> usize {
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

/// Returns the position and the keyword of the first item: `fn`, `mod`.
pub(crate) fn kind_of(item: &[TokenTree]) -> Option<(usize, &'static str)> {
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

/// Returns `true` if the attributes of the first item leave it out of the product:
/// `cfg(test)`, `cfg(all(test, …))` or `cfg(doctest)`.
pub(crate) fn is_test(item: &[TokenTree]) -> bool {
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

/// Returns the word that a token is; `None` for other tokens.
pub(crate) fn ident(token: &TokenTree) -> Option<String> {
    match token {
        TokenTree::Ident(word) => Some(word.to_string()),
        _ => None,
    }
}

/// Returns `true` if a token is this character.
pub(crate) fn is_punct(token: &TokenTree, character: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == character)
}
