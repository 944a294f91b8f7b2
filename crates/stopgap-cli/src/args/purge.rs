//! `stopgap purge`.

use clap::Args;

use super::Acting;

const EXAMPLES: &str = "\
Examples:
  stopgap purge --dry-run
  stopgap purge
  stopgap purge --yes
  stopgap purge --codes 90 --events 730 --yes

On a terminal the command shows what it will delete, and asks. Without one, as in cron, it needs
--yes. Security codes are deleted a week after their expiry.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Purge {
    /// Days after which codes are deleted that have expired, or were revoked or used up
    #[arg(long, value_name = "DAYS", default_value_t = 30)]
    pub(crate) codes: u32,
    /// Days after which verifications with an idempotency key are deleted, at least 2
    #[arg(long, value_name = "DAYS", default_value_t = 7)]
    pub(crate) verifications: u32,
    /// Days after which events are deleted, not fewer than those of `stopgap log retention`
    #[arg(long, value_name = "DAYS", default_value_t = 400)]
    pub(crate) events: u32,
    /// Show the numbers of records that would be deleted, and delete nothing
    #[arg(long, conflicts_with = "yes")]
    pub(crate) dry_run: bool,
    /// Do not ask for confirmation
    #[arg(long)]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) acting: Acting,
}
