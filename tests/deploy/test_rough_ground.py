"""Where AWS does nothing by itself and everything was changed: the rarer calls, each as the role that makes it."""

import pytest
from processes import ADMINISTRATOR, MANAGEMENT, wait_until
from truth import assert_agrees, memberships

HERE, OPT_IN = "eu-west-1", "ap-east-1"
OPTIONS = ["--accounts", "12", "--regions", f"{HERE},{OPT_IN}", "--transition-ms", "300"]
OPTIONS += ["--feature-not-offered", f"inspector2:LAMBDA_CODE:{OPT_IN}", "--organizational-units", "2"]
#: AWS's documentation leaves all of this open: nothing is turned on but by a call of ours.
OPTIONS += ["--set", "guardduty.automation=never", "--set", "inspector2.automation=never"]
OPTIONS += ["--set", "guardduty.designation-enables-administrator=false"]
OPTIONS += ["--set", "inspector2.designation-enables-scans=false"]


def moved(account: str) -> dict:
    detail = {"eventName": "MoveAccount", "requestParameters": {"accountId": account}}
    return {"source": "aws.organizations", "detail-type": "AWS API Call via CloudTrail", "detail": detail}


def opted_in(account: str) -> dict:
    detail = {"accountId": account, "regionName": OPT_IN, "status": "ENABLED"}
    return {"source": "aws.account", "detail-type": "Region Opt-In Status Change", "detail": detail}


def damage(organization, region: str, unmonitored: str, unplanned: str, uninspected: str) -> None:
    """Turns things off, as the administrator could."""
    guardduty = organization.client("guardduty", region, ADMINISTRATOR)
    inspector = organization.client("inspector2", region, ADMINISTRATOR)
    detector = {"DetectorId": guardduty.list_detectors()["DetectorIds"][0]}
    # Under ALL members cannot be stopped.
    guardduty.update_organization_configuration(**detector, AutoEnableOrganizationMembers="NEW")
    guardduty.stop_monitoring_members(**detector, AccountIds=[unmonitored])
    off = [{"Name": "S3_DATA_EVENTS", "Status": "DISABLED"}]
    guardduty.update_member_detectors(**detector, AccountIds=[unplanned], Features=off)
    deep = [{"accountId": uninspected, "activateDeepInspection": False}]
    inspector.batch_update_member_ec2_deep_inspection_status(accountIds=deep)


@pytest.mark.parametrize("role", ["own", "of-another-account"])
def test_every_rarer_call_is_granted(started, role):
    # The stack is in the administrator's account, or in one of its own.
    home = ADMINISTRATOR if role == "own" else MANAGEMENT
    stack = started(OPTIONS, account=home, Mode="plan")
    organization = stack.organization
    parameters = {} if role == "own" else stack.administered_from(ADMINISTRATOR, "GuardDuty", "Inspector")
    # The services are half on already where they are not administered yet.
    half = {"service": "guardduty", "regions": [OPT_IN], "features": {"S3_DATA_EVENTS": "DISABLED"}}
    organization.post("state", {**half, "accounts": [MANAGEMENT], "detector": "DISABLED"})
    if role == "own":
        # Elsewhere there is nothing yet, not even the service-linked role.
        organization.post("state", {**half, "accounts": [ADMINISTRATOR], "detector": "ENABLED"})
    stack.deploy(Mode="apply", **parameters)
    for queue in ["EnrollAccountQueue", "EnrollRegionQueue"]:
        stack.hurry(queue, VisibilityTimeout="2")
    others = [one["id"] for one in organization.accounts() if one["id"] not in {MANAGEMENT, ADMINISTRATOR}]

    # Events before there is an administrator start the sweep.
    stack.emit(moved(others[0]), opted_in(others[1]))
    execution = wait_until("a sweep to be started", stack.executions)[0]["executionArn"]
    stack.finished(execution)
    wait_until("everything to be enrolled", lambda: all(memberships(organization).values()), 10)
    for queue in ["EnrollAccountQueue", "EnrollRegionQueue"]:
        wait_until(f"{queue} to be empty", lambda queue=queue: stack.waiting(queue) == 0)

    # Events repair members.
    damage(organization, HERE, *others[:3])
    damage(organization, OPT_IN, *others[3:6])
    wait_until("the damage to show", lambda: list(memberships(organization).values()).count(False) == 6)
    stack.emit(*map(moved, others[:3]), *map(opted_in, others[3:6]))
    wait_until("members to be repaired", lambda: all(memberships(organization).values()))

    # The sweep repairs members, the administrator's own enrolment and the management account's.
    damage(organization, HERE, *others[6:9])
    guardduty = organization.client("guardduty", OPT_IN, ADMINISTRATOR)
    off = [{"Name": "S3_DATA_EVENTS", "Status": "DISABLED"}]
    guardduty.update_detector(DetectorId=guardduty.list_detectors()["DetectorIds"][0], Features=off)
    inspector = organization.client("inspector2", HERE, ADMINISTRATOR)
    inspector.update_ec2_deep_inspection_configuration(activateDeepInspection=False)
    wait_until("the damage to show", lambda: list(memberships(organization).values()).count(False) == 5)
    assert stack.sweep()["coverage"]["percent"] == 100
    assert_agrees(stack.document(), organization)
