//! The steps after cbindgen: what a header for people has and cbindgen does not write.
//!
//! The items of the header, each with its comment, are sorted into the sections of
//! [`sections`](super::sections). Integers that stand for something become enums, and every
//! function that returns a value becomes must-use.

use std::fmt::Write as _;

use super::sections::{ENUMS, SECTIONS};

/// Returns the header as it is committed.
pub(crate) fn finish(generated: &str) -> String {
    let (begin, rest) = generated
        .split_once("\n/// ")
        .expect("the header has an item with a comment");
    let (rest, end) = rest
        .rsplit_once("\n#ifdef __cplusplus\n}")
        .expect("the header ends the block of extern \"C\"");
    let rest = format!("/// {rest}");
    let rest = rest.replace(EXTERN_C, "");
    let mut items: Vec<String> = rest
        .split("\n\n")
        .map(|item| item.trim_matches('\n').to_owned())
        .filter(|item| !item.is_empty())
        .collect();
    let enums: Vec<String> = ENUMS
        .iter()
        .map(|(name, prefix)| enumeration(&mut items, name, prefix))
        .collect();
    items.extend(enums);
    let mut header = begin.trim_end().to_owned();
    header += SAME_NAMES;
    header += "\n\n#ifdef __cplusplus\nextern \"C\" {\n#endif\n";
    for (title, names) in SECTIONS {
        let line = "-".repeat(86_usize.saturating_sub(title.len()));
        write!(header, "\n/* {title} {line} */\n").unwrap();
        for wanted in names {
            let place = items.iter().position(|item| name(item) == *wanted);
            let place = place.unwrap_or_else(|| panic!("the header has no {wanted}"));
            let mut item = items.remove(place);
            // In C a type and a function of one name would collide.
            if items.iter().any(|other| name(other) == *wanted) {
                item = untyped(&item, wanted);
            }
            write!(header, "\n{}\n", must_use(&item)).unwrap();
            for (_, after) in AFTER.iter().filter(|(name, _)| name == wanted) {
                write!(header, "\n{after}").unwrap();
            }
        }
    }
    let left: Vec<_> = items.iter().map(|item| name(item)).collect();
    assert!(left.is_empty(), "in no section of the header: {left:#?}");
    header + "\n#ifdef __cplusplus\n}" + &end.replacen("\n\n#endif", SAME_NAMES_END, 1)
}

/// A struct and the function that writes it have one name, as `stat` of POSIX; C++ compilers
/// are told that this is meant.
const SAME_NAMES: &str = r#"

#if defined(__cplusplus) && defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
#endif"#;
const SAME_NAMES_END: &str = r"

#if defined(__cplusplus) && defined(__GNUC__)
#pragma GCC diagnostic pop
#endif

#endif";

const EXTERN_C: &str = "#ifdef __cplusplus\nextern \"C\" {\n#endif // __cplusplus\n";

/// The code of the header that follows a type.
const AFTER: [(&str, &str); 2] = [
    (
        "stopgap_text",
        r"/// Returns a text of this number of bytes.
static inline struct stopgap_text stopgap_text_n(const char *bytes, size_t length)
{
    struct stopgap_text text;
    text.ptr = bytes;
    text.len = length;
    return text;
}

/// Returns a text that ends with a NUL.
static inline struct stopgap_text stopgap_text_of(const char *string)
{
    return stopgap_text_n(string, SIZE_MAX);
}

/// A missing text: (NULL, 0).
#define STOPGAP_NO_TEXT stopgap_text_n(NULL, 0)
",
    ),
    (
        "stopgap_status",
        r"/* An enum has 32 bits here as in the library: compile without -fshort-enums. */
typedef char stopgap_enums_have_32_bits[sizeof(stopgap_status) == 4 ? 1 : -1];
",
    ),
];

/// Returns the declaration of an item, without its comment.
fn declaration(item: &str) -> &str {
    let comment = item.lines().take_while(|line| line.starts_with("///"));
    let length: usize = comment.map(|line| line.len().saturating_add(1)).sum();
    item.get(length..).unwrap_or_default()
}

/// Returns the name that an item declares.
fn name(item: &str) -> &str {
    let declared = declaration(item);
    let start = declared
        .strip_prefix("#define ")
        .or_else(|| declared.strip_prefix("typedef struct "))
        .or_else(|| declared.strip_prefix("typedef enum "));
    if let Some(start) = start {
        return start.split([' ', '(', '\n']).next().unwrap_or_default();
    }
    if let Some((_, callback)) = declared.split_once("(*")
        && declared.starts_with("typedef")
    {
        return callback.split(')').next().unwrap_or_default();
    }
    let before = declared.split(['(', ';']).next().unwrap_or_default();
    before.rsplit([' ', '*']).next().unwrap_or_default()
}

/// Returns the declaration of a struct without its typedef: `struct X {...};`.
fn untyped(item: &str, name: &str) -> String {
    let item = item.replacen("typedef struct ", "struct ", 1);
    let body = item.strip_suffix(&format!("}} {name};"));
    format!(
        "{}}};",
        body.expect("the first item of the name is a struct")
    )
}

/// Makes an enum of a type and of the constants that begin with a prefix. Its size is that
/// of the integer in every language that has a way to say so; elsewhere a check of the
/// header fails if it is not.
fn enumeration(items: &mut Vec<String>, wanted: &str, prefix: &str) -> String {
    let place = items
        .iter()
        .position(|item| name(item) == wanted)
        .unwrap_or_else(|| panic!("the header has no {wanted}"));
    let item = items.remove(place);
    let integer = declaration(&item)
        .strip_prefix("typedef ")
        .and_then(|rest| rest.split(' ').next())
        .expect("an enum is a typedef of an integer");
    let comment = item
        .lines()
        .take_while(|line| line.starts_with("///"))
        .fold(String::new(), |all, line| all + line + "\n");
    let mut body = format!("{comment}typedef enum {wanted} STOPGAP_ENUM({integer}) {{\n");
    let constants: Vec<String>;
    (constants, *items) = items.drain(..).partition(|item| {
        declaration(item).starts_with("#define ")
            && (name(item).starts_with(prefix) || (prefix, name(item)) == OK)
            && !name(item).ends_with("_SIZE")
            && !KEPT.contains(&name(item))
    });
    assert!(constants.len() > 1, "{wanted} has constants");
    for constant in &constants {
        for line in constant.lines().take_while(|line| line.starts_with("///")) {
            writeln!(body, "    {line}").unwrap();
        }
        let value = declaration(constant).rsplit(' ').next().unwrap_or_default();
        writeln!(body, "    {} = {value},", name(constant)).unwrap();
    }
    // ISO C90 and C++98 have no comma after the last one.
    let body = body.trim_end().trim_end_matches(',');
    format!("{body}\n}} {wanted};")
}

/// The status that is no error.
const OK: (&str, &str) = ("STOPGAP_ERR_", "STOPGAP_OK");

/// Constants that are sets of an enum's values.
const KEPT: [&str; 1] = ["STOPGAP_PURPOSE_ALL"];

/// Marks a function whose result must be used.
fn must_use(item: &str) -> String {
    let declared = declaration(item);
    let is_function = declared.contains('(')
        && !declared.starts_with("typedef")
        && !declared.starts_with('#')
        && !declared.contains(" {\n")
        && !declared.starts_with("void ");
    if is_function {
        let comment = item.strip_suffix(declared).unwrap_or_default();
        format!("{comment}STOPGAP_MUST_USE\n{declared}")
    } else {
        item.to_owned()
    }
}
