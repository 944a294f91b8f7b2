//! Installing for other machines, and to other folders than `lib`. The zones are left
//! out, so that little is built.

use std::{
    env, fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    installed::{WELL, alone, project, shell},
    page::{block, section},
    programs::{folder, here, root, run, skipped},
};

const ARM: &str = "aarch64-unknown-linux-gnu";
const WINDOWS: &str = "x86_64-pc-windows-gnu";

/// The output of the page's program without zones.
fn unzoned() -> String {
    format!(
        "{}\n",
        WELL.replace("STOPGAP_OK", "STOPGAP_ERR_UNKNOWN_ZONE")
    )
}

/// `true` if Rust's library for a target is installed.
pub(crate) fn rust_has(target: &str) -> bool {
    let mut rustc = Command::new(option_env!("RUSTC").unwrap_or("rustc"));
    rustc.args(["--print", "target-libdir", "--target", target]);
    let folder = rustc.output().unwrap();
    folder.status.success() && Path::new(String::from_utf8_lossy(&folder.stdout).trim()).exists()
}

/// `true` if a program for a target can be built and run; otherwise reports what is missing.
fn can(target: &str, programs: &[&str]) -> bool {
    let missing: Vec<_> = programs.iter().filter(|program| !here(program)).collect();
    if !missing.is_empty() {
        skipped(&format!("{missing:?} not installed: {target}"));
        return false;
    }
    if !rust_has(target) {
        skipped(&format!("rustup target add {target}: installing for it"));
        return false;
    }
    true
}

/// Installs the library for a target, and returns the prefix.
pub(crate) fn install(target: &str, libdir: &str) -> PathBuf {
    let prefix = folder(&format!("cross-prefix-{target}"));
    let commands = format!(
        "cd \"$STOPGAP\"\ncargo xtask install --target {target} --prefix \"$PREFIX\" \
         --libdir {libdir} --no-default-features"
    );
    let _alone = alone();
    run(shell(&commands, &prefix, &prefix));
    prefix
}

/// Runs commands in a project, in which `cc` is a compiler for the target of the prefix.
pub(crate) fn built(commands: &str, place: &Path, prefix: &Path) -> String {
    let _ = symlink(prefix, place.join("prefix"));
    let lib = fs::read_dir(prefix).unwrap().find_map(|entry| {
        let name = entry.unwrap().file_name();
        name.to_str().unwrap().starts_with("lib").then_some(name)
    });
    let config = Path::new("prefix").join(lib.unwrap()).join("pkgconfig");
    let path = format!(
        "{}:{}",
        place.join("bin").display(),
        env::var("PATH").unwrap()
    );
    let mut shell = Command::new("sh");
    shell.args(["-eu", "-c", commands]).current_dir(place);
    run(shell.env("PATH", path).env("PKG_CONFIG_PATH", config))
}

#[test]
fn the_library_folder_has_any_name() {
    if !here("pkg-config") {
        return skipped("pkg-config is not installed: another folder than lib");
    }
    let target = "x86_64-unknown-linux-gnu";
    if !cfg!(target_arch = "x86_64") {
        return skipped("not x86-64: another folder than lib");
    }
    let prefix = install(target, "lib/x86_64-linux-gnu");
    assert!(prefix.join("lib/x86_64-linux-gnu/libstopgap.so.1").exists());
    assert!(!prefix.join("lib/libstopgap.a").exists());
    let place = project("libdir", "cc");
    let config = prefix.join("lib/x86_64-linux-gnu/pkgconfig");
    let commands = "cc expiry.c $(pkg-config --cflags --libs stopgap-static) -o expiry\n\
        ./expiry";
    let mut shell = Command::new("sh");
    shell.args(["-eu", "-c", commands]).current_dir(&place);
    assert_eq!(run(shell.env("PKG_CONFIG_PATH", &config)), unzoned());
    if !here("cmake") {
        return skipped("cmake is not installed: another folder than lib");
    }
    let lists = block(section("CMake: installed"), "cmake", 0);
    fs::write(place.join("CMakeLists.txt"), lists).unwrap();
    let commands = "cmake -S . -B build -DCMAKE_PREFIX_PATH=\"$PREFIX\" >cmake.log\n\
        cmake --build build >cmake.log\nbuild/expiry\nbuild/expiry-static";
    let printed = run(crate::installed::shell(commands, &place, &prefix));
    assert_eq!(printed, unzoned().repeat(2));
}

#[test]
fn aarch64_is_installed_and_runs() {
    if !can(
        ARM,
        &["pkg-config", "aarch64-linux-gnu-gcc", "qemu-aarch64"],
    ) {
        return;
    }
    let prefix = install(ARM, "lib64");
    let place = project("aarch64", "aarch64-linux-gnu-gcc");
    let commands = "cc expiry.c $(pkg-config --cflags --libs stopgap) -o expiry\n\
        cc -static expiry.c $(pkg-config --static --cflags --libs stopgap) -o expiry-static\n\
        qemu-aarch64 -L /usr/aarch64-linux-gnu -E LD_LIBRARY_PATH=prefix/lib64 expiry\n\
        qemu-aarch64 expiry-static";
    assert_eq!(built(commands, &place, &prefix), unzoned().repeat(2));
    let mut nm = Command::new("aarch64-linux-gnu-nm");
    nm.args(["-D", "--with-symbol-versions"]);
    let table = run(nm.arg(prefix.join("lib64/libstopgap.so.1")));
    assert!(table.contains("stopgap_version@@STOPGAP_1"), "{table}");
}

/// Builds the page's project for another machine, with a toolchain file.
fn toolchain(name: &str, file: &str, target: &str) -> PathBuf {
    let place = project(name, "cc");
    fs::write(place.join("toolchain.cmake"), file).unwrap();
    let lists = block(section("CMake: in your tree"), "cmake", 0);
    fs::write(place.join("CMakeLists.txt"), lists).unwrap();
    symlink(root(), place.join("stopgap")).unwrap();
    let commands = "cmake -S . -B build -DCMAKE_TOOLCHAIN_FILE=toolchain.cmake \
        -DSTOPGAP_ZONES=OFF\ncmake --build build";
    let _alone = alone();
    let printed = run(shell(commands, &place, &place));
    assert!(printed.contains("Building Stopgap"), "{printed}");
    let cache = fs::read_to_string(place.join("build/CMakeCache.txt")).unwrap();
    assert!(cache.contains("STOPGAP_TARGET:STRING=\n"), "{target}");
    place
}

#[test]
fn cmake_builds_for_aarch64() {
    if !can(ARM, &["cmake", "aarch64-linux-gnu-gcc", "qemu-aarch64"]) {
        return;
    }
    let file = block(section("Other machines"), "cmake", 0);
    let place = toolchain("cmake-aarch64", file, ARM);
    let commands = "cd build\n\
        qemu-aarch64 -L /usr/aarch64-linux-gnu ./expiry\n\
        qemu-aarch64 -L /usr/aarch64-linux-gnu ./expiry-static";
    let mut shell = Command::new("sh");
    shell.args(["-eu", "-c", commands]).current_dir(place);
    assert_eq!(run(&mut shell), unzoned().repeat(2));
}

#[test]
fn cmake_builds_for_windows() {
    if !can(WINDOWS, &["cmake", "x86_64-w64-mingw32-gcc"]) {
        return;
    }
    let file = "set(CMAKE_SYSTEM_NAME Windows)\nset(CMAKE_SYSTEM_PROCESSOR AMD64)\n\
        set(CMAKE_C_COMPILER x86_64-w64-mingw32-gcc)\n\
        set(CMAKE_FIND_ROOT_PATH /usr/x86_64-w64-mingw32)\n\
        set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)\n";
    let place = toolchain("cmake-windows", file, WINDOWS);
    let imports = |program: &str| {
        let mut objdump = Command::new("x86_64-w64-mingw32-objdump");
        let told = run(objdump.arg("-p").arg(place.join("build").join(program)));
        assert!(told.contains("pei-x86-64"), "{told}");
        told.contains("DLL Name: stopgap_c.dll")
    };
    assert!(imports("expiry.exe"));
    assert!(!imports("expiry-static.exe"));
    assert!(
        place
            .join("build/stopgap/bindings/c/prefix/bin/stopgap_c.dll")
            .exists()
    );
}
