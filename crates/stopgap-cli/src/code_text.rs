//! A code on its way out of the program.

use serde::{Serialize, Serializer};
use stopgap::Code;

/// A code as `--json` shows it, in groups.
pub(crate) struct CodeText<'a>(pub(crate) &'a Code);

impl Serialize for CodeText<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.reveal().as_str())
    }
}
