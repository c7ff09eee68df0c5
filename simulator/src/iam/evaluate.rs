//! What policies say to a request. No I/O.
//!
//! AWS documentation, "Policy evaluation logic": a denial wins; without one, something must allow.

use super::{
    condition::Context,
    glob::glob,
    policy::{Effect, Patterns, Policy, Principal, Statement},
};
use crate::service::Caller;

/// A request, as policies see it.
#[derive(Debug)]
pub(super) struct Request {
    /// Such as `guardduty:CreateMembers`.
    pub(super) action: String,
    /// An ARN, or `*`.
    pub(super) resource: String,
    pub(super) context: Context,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decision {
    Allowed,
    /// Nothing allows it.
    NotAllowed,
    /// A statement denies it.
    Denied,
    /// A service control policy denies it.
    DeniedAbove,
}

/// What a role's trust policy says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trust {
    /// The caller itself is named.
    Caller,
    /// The caller's account, or everybody: the caller's own policies decide.
    Account,
    Nobody,
}

impl Patterns {
    fn match_resource(&self, resource: &str) -> bool {
        self.patterns.iter().any(|pattern| glob(pattern, resource)) != self.negated
    }

    /// AWS documentation: services and actions are the same in any case.
    fn match_action(&self, action: &str) -> bool {
        let action = action.to_ascii_lowercase();
        self.patterns.iter().any(|pattern| glob(&pattern.to_ascii_lowercase(), &action)) != self.negated
    }
}

impl Statement {
    fn applies(&self, request: &Request) -> bool {
        self.actions.match_action(&request.action)
            && self.resources.match_resource(&request.resource)
            && self.conditions.iter().all(|condition| condition.holds(&request.context))
    }
}

/// What the policies of an identity say together.
pub(super) fn decide(policies: &[Policy], request: &Request) -> Decision {
    let statements = policies.iter().flat_map(|policy| &policy.statements);
    let applying = statements.filter(|statement| statement.applies(request));
    applying.fold(Decision::NotAllowed, |decision, statement| match statement.effect {
        Effect::Deny => Decision::Denied,
        Effect::Allow if decision == Decision::Denied => decision,
        Effect::Allow => Decision::Allowed,
    })
}

/// What a trust policy says to the caller.
pub(super) fn trust(policy: &Policy, caller: &Caller, request: &Request) -> Trust {
    let mut trust = Trust::Nobody;
    for statement in policy.statements.iter().filter(|statement| statement.applies(request)) {
        let means = |principal: &Principal| match principal {
            Principal::Everybody => Some(Trust::Account),
            Principal::Account(account) => (*account == caller.account).then_some(Trust::Account),
            Principal::Arn(arn) => {
                (caller.role.as_ref() == Some(arn) || *arn == caller.principal).then_some(Trust::Caller)
            }
            Principal::Other => None,
        };
        let found: Vec<Trust> = statement.principals.iter().filter_map(means).collect();
        if !found.is_empty() && statement.effect == Effect::Deny {
            return Trust::Nobody;
        }
        for new in found {
            trust = if trust == Trust::Caller { trust } else { new };
        }
    }
    trust
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const DETECTOR: &str = "arn:aws:guardduty:eu-west-1:222222222222:detector/d";

    fn decided(statements: &[Value], action: &str, resource: &str) -> Decision {
        let policies: Vec<Policy> =
            statements.iter().map(|statement| Policy::identity(&json!({"Statement": statement})).unwrap()).collect();
        let context = [("aws:requestedregion".to_owned(), vec!["eu-west-1".to_owned()])].into();
        decide(&policies, &Request { action: action.to_owned(), resource: resource.to_owned(), context })
    }

    fn allow(action: &str, resource: &str) -> Value {
        json!({"Effect": "Allow", "Action": action, "Resource": resource})
    }

    #[test]
    fn something_must_allow() {
        use Decision::{Allowed, NotAllowed};
        assert_eq!(decided(&[], "guardduty:GetDetector", DETECTOR), NotAllowed);
        for action in ["*", "guardduty:*", "GuardDuty:getdetector", "guardduty:Get?etector", "guardduty:Get*"] {
            assert_eq!(decided(&[allow(action, "*")], "guardduty:GetDetector", DETECTOR), Allowed, "{action}");
        }
        for action in ["guardduty:GetDetectors", "inspector2:*", "guardduty:?GetDetector"] {
            assert_eq!(decided(&[allow(action, "*")], "guardduty:GetDetector", DETECTOR), NotAllowed, "{action}");
        }
    }

    #[test]
    fn resources_are_patterns_and_no_arn_stands_for_every_resource() {
        use Decision::{Allowed, NotAllowed};
        let on = |pattern: &str, resource: &str| decided(&[allow("*", pattern)], "guardduty:GetDetector", resource);
        assert_eq!(on("arn:aws:guardduty:*:222222222222:detector/*", DETECTOR), Allowed);
        assert_eq!(on("arn:aws:guardduty:*:111111111111:detector/*", DETECTOR), NotAllowed);
        assert_eq!((on("*", "*"), on("arn:aws:guardduty:*:*:*", "*")), (Allowed, NotAllowed));
    }

    #[test]
    fn a_denial_wins_wherever_it_is() {
        let deny = json!({"Effect": "Deny", "Action": "guardduty:Delete*", "Resource": "*"});
        for statements in [[allow("*", "*"), deny.clone()], [deny, allow("*", "*")]] {
            assert_eq!(decided(&statements, "guardduty:DeleteMembers", "*"), Decision::Denied);
            assert_eq!(decided(&statements, "guardduty:ListMembers", "*"), Decision::Allowed);
        }
    }

    #[test]
    fn negated_elements_mean_everything_else() {
        let but = json!({"Effect": "Allow", "NotAction": ["guardduty:Delete*"], "NotResource": DETECTOR});
        let asked = |action: &str, resource: &str| decided(std::slice::from_ref(&but), action, resource);
        assert_eq!(asked("guardduty:GetDetector", "*"), Decision::Allowed);
        assert_eq!(asked("guardduty:DeleteDetector", "*"), Decision::NotAllowed);
        assert_eq!(asked("guardduty:GetDetector", DETECTOR), Decision::NotAllowed);
    }

    #[test]
    fn every_condition_must_hold() {
        let with = |condition: Value| {
            let statement = json!({"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition});
            decided(&[statement], "guardduty:GetDetector", "*")
        };
        let here = json!({"aws:RequestedRegion": "eu-west-1"});
        assert_eq!(with(json!({"StringEquals": here})), Decision::Allowed);
        let both = json!({"StringEquals": here, "Bool": {"aws:SecureTransport": "true"}});
        assert_eq!(with(both), Decision::NotAllowed);
    }

    #[test]
    fn trust_tells_the_caller_from_its_account() {
        let role = "arn:aws:iam::222222222222:role/survey";
        let caller = Caller {
            account: "222222222222".to_owned(),
            principal: "arn:aws:sts::222222222222:assumed-role/survey/trial".to_owned(),
            role: Some(role.to_owned()),
        };
        let trusts = |statements: Value| {
            let policy = Policy::trust(&json!({"Statement": statements})).unwrap();
            let request =
                Request { action: "sts:AssumeRole".to_owned(), resource: "*".to_owned(), context: Context::new() };
            trust(&policy, &caller, &request)
        };
        let allow = |principal: Value| json!({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal});
        assert_eq!(trusts(json!([allow(json!({"AWS": role}))])), Trust::Caller);
        assert_eq!(trusts(json!([allow(json!({"AWS": caller.principal}))])), Trust::Caller);
        assert_eq!(trusts(json!([allow(json!({"AWS": [role, "222222222222"]}))])), Trust::Caller);
        assert_eq!(trusts(json!([allow(json!("*"))])), Trust::Account);
        assert_eq!(trusts(json!([allow(json!({"AWS": "222222222222"}))])), Trust::Account);
        assert_eq!(trusts(json!([allow(json!({"AWS": "111111111111"}))])), Trust::Nobody);
        assert_eq!(trusts(json!([allow(json!({"Service": "lambda.amazonaws.com"}))])), Trust::Nobody);
        let deny = json!({"Effect": "Deny", "Action": "sts:*", "Principal": {"AWS": "222222222222"}});
        assert_eq!(trusts(json!([allow(json!({"AWS": role})), deny])), Trust::Nobody);
        let tagging = json!({"Effect": "Allow", "Action": "sts:TagSession", "Principal": "*"});
        assert_eq!(trusts(tagging), Trust::Nobody);
    }
}
