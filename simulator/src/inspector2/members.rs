//! Members of the delegated administrator: association, disassociation, listing. No I/O.

use serde_json::{Map, Value, json};

use super::{
    authority::{has_access, require_active, require_administrator, shown, text},
    automation,
    refusals::{not_found, quota_exceeded, validation},
    state::{Enrolment, Moment},
    switches::NeverAssociated,
    words::{Relationship, Scan, Status},
};
use crate::{
    organization::Account,
    paging::page,
    service::{Answer, Call, Refusal},
    world::World,
};

/// AWS model: 200 means that the association has started.
pub(super) fn associate_member(world: &mut World, call: &Call) -> Answer {
    let account = text(call, "accountId");
    require_administrator(world, call, "associate member account")?;
    if world.behaviour.inspector2.members_need_active_administrator {
        require_active(world, call)?;
    }
    require_associable(world, call, account)?;
    associate(world, &call.region, account);
    if world.behaviour.inspector2.auto_enable_on_association {
        automation::turn_on_auto_enabled(world, &call.region, account);
    }
    Ok(json!({"accountId": account}))
}

fn require_associable(world: &World, call: &Call, account: &str) -> Result<(), Refusal> {
    if account == call.caller.account {
        // AWS's older guide of GuardDuty has the sentence.
        return Err(validation(
            "The request is rejected because an account cannot become a member of itself.",
        ));
    }
    let Some(member) = world.organization.account(account) else {
        return Err(validation(
            "The request is rejected because the given account ID is not in the organization of the current account.",
        ));
    };
    if !member.is_active() {
        // AWS documentation: suspended accounts cannot be enabled. The message is inferred.
        return Err(validation(
            "The request is rejected because the given account is suspended.",
        ));
    }
    let record = world.inspector2.enrolment(&call.region, account);
    if record.is_some_and(|record| record.truth().relationship.finally().is_associated()) {
        // Seen in public code.
        return Err(validation(
            "The request is rejected because the given account ID is already a member or associated member of the \
             current account.",
        ));
    }
    if record.is_some_and(|record| record.truth().held_by.is_some()) {
        // Like the one before; which message it truly is, is not known.
        return Err(validation(
            "The request is rejected because the given account ID is already a member or associated member of \
             another account.",
        ));
    }
    let maximum = world.behaviour.inspector2.maximum_members;
    if world.inspector2.member_count(&call.region) >= maximum {
        return Err(quota_exceeded(
            format!("The maximum of {maximum} member accounts is reached"),
            &call.caller.account,
        ));
    }
    Ok(())
}

/// Begins the association: `CREATED` until it is due, then `ENABLED` (seen in public code).
pub(super) fn associate(world: &mut World, region: &str, account: &str) {
    let moment = Moment::of(world, account);
    let enrolment = world.inspector2.record(region, account).write(&moment);
    enrolment
        .relationship
        .begin(Relationship::Created, Relationship::Enabled, moment.due);
    enrolment.updated_at = moment.now;
    automation::limit_auto_enable(world, region);
}

/// Associates an account that has Inspector on without having been asked to, where nothing stands against it.
pub(super) fn associate_active(world: &mut World, region: &str, account: &str) {
    let Some(administrator) = world.inspector2.administrator(region, world.now) else {
        return;
    };
    let free = world
        .inspector2
        .enrolment(region, account)
        .is_none_or(|record| {
            record.truth().held_by.is_none()
                && !record.truth().relationship.finally().is_associated()
        });
    if free
        && account != administrator
        && world.organization.is_member(account)
        && world.inspector2.member_count(region) < world.behaviour.inspector2.maximum_members
    {
        associate(world, region, account);
    }
}

/// AWS documentation: Inspector stays on in the account. Public code waits for `REMOVED`, with `ENABLED` before.
pub(super) fn disassociate_member(world: &mut World, call: &Call) -> Answer {
    let account = text(call, "accountId");
    require_administrator(world, call, "disassociate member account")?;
    let moment = Moment::of(world, account);
    let record = world.inspector2.enrolment(&call.region, account);
    if !record.is_some_and(|record| record.truth().relationship.finally().is_associated()) {
        // Seen in public code.
        return Err(validation(
            "The request is rejected because the current account cannot disassociate the given member account ID \
             since the latter is not yet associated to it.",
        ));
    }
    let enrolment = world
        .inspector2
        .record(&call.region, account)
        .write(&moment);
    let before = *enrolment.relationship.peek(moment.now);
    enrolment
        .relationship
        .begin(before, Relationship::Removed, moment.due);
    enrolment.updated_at = moment.now;
    Ok(json!({"accountId": account}))
}

pub(super) fn get_member(world: &mut World, call: &Call) -> Answer {
    let account = text(call, "accountId");
    require_administrator(world, call, "get member account")?;
    let stored = count_read(world, &call.region, account);
    if stored.relationship == Relationship::Never || !world.organization.is_member(account) {
        // Seen in public code, with either error.
        let message = "The request is rejected because the given account ID is not an associated member of account \
                       the current account.";
        return Err(
            if world.behaviour.inspector2.unknown_member_is_internal_error {
                Refusal::new(500, "InternalServerException", message)
            } else {
                not_found(message)
            },
        );
    }
    Ok(json!({"member": member_json(world, call, account, stored)}))
}

/// AWS model: `onlyAssociated` true lists "only currently associated members", false "all members within the
/// organization". What leaving it out means is not documented; taken for true.
pub(super) fn list_members(world: &mut World, call: &Call) -> Answer {
    require_administrator(world, call, "list member accounts")?;
    let only_associated = call
        .input
        .get("onlyAssociated")
        .and_then(Value::as_bool)
        .unwrap_or(true);
    let listed = |account: &&Account| {
        if account.id == call.caller.account {
            return false;
        }
        let record = world.inspector2.enrolment(&call.region, &account.id);
        let stored = record.map_or(Relationship::Never, |record| {
            *record.seen(world.now).relationship.peek(world.now)
        });
        if only_associated {
            stored.is_associated()
        } else {
            stored != Relationship::Never
                || world.behaviour.inspector2.never_associated != NeverAssociated::Hidden
        }
    };
    let accounts = world
        .organization
        .accounts
        .values()
        .filter(listed)
        .map(|account| account.id.clone());
    let (accounts, next) = page(call, world, accounts, 50)?;
    let mut members = Vec::new();
    for account in accounts {
        let stored = count_read(world, &call.region, &account);
        members.push(member_json(world, call, &account, stored));
    }
    let mut answer = Map::new();
    answer.insert("members".to_owned(), members.into());
    answer.extend(next.map(|token| ("nextToken".to_owned(), token.into())));
    Ok(answer.into())
}

struct Stored {
    relationship: Relationship,
    updated_at: u64,
}

/// The relationship as a read sees it; the read counts.
fn count_read(world: &mut World, region: &str, account: &str) -> Stored {
    let now = world.now;
    let regional = world.inspector2.regions.get_mut(region);
    let record = regional.and_then(|regional| regional.accounts.get_mut(account));
    record.map_or(
        Stored {
            relationship: Relationship::Never,
            updated_at: 0,
        },
        |record| {
            let enrolment: &mut Enrolment = record.seen_mut(now);
            Stored {
                relationship: enrolment.relationship.read(now),
                updated_at: enrolment.updated_at,
            }
        },
    )
}

/// `Member` of AWS's model.
fn member_json(world: &World, call: &Call, account: &str, stored: Stored) -> Value {
    let mut member = Map::new();
    member.insert("accountId".to_owned(), account.into());
    let status = match shown(world, &call.region, account, stored.relationship).name() {
        Some(status) => Some(status),
        None => match world.behaviour.inspector2.never_associated {
            NeverAssociated::Removed => Some("REMOVED"),
            NeverAssociated::Created => Some("CREATED"),
            NeverAssociated::Disabled => Some("DISABLED"),
            NeverAssociated::WithoutStatus | NeverAssociated::Hidden => None,
        },
    };
    member.extend(status.map(|status| ("relationshipStatus".to_owned(), status.into())));
    if stored.relationship != Relationship::Never {
        member.insert(
            "delegatedAdminAccountId".to_owned(),
            call.caller.account.clone().into(),
        );
        member.insert(
            "updatedAt".to_owned(),
            world.timestamp_epoch(stored.updated_at).into(),
        );
    }
    member.into()
}

/// The EC2 scanning of an account that the caller may see, as it truly is.
pub(super) fn ec2_status(world: &World, call: &Call, account: &str) -> Option<Status> {
    has_access(world, call, account).then(|| {
        let record = world.inspector2.enrolment(&call.region, account);
        record.map_or(Status::Disabled, |record| {
            record.truth().scan(Scan::Ec2, world.now)
        })
    })
}
