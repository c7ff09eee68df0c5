//! A plan as an operator reads it: counts first, then steps, then who is not enrolled and why. No I/O.

use std::{collections::BTreeMap, fmt};

use super::{Fate, Plan, PlannedAction};
use crate::{AccountId, Coverage, Membership, Reason, State};

/// So many account ids are printed before the rest is counted; `{:#}` prints all.
const ACCOUNTS_SHOWN: usize = 8;

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: {}", self.target, self.extent())?;
        let billed = self.billed();
        if billed.plans > 0 {
            let (accounts, plans) = (counted(billed.accounts, "account"), counted(billed.plans, "plan"));
            writeln!(f, "  newly billed: {accounts} × 1 region, {plans} in all")?;
        }
        match self.reductions() {
            0 => {}
            count => writeln!(f, "  reductions: {count}, all named by the policy")?,
        }
        writeln!(f, "  memberships: {}", Coverage::from(&self.memberships))?;
        // What takes something away is read first.
        let (reductions, additions): (Vec<Step>, Vec<Step>) =
            steps(&self.actions).into_iter().partition(|step| step.reduces);
        for step in reductions.into_iter().chain(additions) {
            step.write(f)?;
        }
        for (reason, accounts) in self.by_reason() {
            let (state, code, number) = (reason.state(), reason.code(), counted(accounts.len(), "account"));
            let who = Accounts { all: &accounts, alternate: f.alternate() };
            writeln!(f, "  {state} ({code}), {number}: {reason} — {who}")?;
        }
        // What is to be reduced was told as a step.
        let is_step = |fate: Fate| matches!(fate, Fate::ToBeReduced | Fate::Settling);
        for ((fate, what), accounts) in self.excess.iter().rev().filter(|((fate, _), _)| !is_step(*fate)) {
            let accounts: Vec<AccountId> = accounts.iter().copied().collect();
            let (number, who) =
                (counted(accounts.len(), "account"), Accounts { all: &accounts, alternate: f.alternate() });
            writeln!(f, "  excess ({fate}), {number}: {what} — {who}")?;
        }
        if self.excess.keys().any(|(fate, _)| *fate == Fate::Settling) {
            let what = "auto-enable was lowered less than a day ago: AWS may once more turn on what is turned off";
            writeln!(f, "  note: {what}")?;
        }
        for remark in &self.remarks {
            writeln!(f, "  note: {remark}")?;
        }
        Ok(())
    }
}

impl Plan {
    /// How much there is to do.
    fn extent(&self) -> String {
        let predicted = self.actions.iter().filter(|planned| planned.predicted).count();
        let done = |membership: &Membership| matches!(membership.state(), State::Enrolled | State::NotApplicable);
        match (self.actions.len(), predicted) {
            (0, _) if self.memberships.values().all(done) && !self.organization_unseen => "nothing to do".to_owned(),
            (0, _) => "no action".to_owned(),
            (all, 0) => counted(all, "action"),
            (all, predicted) => format!("{}, {predicted} of them predicted", counted(all, "action")),
        }
    }

    /// The memberships that are not enrolled, by reason: what needs a person first, stable within.
    fn by_reason(&self) -> Vec<(&Reason, Vec<AccountId>)> {
        let mut groups: BTreeMap<(u8, &'static str, String), (&Reason, Vec<AccountId>)> = BTreeMap::new();
        for (account, membership) in &self.memberships {
            let reason = &membership.reason;
            let rank = match reason.state() {
                State::Enrolled => continue,
                State::Blocked => 0,
                State::Unknown => 1,
                State::Missing => 2,
                State::Pending => 3,
                State::NotApplicable => 4,
            };
            // Answers to different requests that say the same are one reason.
            let told_apart_by = reason
                .error()
                .map_or_else(|| reason.to_string(), |error| format!("{} {}", error.operation, error.code));
            let group = groups.entry((rank, reason.code(), told_apart_by));
            group.or_insert_with(|| (reason, Vec::new())).1.push(*account);
        }
        groups.into_values().collect()
    }
}

/// Actions that differ only in their accounts, as one line.
struct Step {
    text: String,
    predicted: bool,
    reduces: bool,
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
            None => steps.push(Step {
                text,
                predicted: *predicted,
                reduces: action.reductions() > 0,
                calls: 1,
                accounts: action.members().to_vec(),
            }),
        }
    }
    steps
}

impl Step {
    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = match (self.reduces, self.predicted) {
            (false, false) => "+ ",
            (false, true) => "~ predicted: ",
            (true, false) => "- ",
            (true, true) => "- predicted: ",
        };
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
