//! Members of the delegated administrator: association, disassociation, listing. No I/O.

use serde_json::{Map, Value, json};

use super::{
    authority::{has_access, require_active, require_administrator, shown, text},
    automation,
    refusals::{not_found, quota_exceeded, validation},
    state::counted,
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
        return Err(validation("The request is rejected because an account cannot become a member of itself."));
    }
    let Some(member) = world.organization.account(account) else {
        return Err(validation(
            "The request is rejected because the given account ID is not in the organization of the current account.",
        ));
    };
    if !member.is_active() {
        // AWS documentation: suspended accounts cannot be enabled. The message is inferred.
        return Err(validation("The request is rejected because the given account is suspended."));
    }
    let record = world.inspector2.enrolment(&call.region, account);
    if record.is_some_and(|record| record.relationship.finally().is_associated()) {
        // Seen in public code.
        return Err(validation(
            "The request is rejected because the given account ID is already a member or associated member of the \
             current account.",
        ));
    }
    if record.is_some_and(|record| record.held_by.is_some()) {
        // Like the one before; which message it truly is, is not known.
        return Err(validation(
            "The request is rejected because the given account ID is already a member or associated member of \
             another account.",
        ));
    }
    let maximum = world.behaviour.inspector2.maximum_members;
    if world.inspector2.has_members(&call.region, maximum) {
        return Err(quota_exceeded(
            format!("The maximum of {maximum} member accounts is reached"),
            &call.caller.account,
        ));
    }
    Ok(())
}

/// Begins the association: `CREATED` until it is due, then `ENABLED` (seen in public code).
pub(super) fn associate(world: &mut World, region: &str, account: &str) {
    let (now, due) = (world.now, world.due_for(account));
    let enrolment = world.inspector2.record(region, account);
    enrolment.relationship.begin(Relationship::Created, Relationship::Enabled, due);
    enrolment.updated_at = now;
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
        .is_none_or(|record| record.held_by.is_none() && !record.relationship.finally().is_associated());
    if free
        && account != administrator
        && world.organization.is_member(account)
        && !world.inspector2.has_members(region, world.behaviour.inspector2.maximum_members)
    {
        associate(world, region, account);
    }
}

/// AWS documentation: Inspector stays on in the account. Public code waits for `REMOVED`, with `ENABLED` before.
pub(super) fn disassociate_member(world: &mut World, call: &Call) -> Answer {
    let account = text(call, "accountId");
    require_administrator(world, call, "disassociate member account")?;
    let (now, due) = (world.now, world.due_for(account));
    let record = world.inspector2.enrolment(&call.region, account);
    if !record.is_some_and(|record| record.relationship.finally().is_associated()) {
        // Seen in public code.
        return Err(validation(
            "The request is rejected because the current account cannot disassociate the given member account ID \
             since the latter is not yet associated to it.",
        ));
    }
    let enrolment = world.inspector2.record(&call.region, account);
    let before = *enrolment.relationship.peek(now);
    enrolment.relationship.begin(before, Relationship::Removed, due);
    enrolment.updated_at = now;
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
        return Err(if world.behaviour.inspector2.unknown_member_is_internal_error {
            Refusal::new(500, "InternalServerException", message)
        } else {
            not_found(message)
        });
    }
    Ok(json!({"member": member_json(world, call, account, &stored)}))
}

/// AWS model: `onlyAssociated` true lists "only currently associated members", false "all members within the
/// organization".
pub(super) fn list_members(world: &mut World, call: &Call) -> Answer {
    require_administrator(world, call, "list member accounts")?;
    let asked = call.input.get("onlyAssociated").and_then(Value::as_bool);
    let only_associated = asked.unwrap_or(world.behaviour.inspector2.only_associated_by_default);
    let listed = |account: &&Account| {
        if account.id == call.caller.account {
            return false;
        }
        let record = world.inspector2.enrolment(&call.region, &account.id);
        let stored = record.map_or(Relationship::Never, |record| *record.relationship.peek(world.now));
        if only_associated {
            stored.is_associated()
        } else {
            stored != Relationship::Never || world.behaviour.inspector2.never_associated != NeverAssociated::Hidden
        }
    };
    let accounts = world.organization.accounts.values().filter(listed).map(|account| account.id.clone());
    let (accounts, next) = page(call, world, accounts, 50)?;
    let mut members = Vec::new();
    for account in accounts {
        let stored = count_read(world, &call.region, &account);
        members.push(member_json(world, call, &account, &stored));
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

/// The relationship as it is stored; the read counts.
fn count_read(world: &mut World, region: &str, account: &str) -> Stored {
    let now = world.now;
    let record = world.inspector2.enrolment(region, account);
    let stored = record.map_or(Stored { relationship: Relationship::Never, updated_at: 0 }, |record| Stored {
        relationship: *record.relationship.peek(now),
        updated_at: record.updated_at,
    });
    if let Some(record) = counted(world, region).and_then(|regional| regional.accounts.get_mut(account)) {
        record.relationship.read(now);
    }
    stored
}

/// `Member` of AWS's model.
fn member_json(world: &World, call: &Call, account: &str, stored: &Stored) -> Value {
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
        member.insert("delegatedAdminAccountId".to_owned(), call.caller.account.clone().into());
        member.insert("updatedAt".to_owned(), world.timestamp_epoch(stored.updated_at).into());
    }
    member.into()
}

/// The EC2 scanning of an account that the caller may see, as it truly is.
pub(super) fn ec2_status(world: &World, call: &Call, account: &str) -> Option<Status> {
    has_access(world, call, account).then(|| {
        let record = world.inspector2.enrolment(&call.region, account);
        record.map_or(Status::Disabled, |record| record.scan(Scan::Ec2, world.now))
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use crate::{inspector2::switches::NeverAssociated, world::World};
    use serde_json::{Value, json};

    fn listed(world: &mut World, only_associated: bool) -> Vec<(String, Value)> {
        let (mut members, mut input) = (Vec::new(), json!({"onlyAssociated": only_associated}));
        loop {
            let answer = call(world, ADMINISTRATOR, "ListMembers", input.clone()).unwrap();
            for member in answer["members"].as_array().unwrap() {
                let account = member["accountId"].as_str().unwrap().to_owned();
                members.push((account, member["relationshipStatus"].clone()));
            }
            let Some(token) = answer.get("nextToken") else { return members };
            input["nextToken"] = token.clone();
        }
    }

    fn pair(account: &str, status: &str) -> (String, Value) {
        (account.to_owned(), status.into())
    }

    #[test]
    fn an_association_is_created_and_then_enabled() {
        let mut world = governed();
        associate(&mut world, MEMBER);
        assert_eq!(relationship(&mut world, MEMBER), "CREATED");
        pass(&mut world);
        let answer = call(&mut world, ADMINISTRATOR, "GetMember", json!({"accountId": MEMBER}));
        let expected = json!({
            "accountId": MEMBER,
            "relationshipStatus": "ENABLED",
            "delegatedAdminAccountId": ADMINISTRATOR,
            "updatedAt": 1_800_000_002.0,
        });
        assert_eq!(answer.unwrap()["member"], expected);
    }

    #[test]
    fn an_association_is_refused_where_it_cannot_be() {
        let mut world = governed();
        associate(&mut world, MEMBER);
        super::super::prepare(&mut world, &json!({"accounts": [OTHER], "held-by": "999999999999"})).unwrap();
        for (account, words) in [
            (MEMBER, "already a member or associated member of the current account."),
            (OTHER, "already a member or associated member of another account."),
            (ADMINISTRATOR, "member of itself"),
            (SUSPENDED, "suspended"),
            ("999999999999", "not in the organization"),
        ] {
            let input = json!({"accountId": account});
            let (_, code, message) = refusal(call(&mut world, ADMINISTRATOR, "AssociateMember", input));
            assert_eq!(code, "ValidationException");
            assert!(message.contains(words), "{message}");
        }
        let input = json!({"accountId": OTHER});
        assert_eq!(refusal(call(&mut world, MANAGEMENT, "AssociateMember", input)).0, 403);
    }

    #[test]
    fn the_management_account_can_be_a_member() {
        let mut world = governed();
        associate(&mut world, MANAGEMENT);
        pass(&mut world);
        assert_eq!(relationship(&mut world, MANAGEMENT), "ENABLED");
    }

    #[test]
    fn members_beyond_the_maximum_are_refused_with_402() {
        let mut world = governed();
        world.behaviour.inspector2.maximum_members = 1;
        associate(&mut world, MEMBER);
        let input = json!({"accountId": OTHER});
        let refused = call(&mut world, ADMINISTRATOR, "AssociateMember", input).unwrap_err();
        assert_eq!((refused.status, refused.code.as_str()), (402, "ServiceQuotaExceededException"));
        assert!(refused.members.contains_key("resourceId"));
    }

    #[test]
    fn a_disassociated_member_is_removed_and_keeps_its_scans() {
        let mut world = with_member();
        enable(&mut world, ADMINISTRATOR, &[MEMBER], &["EC2"]).unwrap();
        pass(&mut world);
        let input = json!({"accountId": MEMBER});
        call(&mut world, ADMINISTRATOR, "DisassociateMember", input.clone()).unwrap();
        assert_eq!(relationship(&mut world, MEMBER), "ENABLED");
        pass(&mut world);
        assert_eq!(relationship(&mut world, MEMBER), "REMOVED");
        assert_eq!(listed(&mut world, true), []);
        let again = refusal(call(&mut world, ADMINISTRATOR, "DisassociateMember", input));
        assert!(again.2.ends_with("is not yet associated to it."));
        let row = super::super::enrolment(&world);
        let row = row.iter().find(|row| row["account"] == MEMBER).unwrap();
        assert_eq!(row["features"]["EC2"], "ENABLED");
        associate(&mut world, MEMBER);
    }

    #[test]
    fn a_stranger_is_not_found_or_an_internal_error() {
        let mut world = governed();
        let input = json!({"accountId": OTHER});
        let (status, code, _) = refusal(call(&mut world, ADMINISTRATOR, "GetMember", input.clone()));
        assert_eq!((status, code.as_str()), (404, "ResourceNotFoundException"));
        world.behaviour.inspector2.unknown_member_is_internal_error = true;
        assert_eq!(refusal(call(&mut world, ADMINISTRATOR, "GetMember", input.clone())).0, 500);
        let (_, _, message) = refusal(call(&mut world, MEMBER, "GetMember", input));
        assert_eq!(message, "Invoking account does not have access to get member account");
    }

    #[test]
    fn the_whole_organization_is_listed_when_asked_for() {
        let mut world = with_member();
        assert_eq!(listed(&mut world, true), [pair(MEMBER, "ENABLED")]);
        let all =
            [pair(MANAGEMENT, "REMOVED"), pair(MEMBER, "ENABLED"), pair(OTHER, "REMOVED"), pair(SUSPENDED, "REMOVED")];
        assert_eq!(listed(&mut world, false), all);
        world.behaviour.inspector2.never_associated = NeverAssociated::WithoutStatus;
        assert_eq!(listed(&mut world, false)[0], (MANAGEMENT.to_owned(), Value::Null));
        world.behaviour.inspector2.never_associated = NeverAssociated::Hidden;
        assert_eq!(listed(&mut world, false), [pair(MEMBER, "ENABLED")]);
    }

    #[test]
    fn a_listing_that_does_not_say_is_of_members_or_of_all() {
        let mut world = with_member();
        for (members_only, length) in [(true, 1), (false, 4)] {
            world.behaviour.inspector2.only_associated_by_default = members_only;
            let answer = call(&mut world, ADMINISTRATOR, "ListMembers", json!({})).unwrap();
            assert_eq!(answer["members"].as_array().unwrap().len(), length);
        }
    }

    #[test]
    fn a_listing_in_small_and_empty_pages_is_the_same() {
        let mut world = with_member();
        associate(&mut world, OTHER);
        let whole = listed(&mut world, false);
        world.behaviour.page_size = Some(1);
        world.behaviour.empty_pages = true;
        assert_eq!(listed(&mut world, false), whole);
    }

    #[test]
    fn a_member_with_the_region_off_says_so() {
        use crate::{organization::OptIn, transition::Moving};
        let mut world = with_member();
        let account = world.organization.accounts.get_mut(MEMBER).unwrap();
        account.regions.insert(REGION.to_owned(), Moving::settled(OptIn::Disabled));
        assert_eq!(listed(&mut world, true), [pair(MEMBER, "REGION_DISABLED")]);
        let answer = enable(&mut world, ADMINISTRATOR, &[MEMBER], &["EC2"]).unwrap();
        assert_eq!(answer["failedAccounts"][0]["errorCode"], "ACCESS_DENIED");
    }
}
