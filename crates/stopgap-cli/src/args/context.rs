//! The circumstances of a call, which the audit log stores.

use clap::Args;
use stopgap::Context;

/// The options of a context.
#[derive(Debug, Default, Args)]
pub(crate) struct ContextFlags {
    /// Reason to store in the audit log
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
    /// Ticket of the help desk to store in the audit log
    #[arg(long, value_name = "ID")]
    pub(crate) ticket: Option<String>,
}

impl ContextFlags {
    /// Returns the context that these options give.
    pub(crate) fn context(&self) -> Context<'_> {
        let mut context = Context::default();
        context.reason = self.reason.as_deref();
        context.ticket = self.ticket.as_deref();
        context
    }
}
