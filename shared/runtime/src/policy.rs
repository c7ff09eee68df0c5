//! The policy in force: read from the bucket, checked, and pinned to its version. I/O: S3.

use rollcall_core::{
    Policy, ServiceError, ServiceSpec,
    policy::read,
    sweep::{PinnedPolicy, keys},
};
use rollcall_stack::Bucket;

use crate::{CATALOG, Refusal, Session};

/// A longer policy is refused before it is read, in bytes.
const LONGEST: i64 = 256 * 1024;

/// The text of the policy in the bucket, and its version; `None` where there is none.
pub async fn stored_policy(bucket: &Bucket) -> Result<Option<(String, String)>, ServiceError> {
    bucket.get_text(keys::POLICY, LONGEST).await
}

/// A policy, as a run uses it.
#[derive(Debug, Clone)]
pub struct PolicyInForce {
    /// What it wants.
    pub policy: Policy,
    /// Its text and version.
    pub pinned: PinnedPolicy,
    /// What its author should know, though it can be used.
    pub warnings: Vec<String>,
}

impl Session {
    /// The policy in force: the bucket's, or the built-in default where there is none. One that cannot be used is an
    /// error with all its mistakes: then nothing may be changed.
    pub async fn policy(&self) -> Result<PolicyInForce, Refusal> {
        let Ok(bucket) = self.bucket() else { return self.policy_in_force(PinnedPolicy::built_in()) };
        let pinned = match stored_policy(&bucket).await {
            Ok(Some((text, version))) => PinnedPolicy { version, text: Some(text) },
            Ok(None) => PinnedPolicy::built_in(),
            Err(error) if error.class.may_pass() || error.class.is_denial() => return Err(Refusal::Call(error)),
            Err(error) => return Err(refused(&error.to_string())),
        };
        self.policy_in_force(pinned)
    }

    /// The policy that a run has pinned.
    pub fn pinned_policy(&self, pinned: &PinnedPolicy) -> Result<Policy, Refusal> {
        Ok(self.policy_in_force(pinned.clone())?.policy)
    }

    /// A policy, checked against the catalog and against who administers the services.
    pub fn policy_in_force(&self, pinned: PinnedPolicy) -> Result<PolicyInForce, Refusal> {
        let specs: Vec<&'static ServiceSpec> = CATALOG.iter().map(|entry| entry.spec).collect();
        let Some(text) = &pinned.text else {
            let policy = Policy::built_in(specs);
            return Ok(PolicyInForce { policy, pinned, warnings: Vec::new() });
        };
        let checked = read(text, &specs).map_err(|mistakes| refused(&mistakes.to_string()))?;
        self.check_administrators(&checked.policy)?;
        let warnings = checked.warnings.iter().map(ToString::to_string).collect();
        Ok(PolicyInForce { policy: checked.policy, pinned, warnings })
    }

    /// A policy that names another administrator than the stack's access belongs to is of another stack.
    fn check_administrators(&self, policy: &Policy) -> Result<(), Refusal> {
        for entry in CATALOG {
            let said = policy.services.get(&entry.spec.id).and_then(|service| service.administrator);
            let (configured, _) = self.administrator(entry);
            if let Some(said) = said.filter(|said| *said != configured) {
                let service = entry.spec.id;
                return Err(refused(&format!(
                    "{service}.administrator is {said}, the stack is configured with {configured}; change one of both",
                )));
            }
        }
        Ok(())
    }
}

/// So many mistakes are told: the command line tells all.
const MOST_MISTAKES: usize = 50;

fn refused(mistakes: &str) -> Refusal {
    let more = mistakes.lines().count().saturating_sub(MOST_MISTAKES);
    let and_more = if more > 0 { format!("; and {more} more") } else { String::new() };
    let mistakes = mistakes.lines().take(MOST_MISTAKES).collect::<Vec<_>>().join("; ");
    Refusal::Policy(format!(
        "the policy {} cannot be used, nothing was changed; mend it, and try it with `rollcall policy check`: \
         {mistakes}{and_more}",
        keys::POLICY
    ))
}
