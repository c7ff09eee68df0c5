//! Finds the feature for which a region refuses a whole call, so that the rest goes through. No I/O.

use std::collections::BTreeSet;

use rollcall_core::{ErrorClass, Feature, ServiceError};

use crate::spec::{CODE_REPOSITORY, EC2, ECR, LAMBDA, LAMBDA_CODE, SPEC};

/// The features to call with, one attempt after the other. At most twice as many attempts as features.
#[derive(Debug)]
pub(crate) struct Isolation {
    wanted: BTreeSet<Feature>,
    /// What AWS did not name among those it refuses.
    base: BTreeSet<Feature>,
    attempt: BTreeSet<Feature>,
    /// Where AWS names none: those still to be left out for a try.
    suspects: Option<Vec<Feature>>,
}

/// What to do after a call that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// Call with the next attempt.
    Try,
    /// The region offers none of the features.
    NothingLeft,
    /// The error is about something else, or no single feature explains it.
    GiveUp,
}

impl Isolation {
    /// Starts without the features that the region is known not to offer.
    pub(crate) fn new(wanted: BTreeSet<Feature>, not_offered: &BTreeSet<Feature>) -> Self {
        let base = not_offered.iter().fold(wanted.clone(), |base, feature| without(&base, feature));
        Self { attempt: base.clone(), base, wanted, suspects: None }
    }

    /// The features to call with.
    pub(crate) fn attempt(&self) -> &BTreeSet<Feature> {
        &self.attempt
    }

    /// The features that the region turned out not to offer, once a call went through or nothing is left.
    pub(crate) fn dropped(&self) -> BTreeSet<Feature> {
        self.wanted.difference(&self.attempt).cloned().collect()
    }

    /// Learns from a failed attempt.
    pub(crate) fn failed(&mut self, error: &ServiceError) -> Next {
        if error.class != ErrorClass::NotOffered {
            return Next::GiveUp;
        }
        let named = named_in(&error.message).filter(|feature| self.attempt.contains(feature));
        // Where only one is asked for, it is that one.
        let named = named.or_else(|| only(&self.base));
        if let Some(feature) = named {
            self.base = without(&self.base, &feature);
            self.attempt = self.base.clone();
            self.suspects = None;
            return if self.attempt.is_empty() { Next::NothingLeft } else { Next::Try };
        }
        self.guess()
    }

    fn guess(&mut self) -> Next {
        let base = &self.base;
        let suspects = self.suspects.get_or_insert_with(|| {
            // The last first: the rarest one is the likeliest.
            let by_rarity = [EC2, ECR, LAMBDA, LAMBDA_CODE, CODE_REPOSITORY];
            by_rarity.into_iter().filter(|feature| base.contains(feature)).collect()
        });
        while let Some(suspect) = suspects.pop() {
            let attempt = without(base, &suspect);
            if !attempt.is_empty() {
                self.attempt = attempt;
                return Next::Try;
            }
        }
        Next::GiveUp
    }
}

fn only(features: &BTreeSet<Feature>) -> Option<Feature> {
    if features.len() == 1 { features.first().cloned() } else { None }
}

/// All but a feature and those that need it.
fn without(features: &BTreeSet<Feature>, left_out: &Feature) -> BTreeSet<Feature> {
    let needs_it = |feature: &Feature| {
        let needs = SPEC.feature(feature).and_then(|spec| spec.needs.as_ref());
        needs.is_some_and(|needs| needs.feature == left_out.as_str())
    };
    features.iter().filter(|feature| *feature != left_out && !needs_it(feature)).cloned().collect()
}

/// The feature that a sentence such as "Lambda code scanning is not supported in …" is about.
fn named_in(message: &str) -> Option<Feature> {
    let lowercase = message.to_lowercase();
    let words: Vec<&str> = lowercase.split(|c: char| !c.is_alphanumeric()).collect();
    let says = |word: &str| words.contains(&word);
    match (says("lambda"), says("code")) {
        (true, true) => Some(LAMBDA_CODE),
        (true, false) => Some(LAMBDA),
        (false, true) => Some(CODE_REPOSITORY),
        (false, false) if says("ecr") => Some(ECR),
        (false, false) if says("ec2") => Some(EC2),
        (false, false) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(features: &[Feature]) -> BTreeSet<Feature> {
        features.iter().cloned().collect()
    }

    /// Calls until it is over, as a region that offers only some features; gives what went through and the calls.
    fn call(
        wanted: &[Feature],
        offered: &[Feature],
        sentence: impl Fn(&Feature) -> String,
    ) -> (Isolation, Next, usize) {
        let mut isolation = Isolation::new(set(wanted), &BTreeSet::new());
        for calls in 1..20 {
            let Some(refused) = isolation.attempt().iter().find(|feature| !offered.contains(feature)) else {
                return (isolation, Next::Try, calls);
            };
            let (code, message) = ("AccessDeniedException".to_owned(), sentence(refused));
            let class = ErrorClass::NotOffered;
            let next = isolation.failed(&ServiceError { operation: "Enable", class, code, message, request_id: None });
            if next != Next::Try {
                return (isolation, next, calls);
            }
        }
        panic!("it does not end");
    }

    fn seen_live(feature: &Feature) -> String {
        let title = match feature.as_str() {
            "LAMBDA_CODE" => "Lambda code",
            "LAMBDA" => "Lambda standard",
            "CODE_REPOSITORY" => "Code repository",
            name => name,
        };
        format!("{title} scanning is not supported in eu-west-3")
    }

    const ALL: [Feature; 5] = [EC2, ECR, LAMBDA, LAMBDA_CODE, CODE_REPOSITORY];

    #[test]
    fn a_feature_that_aws_names_is_left_out_at_once() {
        for refused in ALL {
            let offered: Vec<Feature> = without(&set(&ALL), &refused).into_iter().collect();
            let (isolation, next, calls) = call(&ALL, &offered, seen_live);
            assert_eq!((next, isolation.attempt().clone()), (Next::Try, set(&offered)), "{refused}");
            // Without LAMBDA, LAMBDA_CODE is refused too, whichever is named first.
            assert!(calls <= 3, "{refused}: {calls} calls");
        }
    }

    #[test]
    fn several_features_that_aws_names_one_by_one_are_all_left_out() {
        let (isolation, next, calls) = call(&ALL, &[EC2], seen_live);
        assert_eq!((next, isolation.attempt().clone()), (Next::Try, set(&[EC2])));
        assert!(calls <= 5);
    }

    #[test]
    fn a_feature_that_aws_does_not_name_is_found_by_trying() {
        for refused in [EC2, ECR, LAMBDA_CODE, CODE_REPOSITORY] {
            let offered: Vec<Feature> = without(&set(&ALL), &refused).into_iter().collect();
            let (isolation, next, calls) = call(&ALL, &offered, |_| "not supported".to_owned());
            assert_eq!((next, isolation.dropped()), (Next::Try, set(std::slice::from_ref(&refused))), "{refused}");
            assert!(calls <= 6, "{refused}: {calls} calls");
        }
    }

    #[test]
    fn nothing_is_dropped_where_no_single_feature_explains_it() {
        let (_, next, calls) = call(&ALL, &[EC2, ECR], |_| "not supported".to_owned());
        assert_eq!((next, calls), (Next::GiveUp, 6));
    }

    #[test]
    fn a_single_feature_that_is_refused_leaves_nothing() {
        let (isolation, next, calls) = call(&[LAMBDA_CODE], &[], |_| "not supported".to_owned());
        assert_eq!((next, calls, isolation.dropped()), (Next::NothingLeft, 1, set(&[LAMBDA_CODE])));
    }

    #[test]
    fn what_is_known_not_to_be_offered_is_not_tried_again() {
        let isolation = Isolation::new(set(&ALL), &set(&[LAMBDA]));
        assert_eq!(isolation.attempt(), &set(&[EC2, ECR, CODE_REPOSITORY]));
        assert_eq!(isolation.dropped(), set(&[LAMBDA, LAMBDA_CODE]));
    }

    #[test]
    fn any_other_error_is_given_up_at_once() {
        let mut isolation = Isolation::new(set(&ALL), &BTreeSet::new());
        let error = ServiceError {
            operation: "Enable",
            class: ErrorClass::Throttled,
            code: "ThrottlingException".to_owned(),
            message: "Lambda code".to_owned(),
            request_id: None,
        };
        assert_eq!(isolation.failed(&error), Next::GiveUp);
    }
}
