//! The modules of a crate, and the arrows between their files.

use std::collections::{BTreeMap, BTreeSet};

use super::scope::Scope;
use crate::sources::Sources;

/// For each file, the files whose names it uses, and these names.
pub(super) type Arrows = BTreeMap<String, BTreeMap<String, BTreeSet<String>>>;

/// Returns the arrows between the files of a crate.
///
/// An arrow leads to the file that defines the name, even if other modules re-export it.
/// A module declaration adds no arrow. An import of a module adds an arrow for each name
/// that is used from it.
pub(super) fn arrows(sources: &Sources) -> Result<Arrows, String> {
    let mut arrows = Arrows::new();
    for root in ["lib.rs", "main.rs"] {
        if sources.contains_key(root) {
            let mut modules = Modules::default();
            modules.add_file(root, None, sources)?;
            modules.draw(&mut arrows);
        }
    }
    Ok(arrows)
}

struct Module {
    file: String,
    parent: Option<usize>,
    children: BTreeMap<String, usize>,
    scope: Scope,
}

/// The modules of a crate; the first is its root.
#[derive(Default)]
struct Modules(Vec<Module>);

/// The meaning of a path.
#[derive(Clone, Copy)]
enum Target {
    Module(usize),
    /// An item that this module defines.
    Item(usize),
}

impl Modules {
    fn add_file(
        &mut self,
        file: &str,
        parent: Option<usize>,
        sources: &Sources,
    ) -> Result<usize, String> {
        let source = sources.get(file).ok_or_else(|| format!("no file {file}"))?;
        let scope = Scope::read(source).map_err(|error| format!("{file}: {error}"))?;
        let stem = file.strip_suffix(".rs").unwrap_or(file);
        let folder = match stem.rsplit_once('/') {
            Some((folder, "mod")) => format!("{folder}/"),
            None if matches!(stem, "lib" | "main") => String::new(),
            _ => format!("{stem}/"),
        };
        self.add(file, &folder, parent, scope, sources)
    }

    /// Adds a module, and its children from the files in `folder`.
    fn add(
        &mut self,
        file: &str,
        folder: &str,
        parent: Option<usize>,
        mut scope: Scope,
        sources: &Sources,
    ) -> Result<usize, String> {
        let index = self.0.len();
        let children = std::mem::take(&mut scope.modules);
        self.0.push(Module {
            file: file.to_owned(),
            parent,
            children: BTreeMap::new(),
            scope,
        });
        for (name, contents) in children {
            let child = if let Some(scope) = contents {
                self.add(
                    file,
                    &format!("{folder}{name}/"),
                    Some(index),
                    scope,
                    sources,
                )?
            } else {
                let beside = format!("{folder}{name}.rs");
                let below = format!("{folder}{name}/mod.rs");
                let file = if sources.contains_key(&beside) {
                    beside
                } else {
                    below
                };
                self.add_file(&file, Some(index), sources)?
            };
            if let Some(module) = self.0.get_mut(index) {
                module.children.insert(name, child);
            }
        }
        Ok(index)
    }

    fn draw(&self, arrows: &mut Arrows) {
        for (index, module) in self.0.iter().enumerate() {
            let imports = module.scope.imports.iter().map(|(_, path)| path);
            let from = arrows.entry(module.file.clone()).or_default();
            let mut draw = |to: usize, name: &str| {
                if let Some(to) = self.0.get(to)
                    && to.file != module.file
                {
                    let names = from.entry(to.file.clone()).or_default();
                    names.insert(name.to_owned());
                }
            };
            for path in imports.chain(&module.scope.paths) {
                if let Some(Target::Item(to)) = self.find(index, path, &mut BTreeSet::new()) {
                    draw(to, path.last().map_or("", String::as_str));
                }
            }
            // Macros may define names that cannot be seen here.
            for path in &module.scope.globs {
                if let Some(Target::Module(to)) = self.find(index, path, &mut BTreeSet::new())
                    && self
                        .0
                        .get(to)
                        .is_some_and(|to| !to.scope.defines.is_empty())
                {
                    draw(to, "*");
                }
            }
        }
    }

    /// Returns the meaning of a path in a module; `None` for names of other crates
    /// and local variables.
    fn find(
        &self,
        module: usize,
        path: &[String],
        asked: &mut BTreeSet<(usize, String)>,
    ) -> Option<Target> {
        let (first, rest) = path.split_first()?;
        let mut target = match first.as_str() {
            "crate" => Target::Module(0),
            "self" => Target::Module(module),
            "super" => Target::Module(self.0.get(module)?.parent?),
            name => self.find_name(module, name, asked)?,
        };
        for name in rest {
            target = match target {
                Target::Item(_) => return Some(target),
                Target::Module(module) if name == "super" => {
                    Target::Module(self.0.get(module)?.parent?)
                }
                Target::Module(module) => self
                    .find_name(module, name, asked)
                    .unwrap_or(Target::Item(module)),
            };
        }
        Some(target)
    }

    fn find_name(
        &self,
        index: usize,
        name: &str,
        asked: &mut BTreeSet<(usize, String)>,
    ) -> Option<Target> {
        if !asked.insert((index, name.to_owned())) {
            return None;
        }
        let module = self.0.get(index)?;
        if module.scope.defines.contains(name) {
            return Some(Target::Item(index));
        }
        if let Some(child) = module.children.get(name) {
            return Some(Target::Module(*child));
        }
        let mut imports = module.scope.imports.iter();
        let imported = imports
            .find_map(|(known, path)| (known == name).then(|| self.find(index, path, asked)));
        imported.flatten().or_else(|| {
            let mut globs = module.scope.globs.iter();
            globs.find_map(|path| match self.find(index, path, asked)? {
                Target::Module(other) => self.find_name(other, name, asked),
                Target::Item(_) => None,
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The files that `a.rs` imports, with these contents.
    fn imported(contents: &str) -> Vec<String> {
        let files = [
            (
                "lib.rs",
                "mod a; mod b; mod c; pub use b::*; macro_rules! in_root { () => {} }",
            ),
            ("a.rs", contents),
            (
                "b.rs",
                "mod d; pub use self::d::D; pub struct B; pub enum E { X }",
            ),
            (
                "b/d.rs",
                "pub struct D; pub const fn d() -> *const u8 { loop {} } pub fn e() {}",
            ),
            (
                "c/mod.rs",
                "pub mod inner { pub use super::super::b::B as C; pub struct I; }",
            ),
        ];
        let sources = files.map(|(file, source)| (file.to_owned(), source.to_owned()));
        let arrows = arrows(&Sources::from(sources)).unwrap_or_default();
        arrows
            .get("a.rs")
            .into_iter()
            .flatten()
            .map(|(to, _)| to.clone())
            .collect()
    }

    #[test]
    fn imports_lead_to_the_file_that_defines_the_name() {
        for (contents, expected) in [
            ("", &[][..]),
            ("use crate::B;", &["b.rs"]),
            ("use crate::D as Other;", &["b/d.rs"]),
            (
                "use super::{b::{self, E::X}, c::inner::I};",
                &["b.rs", "c/mod.rs"],
            ),
            ("use crate::c::inner::C;", &["b.rs"]),
            ("use crate::c; fn f(_: c::inner::C) {}", &["b.rs"]),
            ("use crate::*; fn f(_: D) {}", &["b/d.rs", "lib.rs"]),
            ("fn f() { use crate::b::B; }", &["b.rs"]),
            ("fn f() { crate::b::d::made_by_a_macro() }", &["b/d.rs"]),
            (
                "fn f() -> Vec<super::B> { crate::b::d::e() }",
                &["b.rs", "b/d.rs"],
            ),
            ("macro_rules! m { () => { $crate::b::B } }", &["b.rs"]),
            (
                "#[derive(Debug, with = crate::b::d::e)] struct A;",
                &["b/d.rs"],
            ),
            (
                "mod b { use super::super::c::inner::I; } use b::B;",
                &["c/mod.rs"],
            ),
        ] {
            assert_eq!(imported(contents), expected, "{contents}");
        }
    }

    #[test]
    fn other_names_are_not_imports() {
        for contents in [
            "use crate::b; pub(in crate::b) fn f() {}",
            "// use crate::B;\n/// [`crate::B`]\nconst A: &str = \"crate::B\";",
            "fn f<'b>(b: &'b str) { b.d(); ::b::B; other::b::B }",
            "#[cfg(all(test, unix))] use crate::B; const X: [u8; 1] = { [0] };",
            "impl A { #[cfg(test)] fn f() { crate::B; } }",
        ] {
            assert_eq!(imported(contents), [""; 0], "{contents}");
        }
    }
}
