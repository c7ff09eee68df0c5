//! What the service control policies on an account's path say of a request. No I/O.
//!
//! Source: Organizations user guide, "SCP evaluation": a denial anywhere on the path denies, and at each level of the
//! path (root, each unit, the account) some policy must allow.

use std::collections::BTreeSet;

use super::{
    condition::Request,
    document::{Document, Effect, Patterns, Statement},
    pattern::{action_fits, resource_fits},
    truth::Truth,
};

/// One level of an account's path, from the root down, with the policies that are attached there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Level {
    /// The id of the root, unit or account.
    pub(super) target: String,
    pub(super) policies: Vec<Policy>,
}

/// A policy, as far as it can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Policy {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) is_of_aws: bool,
    pub(super) document: Result<Document, String>,
}

/// What speaks against a request.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Against {
    /// A statement of a policy denies it.
    Denied {
        /// The policy's id.
        policy: String,
        /// Its name.
        name: String,
        /// The statement's `Sid`, or its number from 1.
        statement: String,
        /// What it is attached to.
        target: String,
        /// What that depends on; empty where it is certain.
        depends_on: BTreeSet<String>,
    },
    /// No policy at this level allows it.
    NotAllowed {
        /// The root, unit or account.
        target: String,
        /// What that depends on; empty where it is certain.
        depends_on: BTreeSet<String>,
    },
}

impl Against {
    /// Whether it holds whatever the request is.
    pub(super) fn is_certain(&self) -> bool {
        let (Self::Denied { depends_on, .. } | Self::NotAllowed { depends_on, .. }) = self;
        depends_on.is_empty()
    }
}

/// All that speaks against a request; nothing where it is allowed.
pub(super) fn against(levels: &[Level], request: &Request<'_>) -> BTreeSet<Against> {
    let denials =
        levels.iter().flat_map(|level| level.policies.iter().flat_map(|policy| denials(level, policy, request)));
    denials.chain(levels.iter().filter_map(|level| not_allowed(level, request))).collect()
}

fn denials(level: &Level, policy: &Policy, request: &Request<'_>) -> Vec<Against> {
    let denied = |statement: String, depends_on| Against::Denied {
        policy: policy.id.clone(),
        name: policy.name.clone(),
        statement,
        target: level.target.clone(),
        depends_on,
    };
    let document = match &policy.document {
        Ok(document) => document,
        Err(error) => return vec![denied("?".to_owned(), [format!("what the policy says: {error}")].into())],
    };
    let deny = document.statements.iter().enumerate().filter(|(_, statement)| statement.effect == Effect::Deny);
    let told = deny.filter_map(|(index, statement)| {
        let name = statement.name.clone().unwrap_or_else(|| (index + 1).to_string());
        match statement.applies(request) {
            Truth::Yes => Some(denied(name, BTreeSet::new())),
            Truth::No => None,
            Truth::Perhaps(depends_on) => Some(denied(name, depends_on)),
        }
    });
    told.collect()
}

fn not_allowed(level: &Level, request: &Request<'_>) -> Option<Against> {
    let documents = level.policies.iter().map(|policy| policy.document.as_ref());
    let allows = Truth::any(documents.flat_map(|document| match document {
        Ok(document) => {
            let allow = document.statements.iter().filter(|statement| statement.effect == Effect::Allow);
            allow.map(|statement| statement.applies(request)).collect()
        }
        Err(error) => vec![Truth::depends_on(format!("what the policy says: {error}"))],
    }));
    let target = level.target.clone();
    match allows {
        Truth::Yes => None,
        Truth::No => Some(Against::NotAllowed { target, depends_on: BTreeSet::new() }),
        Truth::Perhaps(depends_on) => Some(Against::NotAllowed { target, depends_on }),
    }
}

impl Statement {
    fn applies(&self, request: &Request<'_>) -> Truth {
        let service = request.action.split(':').next().unwrap_or_default();
        let action = self.actions.fit(|pattern| action_fits(pattern, request.action).into());
        let account = &request.caller.account;
        let resource = self.resources.fit(|pattern| resource_fits(pattern, service, request.region, account));
        let conditions = self.conditions.iter().map(|condition| request.satisfies(condition));
        let strange = self.strange.iter().map(|element| Truth::depends_on(format!("the element {element}")));
        Truth::all([action, resource].into_iter().chain(conditions).chain(strange))
    }
}

impl Patterns {
    fn fit(&self, fits: impl Fn(&str) -> Truth) -> Truth {
        let any = Truth::any(self.patterns.iter().map(|pattern| fits(pattern)));
        if self.negated { any.not() } else { any }
    }
}
