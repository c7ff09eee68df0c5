"""A region that answers only errors, and one that a service control policy denies: the rest goes through."""

from processes import ADMINISTRATOR
from truth import memberships, reported

BROKEN, DENIED = "us-west-2", "ap-southeast-2"


def figures(stack) -> dict[str, float]:
    """The figures that the report wrote for all services, in embedded metric format."""
    lines = [line for line in stack.logs("report") if "_aws" in line and "Service" not in line]
    return lines[-1]


def test_a_broken_region_is_unknown_a_denied_one_is_blocked_and_all_others_are_enrolled(started):
    stack = started(Mode="apply")
    organization, listener = stack.organization, stack.listen()
    for service in ["guardduty", "inspector2"]:
        organization.post("faults", {"kind": "error", "service": service, "region": BROKEN})
    organization.prepare(kind="deny", region=DENIED, action="*")
    ended = stack.sweep()
    document = stack.document()
    states, truth = reported(document), memberships(organization)
    for (service, region, account), on in truth.items():
        state = states[(service, region, account)]
        # Service control policies do not bind the management account, which designates in the denied region too.
        assert on == (region not in {BROKEN, DENIED}) or (region, account) == (DENIED, ADMINISTRATOR)
        assert state == {BROKEN: "unknown", DENIED: "blocked"}.get(region, "enrolled"), (service, region, account)
    assert ended["failed"] == [f"{service} in {BROKEN}" for service in ["guardduty", "inspector"]]
    reasons = {gap["reason"] for target in document["targets"] if target["region"] == DENIED for gap in target["gaps"]}
    assert reasons == {"denied-by-service-control-policy", "account-suspended"}
    told = figures(stack)
    assert told["FailedTargets"] == 2 and told["SweepsWithFailures"] == 1 and told["SweepsCompleted"] == 1
    assert told["Unknown"] == told["Blocked"] == 26 and told["Coverage"] < 70
    message = next(one["Message"] for one in stack.heard(listener) if "Message" in one)
    assert "denied-by-service-control-policy" in message and f"guardduty in {DENIED}" in message, message
    assert f"inspector in {BROKEN}" in message, message

    stack.sweep()
    told = figures(stack)
    assert told["SweepsWithFailures"] == 2 and told["StillBlockedOrUnknown"] == 52
    assert not [one for one in stack.heard(listener) if "Message" in one and "denied-by" in one["Message"]], "told once"


def test_a_breaker_stops_the_sweep_before_anything_is_changed(started):
    stack = started(Mode="apply", MaxEnrolments="10")
    listener = stack.listen()
    stack.organization.take_calls()
    stack.sweep()
    written = [call for call in stack.organization.take_calls() if call["operation"].startswith(("Create", "Enable"))]
    assert not written
    document = stack.document()
    assert document["breakers"][0]["limit"] == 10
    assert all(target["planned"] and not target["changes"] for target in document["targets"])
    assert figures(stack)["BreakersTripped"] == 1
    message = next(one["Message"] for one in stack.heard(listener) if "Message" in one)
    assert "10 are allowed" in message
