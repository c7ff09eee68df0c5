//! Numbers, names and colours. No I/O.

use std::{collections::BTreeSet, fmt::Display};

use anstyle::{AnsiColor, Style};
use rollcall_core::{AccountId, Region, State, sweep::CoverageDocument, thousands};

/// So many accounts are named in a line.
const ACCOUNTS: usize = 4;

/// So many regions are named in a line.
const REGIONS: usize = 6;

/// So many of something.
pub(crate) fn counted(count: usize, thing: &str) -> String {
    let plural = match thing.strip_suffix('y') {
        _ if count == 1 => thing.to_owned(),
        Some(stem) => format!("{stem}ies"),
        None => format!("{thing}s"),
    };
    format!("{} {plural}", thousands(count))
}

/// A text as a heading.
pub(super) fn bold(text: impl Display) -> String {
    styled(text, Style::new().bold())
}

/// A text in the colour of what it tells.
pub(super) fn coloured(text: impl Display, colour: AnsiColor) -> String {
    styled(text, colour.on_default())
}

fn styled(text: impl Display, style: Style) -> String {
    format!("{style}{text}{style:#}")
}

/// The colour of a state.
pub(super) fn colour(state: State) -> AnsiColor {
    match state {
        State::Enrolled => AnsiColor::Green,
        State::Pending => AnsiColor::Cyan,
        State::Missing | State::Unknown => AnsiColor::Yellow,
        State::Blocked => AnsiColor::Red,
        State::NotApplicable => AnsiColor::BrightBlack,
    }
}

/// Regions by name, the first of many; all of them are said to be all.
pub(crate) fn regions(regions: &BTreeSet<&Region>, all: usize) -> String {
    if regions.len() == all && all > 1 {
        return format!("all {all} regions");
    }
    let named: Vec<&str> = regions.iter().take(REGIONS).map(|region| region.as_str()).collect();
    let more = regions.len().saturating_sub(REGIONS);
    let named = named.join(", ");
    if more > 0 { format!("{named} and {}", counted(more, "more region")) } else { named }
}

/// Accounts by id and name, the first of many.
pub(super) fn accounts(accounts: &BTreeSet<AccountId>, document: &CoverageDocument) -> String {
    let name = |account: &AccountId| {
        let name = document.accounts.get(account).and_then(|account| account.name.as_deref()).unwrap_or_default();
        // A name may hold anything; escape sequences would speak to the terminal.
        let name: String = name.chars().filter(|letter| !letter.is_control()).take(40).collect();
        if name.is_empty() { account.to_string() } else { format!("{account} {name:?}") }
    };
    let named: Vec<String> = accounts.iter().take(ACCOUNTS).map(name).collect();
    let more = accounts.len().saturating_sub(ACCOUNTS);
    let named = named.join(", ");
    if more > 0 { format!("{named} and {}", counted(more, "more account")) } else { named }
}

/// A text without what would speak to the terminal.
pub(crate) fn plain(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_and_many_are_told_apart() {
        assert_eq!(counted(1, "memory"), "1 memory");
        assert_eq!(counted(2_000, "memory"), "2,000 memories");
    }
}
