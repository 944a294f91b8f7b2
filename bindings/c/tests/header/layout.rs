//! The binary interface: the names of the header, and on `x86_64` the sizes and the offsets of
//! its structs and the values of its constants. They are committed in `layout-x86_64.txt`.

use std::{env, fmt::Write as _, fs, path::PathBuf, process::Command};

use super::{
    fresh,
    programs::{Language, compile, folder, run, skipped},
};

/// A struct of the header, with the names of its members.
struct Struct {
    name: String,
    members: Vec<String>,
}

/// Returns the header without comments and inline functions.
fn code(header: &str) -> String {
    let (_, header) = header.split_once("#define STOPGAP_VERSION ").unwrap();
    let mut inline = false;
    let mut code = String::new();
    for line in header.lines() {
        inline |= line.starts_with("static inline ");
        if !inline && !line.trim_start().starts_with("//") {
            code += line;
            code += "\n";
        }
        inline &= line != "}";
    }
    code
}

/// Returns the name that a declaration of a member ends with.
fn member(declaration: &str) -> String {
    let name = if let Some((_, callback)) = declaration.split_once("(*") {
        callback.split(')').next()
    } else {
        let declared = declaration.split('[').next().unwrap();
        declared.rsplit([' ', '*']).next()
    };
    name.unwrap().to_owned()
}

fn structs(code: &str) -> Vec<Struct> {
    let mut structs = Vec::new();
    for item in code.split("\n\n").map(str::trim) {
        let declared = item.strip_prefix("typedef ").unwrap_or(item);
        let body = declared
            .strip_prefix("struct ")
            .and_then(|rest| rest.split_once(" {\n"));
        if let Some((name, body)) = body {
            let (body, _) = body.rsplit_once('}').unwrap();
            let members = body.split(';').map(str::trim).filter(|one| !one.is_empty());
            structs.push(Struct {
                name: name.to_owned(),
                members: members.map(member).collect(),
            });
        }
    }
    structs
}

/// Returns the constants of enums, and the macros that are integers.
fn constants(code: &str) -> Vec<&str> {
    let of_enum = |line: &'_ str| line.starts_with("    STOPGAP_");
    code.lines()
        .filter_map(|line| {
            let name = if of_enum(line) {
                line.trim_start()
            } else {
                line.strip_prefix("#define ")?
            };
            let (name, value) = name.split_once([' '])?;
            let value = value.trim_start_matches("= ");
            let is_integer = value
                .starts_with(|first: char| first.is_ascii_digit() || first == '-')
                || value.starts_with("INT")
                || value.starts_with("UINT")
                || value.starts_with('(');
            (name.starts_with("STOPGAP_") && !name.contains('(') && is_integer).then_some(name)
        })
        .collect()
}

fn functions(code: &str) -> Vec<&str> {
    let mut functions: Vec<&str> = code
        .lines()
        .filter(|line| !line.starts_with([' ', '#']) && !line.starts_with("typedef"))
        .filter_map(|line| line.split_once('('))
        .filter_map(|(before, _)| before.rsplit([' ', '*']).next())
        .filter(|name| name.starts_with("stopgap_"))
        .collect();
    functions.sort_unstable();
    functions
}

/// Returns a C program that prints the interface.
fn program(code: &str) -> String {
    let mut program = String::from(
        "#include <stdio.h>\n#include \"stopgap.h\"\n\
         #define NUMBER(name) printf(\"constant %s %lld\\n\", #name, (long long)(name))\n\
         #define STRUCT(name) printf(\"struct %s size %lu\\n\", #name, \
         (unsigned long)sizeof(struct name))\n\
         #define MEMBER(name, member) printf(\"    %s at %lu size %lu\\n\", #member, \
         (unsigned long)offsetof(struct name, member), \
         (unsigned long)sizeof(((struct name *)0)->member))\n\
         int main(void) {\n",
    );
    for name in functions(code) {
        writeln!(program, "    puts(\"function {name}\");").unwrap();
    }
    for Struct { name, members } in structs(code) {
        writeln!(program, "    STRUCT({name});").unwrap();
        for member in members {
            writeln!(program, "    MEMBER({name}, {member});").unwrap();
        }
    }
    for name in constants(code) {
        writeln!(program, "    NUMBER({name});").unwrap();
    }
    program + "    return 0;\n}\n"
}

fn path() -> PathBuf {
    PathBuf::from(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/header/layout-x86_64.txt"
    ))
}

#[test]
fn layout_is_the_committed_one() {
    let header = fresh();
    let code = code(&header);
    assert!(structs(&code).len() > 30 && functions(&code).len() > 80);
    assert!(constants(&code).len() > 150);
    if !cfg!(target_arch = "x86_64") {
        return skipped("this is not x86_64: the layout of the header");
    }
    let place = folder("layout");
    fs::write(place.join("stopgap.h"), &header).unwrap();
    let source = place.join("layout.c");
    fs::write(&source, program(&code)).unwrap();
    for compiler in Language::C.compilers() {
        let built = place.join(compiler);
        let mut command = compile(compiler, Language::C);
        run(command.arg(&source).arg("-o").arg(&built));
        let found = run(&mut Command::new(&built));
        if env::var_os("STOPGAP_HEADER").is_some_and(|header| header == "write") {
            fs::write(path(), &found).unwrap();
        }
        let committed = fs::read_to_string(path()).unwrap();
        for (committed, found) in committed.lines().zip(found.lines()) {
            assert_eq!(committed, found, "cargo xtask header");
        }
        assert_eq!(committed, found, "cargo xtask header");
    }
}
