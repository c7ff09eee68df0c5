"""Somebody changes things behind our back: the next sweep repairs them, and says so."""

from processes import MANAGEMENT, wait_until
from truth import assert_agrees, memberships


def test_what_was_changed_behind_our_back_is_repaired_and_reported(started):
    stack = started(Mode="apply")
    organization, listener = stack.organization, stack.listen()
    stack.sweep()
    assert all(memberships(organization).values())
    stack.heard(listener)

    region = "us-west-2"
    ordinary = [one["id"] for one in organization.accounts() if one["state"] == "ACTIVE"]
    ordinary = [one for one in ordinary if one not in {MANAGEMENT, "222222222222"}]
    gone, unplanned, unmonitored, unscanned = ordinary[:4]
    guardduty = organization.client("guardduty", region, "222222222222")
    inspector = organization.client("inspector2", region, "222222222222")
    detector = guardduty.list_detectors()["DetectorIds"][0]
    # Under ALL the rest is refused.
    lowered = {"DetectorId": detector, "AutoEnableOrganizationMembers": "NEW"}
    guardduty.update_organization_configuration(**lowered)
    guardduty.disassociate_members(DetectorId=detector, AccountIds=[gone, MANAGEMENT])
    guardduty.update_member_detectors(
        DetectorId=detector, AccountIds=[unplanned], Features=[{"Name": "S3_DATA_EVENTS", "Status": "DISABLED"}]
    )
    guardduty.stop_monitoring_members(DetectorId=detector, AccountIds=[unmonitored])
    guardduty.delete_members(DetectorId=detector, AccountIds=[MANAGEMENT])
    own = organization.client("guardduty", region, MANAGEMENT)
    own.delete_detector(DetectorId=own.list_detectors()["DetectorIds"][0])
    inspector.disable(accountIds=[unscanned], resourceTypes=["ECR"])
    changed = {("guardduty", region, one) for one in [gone, unplanned, unmonitored, MANAGEMENT]}
    changed.add(("inspector", region, unscanned))

    def off() -> set:
        return {key for key, on in memberships(organization).items() if not on}

    wait_until("the changes to show", lambda: off() == changed)
    stack.sweep()
    assert off() == set()
    document = stack.document()
    assert_agrees(document, organization)
    heard = stack.heard(listener)
    drift = [one["detail"] for one in heard if one.get("detail-type") == "Drift Repaired"]
    told = {(one["service"], one["region"], account) for one in drift for account in one["accounts"]}
    assert told == changed
    assert any("set auto-enable" in change for one in drift if not one["accounts"] for change in one["changes"])
    message = next(one["Message"] for one in heard if "Message" in one)
    for account in [gone, unplanned, unmonitored, MANAGEMENT, unscanned]:
        assert account in message, message
    assert "Repaired" in message and "s3://" in message
