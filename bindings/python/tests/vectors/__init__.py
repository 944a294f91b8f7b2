"""The runners of the protocol's vectors, which check every field: one module for each noun.

The files are in ``crates/stopgap/tests/vectors``, where Rust's runners are too.
"""
