//! Whatever is read, the answer is a policy or mistakes that are one line each. No I/O.

use proptest::prelude::*;
use rollcall_core::policy::{Checked, Mistakes};

use crate::{
    generate,
    support::{checked, config},
};

fn is_told_well(text: &str, outcome: &Result<Checked, Mistakes>) -> Result<(), TestCaseError> {
    let lines = text.lines().count().max(1);
    let (mistakes, warnings) = match outcome {
        Ok(checked) => (&[][..], &checked.warnings),
        Err(mistakes) => {
            prop_assert!(!mistakes.mistakes.is_empty());
            (&mistakes.mistakes[..], &mistakes.warnings)
        }
    };
    for finding in mistakes.iter().chain(warnings) {
        prop_assert!((1..=lines).contains(&finding.line), "{finding} of {lines} lines");
        prop_assert!(finding.to_string().lines().count() == 1, "{finding:?}");
        prop_assert!(!finding.message.is_empty());
    }
    Ok(())
}

proptest! {
    #![proptest_config(config(512))]

    #[test]
    fn any_text(text in any::<String>()) {
        is_told_well(&text, &checked(&text))?;
    }

    #[test]
    fn a_policy_that_was_broken(text in generate::mutated()) {
        is_told_well(&text, &checked(&text))?;
    }

    #[test]
    fn a_policy(text in generate::policy()) {
        is_told_well(&text, &checked(&text))?;
    }
}
