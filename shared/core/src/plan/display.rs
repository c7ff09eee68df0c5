//! A plan as an operator reads it: counts first, then steps, then who is not enrolled and why. No I/O.

use std::{collections::BTreeMap, fmt};

use super::{Plan, PlannedAction};
use crate::{AccountId, Coverage, Reason, State};

/// So many account ids are printed before the rest is counted; `{:#}` prints all.
const ACCOUNTS_SHOWN: usize = 8;

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let steps = steps(&self.actions);
        let calls =
            if self.actions.is_empty() { "nothing to do".to_owned() } else { counted(self.actions.len(), "action") };
        writeln!(f, "{}: {calls}", self.target)?;
        let billed = self.billed();
        if billed.plans > 0 {
            let accounts = counted(billed.accounts, "account");
            writeln!(f, "  newly billed: {accounts} × 1 region, {} account × region × plan in all", billed.plans)?;
        }
        writeln!(f, "  memberships: {}", Coverage::from(&self.memberships))?;
        for step in &steps {
            step.write(f)?;
        }
        for (reason, accounts) in self.by_reason() {
            let who = Accounts { all: &accounts, alternate: f.alternate() };
            writeln!(f, "  {} ({}): {who}: {reason}", reason.state(), reason.code())?;
        }
        for remark in &self.remarks {
            writeln!(f, "  note: {remark}")?;
        }
        Ok(())
    }
}

impl Plan {
    /// The memberships that are not enrolled, by reason: what needs a person first, stable within.
    fn by_reason(&self) -> Vec<(&Reason, Vec<AccountId>)> {
        let mut groups: BTreeMap<(State, &'static str, String), (&Reason, Vec<AccountId>)> = BTreeMap::new();
        for (account, membership) in &self.memberships {
            let reason = &membership.reason;
            if reason.state() != State::Enrolled {
                let key = (reason.state(), reason.code(), reason.to_string());
                groups.entry(key).or_insert_with(|| (reason, Vec::new())).1.push(*account);
            }
        }
        groups.into_values().collect()
    }
}

/// Actions that differ only in their accounts, as one line.
struct Step {
    text: String,
    predicted: bool,
    calls: usize,
    accounts: Vec<AccountId>,
}

fn steps(actions: &[PlannedAction]) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for PlannedAction { action, predicted } in actions {
        let text = action.to_string();
        match steps.iter_mut().find(|step| step.text == text && step.predicted == *predicted) {
            Some(step) => {
                step.calls += 1;
                step.accounts.extend(action.members());
            }
            None => steps.push(Step { text, predicted: *predicted, calls: 1, accounts: action.members().to_vec() }),
        }
    }
    steps
}

impl Step {
    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = if self.predicted { "~ predicted: " } else { "+ " };
        write!(f, "  {mark}{}", self.text)?;
        if !self.accounts.is_empty() {
            let calls = if self.calls > 1 { format!(" in {} calls", self.calls) } else { String::new() };
            let who = Accounts { all: &self.accounts, alternate: f.alternate() };
            write!(f, ", {}{calls}: {who}", counted(self.accounts.len(), "account"))?;
        }
        writeln!(f)
    }
}

/// Account ids, cut short unless all are asked for.
struct Accounts<'a> {
    all: &'a [AccountId],
    alternate: bool,
}

impl fmt::Display for Accounts<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = if self.alternate { self.all.len() } else { ACCOUNTS_SHOWN };
        let ids: Vec<String> = self.all.iter().take(shown).map(AccountId::to_string).collect();
        f.write_str(&ids.join(" "))?;
        match self.all.len().saturating_sub(shown) {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}

fn counted(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}
