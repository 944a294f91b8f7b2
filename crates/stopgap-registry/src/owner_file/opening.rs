/// The file that is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Opening {
    /// One that is created.
    New,
    /// One that exists, or is created.
    Any,
}
