//! Tells how far long work is, where standard error is a terminal. I/O: standard error.

use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

/// All bars of a command; silent where nobody watches.
#[derive(Debug, Default)]
pub(crate) struct Progress(MultiProgress);

impl Progress {
    /// A bar for so many things, with what is done, the rate, and how long the rest may take.
    pub(crate) fn bar(&self, what: &str, length: usize) -> ProgressBar {
        let bar = self.0.add(ProgressBar::new(length as u64));
        bar.set_style(style("{spinner} {prefix} {bar:24} {pos}/{len}, {per_sec}, {eta} left {msg}"));
        started(bar, what)
    }

    /// Work whose length nobody knows.
    pub(crate) fn spinner(&self, what: &str) -> ProgressBar {
        let bar = self.0.add(ProgressBar::new_spinner());
        bar.set_style(style("{spinner} {prefix} {elapsed}"));
        started(bar, what)
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

fn started(bar: ProgressBar, what: &str) -> ProgressBar {
    bar.set_prefix(what.to_owned());
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}
