//! The suites: the code that is changed, and the tests that must see the changes.

/// Changes in one package. The tests are written as words of `cargo test`.
pub(super) struct Suite {
    pub(super) name: &'static str,
    pub(super) package: &'static str,
    /// Features and files, as words of cargo-mutants.
    pub(super) words: &'static [&'static str],
    /// The tests that fail soon.
    pub(super) soon: &'static str,
    /// The other tests. They try only the mutants that the first tests missed.
    pub(super) later: &'static str,
    /// `true` if a test program ends at its first failure. The C tests build with cargo,
    /// which would rebuild everything for that.
    pub(super) stops: bool,
    /// The percentage that must be caught.
    pub(super) least: usize,
}

/// Makes the registry faster to build after each change.
const QUICK_TO_BUILD: &str =
    "--cargo-arg=--config=profile.dev.package.stopgap-registry.opt-level=0";

pub(super) const SUITES: [Suite; 5] = [
    // Without `front_desk`, which makes cargo build an example, and `generated`, which
    // compares the vectors with Python and runs no code of the crate.
    Suite {
        name: "core",
        package: "stopgap",
        words: &["--all-features"],
        soon: "--lib --test=lifecycle_table --test=refusals --test=vectors",
        later: "--test=allocations --test=properties --test=sealed --test=secrets --test=serde",
        stops: true,
        least: 100,
    },
    // Without the tests that start many processes (`once`, `crash`), and without the three
    // that take longer than all others. Locks, and clocks that differ from the store's, have
    // an effect on PostgreSQL only.
    Suite {
        name: "registry",
        package: "stopgap-registry",
        words: &[
            "--no-default-features",
            QUICK_TO_BUILD,
            "--exclude=**/postgres/**",
            // Not compiled on Linux.
            "--exclude=**/watch/absent.rs",
            "--exclude-re=Needs::lock_(user|code|ring)",
            "--exclude-re=not_apart|::clock_tolerance",
        ],
        soon: "--lib --test=conformance",
        later: "--test=canary --test=copy --test=faults --test=file --test=forks --test=ignored \
            --test=tampering --test=trouble \
            -- --test-threads=4 --skip=cut_off:: --skip=every_row_arrives \
            --skip=a_lock_that_is_held",
        stops: true,
        least: 95,
    },
    // Needs a PostgreSQL server. The first tests are those that neither start one nor
    // wait for one.
    Suite {
        name: "postgres",
        package: "stopgap-registry",
        words: &[
            "--all-features",
            QUICK_TO_BUILD,
            "--file=**/postgres/**",
            "--file=**/registry/builder.rs",
            "--file=**/registry/loaded.rs",
            "--file=**/registry/time.rs",
            "--exclude=**/postgres/**/tests.rs",
            "--exclude=**/postgres/**/tests/**",
        ],
        soon: "--lib --test=conformance -- postgres --skip=tls:: --skip=the_next_is_asked",
        later: "--lib --test=copy --test=fleet --test=postgres_trouble --test=tampering \
            -- --test-threads=4 --skip=cut_off:: --skip=every_row_arrives",
        stops: true,
        least: 95,
    },
    // Without the program that measures calls from C.
    Suite {
        name: "c",
        package: "stopgap-c",
        words: &["--all-features", "--exclude=**/border/**"],
        soon: "--lib --test=misuse",
        later: "--test=vectors --test=cpp",
        stops: false,
        least: 95,
    },
    // The tests are those of the Python package, in a virtual environment. Objects of
    // Python have no default value: mutants that return one do not compile.
    Suite {
        name: "python",
        package: "stopgap-python",
        words: &[
            "--exclude-re=(Bound|DateTime|MappedLocalTime|MutexGuard|Py|PyRef)::(new|from|from_iter)",
        ],
        soon: "--test=pytest -- quick",
        later: "--test=pytest -- --skip=quick",
        stops: false,
        least: 95,
    },
];
