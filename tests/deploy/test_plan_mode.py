"""Plan mode changes nothing, and says what apply mode then does."""

from test_sweep import writes


def planned(document: dict, kind: str, predicted: bool = False) -> dict[tuple, set]:
    """The accounts of each change by target, action and what it does; the organization stands as None."""
    found: dict[tuple, set] = {}
    for target in document["targets"]:
        for change in target[kind]:
            if predicted and not change.get("predicted"):
                continue
            assert len(change["accounts"]) == change["count"], "none is left out in a small organization"
            key = (target["service"], target["region"], change["action"], change["what"])
            found.setdefault(key, set()).update(change["accounts"] or [None])
    return found


def bounds(changes: dict[tuple, set]) -> set[tuple]:
    """The kinds of action and the accounts, by target."""
    return {(*key[:3], account) for key, accounts in changes.items() for account in accounts}


def test_a_plan_for_regions_with_an_administrator_is_what_apply_then_does(started):
    stack = started(Mode="plan")
    organization = stack.organization
    # Both services are administered already in two regions, and one member is enrolled.
    for region in ["us-east-1", "eu-west-1"]:
        guardduty = organization.client("guardduty", region, "111111111111")
        inspector = organization.client("inspector2", region, "111111111111")
        for name in ["guardduty", "malware-protection.guardduty", "inspector2", "account"]:
            organization.prepare(kind="trust", principal=f"{name}.amazonaws.com")
        guardduty.create_detector(Enable=True)
        guardduty.enable_organization_admin_account(AdminAccountId="222222222222")
        inspector.enable_delegated_admin_account(delegatedAdminAccountId="222222222222")
    organization.take_calls()

    stack.sweep()
    plan = stack.document()
    assert writes(organization.take_calls()) == []
    assert plan["mode"] == "plan" and plan["totals"]["enrolled"] < plan["totals"]["missing"]

    stack.deploy(Mode="apply")
    assert stack.sweep()["coverage"]["percent"] == 100
    would, did = planned(plan, "planned"), planned(stack.document(), "changes")
    administered = lambda changes: bounds(  # noqa: E731
        {key: accounts for key, accounts in changes.items() if key[1] in {"us-east-1", "eu-west-1"}}
    )
    # What follows from an association is AWS's own doing where its auto-enable acts first: then no call is needed.
    left = administered(would) - administered(did)
    assert {action for _, _, action, _ in left} <= {"enable-features"}
    assert left <= administered(planned(plan, "planned", predicted=True))
    assert bounds(did) <= bounds(would)
