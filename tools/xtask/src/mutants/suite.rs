//! What is changed, and the tests that must see it.

/// What is changed, and by which tests that must be seen.
pub(super) struct Suite {
    pub(super) name: &'static str,
    pub(super) package: &'static str,
    /// More words for cargo-mutants: features, and which files.
    pub(super) words: &'static [&'static str],
    /// Targets with tests that say no soon, and words for their programs: which of them.
    pub(super) soon: &'static [&'static str],
    pub(super) only_soon: &'static [&'static str],
    /// The same for all others, which only those mutants see that the first have missed.
    pub(super) later: &'static [&'static str],
    pub(super) only_later: &'static [&'static str],
    /// Whether a program ends at its first test that fails. What those of C build with
    /// cargo would be built anew each time.
    pub(super) stops: bool,
    /// How many of a hundred must be caught.
    pub(super) least: usize,
}

/// Each change has less of the crate built once more this way.
const QUICK_TO_BUILD: &str =
    "--cargo-arg=--config=profile.dev.package.stopgap-registry.opt-level=0";

/// Without three tests of the registry that take longer than all others.
const WITHOUT_THE_SLOW: &[&str] = &[
    // Most of the time they wait for others.
    "--test-threads=4",
    "--skip=cut_off::",
    "--skip=every_row_arrives",
    "--skip=a_lock_that_is_held",
];

pub(super) const SUITES: [Suite; 5] = [
    // Without `front_desk`, which has Cargo build an example, and `generated`, which
    // holds the vectors to Python and runs nothing of the crate.
    Suite {
        name: "core",
        package: "stopgap",
        words: &["--all-features"],
        soon: &[
            "--lib",
            "--test=life_table",
            "--test=refusals",
            "--test=vectors",
        ],
        only_soon: &[],
        later: &[
            "--test=allocations",
            "--test=properties",
            "--test=secrets",
            "--test=serde",
        ],
        only_later: &[],
        stops: true,
        least: 100,
    },
    // Without the processes of `once`, `crash` and `failover`.
    Suite {
        name: "registry",
        package: "stopgap-registry",
        words: &[
            "--no-default-features",
            QUICK_TO_BUILD,
            "--exclude=**/postgres/**",
            "--exclude=**/postgres.rs",
            // Is not there without it.
            r#"--exclude-re=delete match arm Some\(\("postgres""#,
            // Verifies in one statement, which PostgreSQL alone can.
            "--exclude=**/registry/grant.rs",
            "--exclude-re=::at_once",
        ],
        soon: &["--lib", "--test=conformance"],
        only_soon: &[],
        later: &[
            "--test=canary",
            "--test=copy",
            "--test=faults",
            "--test=tampering",
            "--test=trouble",
        ],
        only_later: WITHOUT_THE_SLOW,
        stops: true,
        least: 95,
    },
    // Needs a PostgreSQL server, as its tests do.
    Suite {
        name: "postgres",
        package: "stopgap-registry",
        words: &[
            "--all-features",
            QUICK_TO_BUILD,
            "--file=**/postgres/**",
            "--file=**/postgres.rs",
            "--file=**/registry/grant.rs",
            "--file=**/registry/verify.rs",
            // Tests themselves.
            "--exclude=**/postgres/**/tests.rs",
            "--exclude=**/postgres/**/tests/**",
        ],
        soon: &["--lib", "--test=conformance"],
        // Without those that start servers or wait for one.
        only_soon: &["postgres", "--skip=tls::", "--skip=the_next_is_asked"],
        later: &[
            "--lib",
            "--test=copy",
            "--test=postgres_trouble",
            "--test=tampering",
            "--test=trouble",
        ],
        only_later: WITHOUT_THE_SLOW,
        stops: true,
        least: 95,
    },
    Suite {
        name: "c",
        package: "stopgap-c",
        // Without the program that measures the border.
        words: &["--all-features", "--exclude=**/border/**"],
        soon: &["--lib", "--test=misuse"],
        only_soon: &[],
        later: &["--test=vectors", "--test=cpp"],
        only_later: &[],
        stops: false,
        least: 95,
    },
    // By the tests of its package, in a virtual environment.
    Suite {
        name: "python",
        package: "stopgap-python",
        // Nothing of Python is made of nothing: what makes it so does not compile.
        words: &[
            "--exclude-re=(Bound|DateTime|MappedLocalTime|MutexGuard|Py|PyRef)::(new|from|from_iter)",
        ],
        soon: &["--test=pytest"],
        only_soon: &["quick"],
        later: &["--test=pytest"],
        only_later: &["--skip=quick"],
        stops: false,
        least: 95,
    },
];
