//! A progress bar.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A progress bar on the standard error, if that is a terminal.
pub(crate) struct Bar(ProgressBar);

impl Bar {
    pub(crate) fn new() -> Self {
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
        let template = "{msg:27} {bar:30} {human_pos} of {human_len}, {eta} left";
        match ProgressStyle::with_template(template) {
            Ok(style) => Self(bar.with_style(style)),
            Err(_) => Self(bar),
        }
    }

    /// Shows the rows of a stage that are done.
    pub(crate) fn show(&self, stage: &str, table: &str, rows: u64, total: u64) {
        if rows < self.0.position() {
            self.0.reset_eta();
        }
        // Setting the message is slow, and most rows have the table of the row before.
        let message = self.0.message();
        if message.strip_prefix(stage).map(str::trim_start) != Some(table) {
            self.0.set_message(format!("{stage} {table}"));
        }
        self.0.set_length(total);
        self.0.set_position(rows);
    }

    /// Removes the bar.
    pub(crate) fn clear(&self) {
        self.0.finish_and_clear();
    }
}
