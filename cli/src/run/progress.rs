//! Tells how far long work is, where standard error is a terminal. I/O: standard error.

use std::{fmt::Write, time::Duration};

use indicatif::{MultiProgress, ProgressBar, ProgressState, ProgressStyle};

/// All bars of a command; silent where nobody watches.
#[derive(Debug, Default)]
pub(crate) struct Progress(MultiProgress);

impl Progress {
    /// A bar for so many things, with what is done, the rate, and how long the rest may take.
    pub(crate) fn bar(&self, what: &str, length: usize) -> ProgressBar {
        let bar = self.0.add(ProgressBar::new(length as u64));
        bar.set_style(style("{spinner} {prefix} {bar:24} {pos}/{len}, {rate}, {eta} left {msg}"));
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
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    style.with_key("rate", |state: &ProgressState, text: &mut dyn Write| {
        // There is nobody to tell where this cannot be written.
        _ = write!(text, "{:.0}/s", state.per_sec());
    })
}

fn started(bar: ProgressBar, what: &str) -> ProgressBar {
    bar.set_prefix(what.to_owned());
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}
