"""The protocol's vectors, every field of them: one module for each noun.

The files are the core's own, in ``crates/stopgap/tests/vectors``; what a test means
stands beside them in Rust, and is asserted here once more through Python's types.
"""
