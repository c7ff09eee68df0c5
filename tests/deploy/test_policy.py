"""The policy document: read from the bucket by whoever needs it, with what it names to be reduced; in two set-ups."""

import json

import pytest
from processes import ADMINISTRATOR, MANAGEMENT, wait_until
from template import ROOT

SMALL = ["--accounts", "5", "--regions", "us-east-1,eu-west-1,ap-east-1", "--transition-ms", "300"]
REGION = "eu-west-1"
POLICY = """
max-reductions = 500

[guardduty]
auto-enable = "new"
management-account = "removed"
finding-publishing-frequency = "ONE_HOUR"

[inspector]
ec2-scan-mode = "EC2_SSM_AGENT_BASED"
deep-inspection-paths = ["/opt"]

[inspector.scans]
ECR = "off"

[[rule]]
name = "scanned by others"
tags = { scanner = "other" }
inspector = { membership = "removed" }
"""
#: AWS's own policy for Inspector: it manages Lambda scanning everywhere.
EVERYWHERE = {"enable_in_regions": {"@@assign": ["ALL_SUPPORTED"]}, "disable_in_regions": {"@@assign": []}}
OF_AWS = {"inspector": {"enablement": {"lambda_standard_scanning": EVERYWHERE}}}


def in_the_security_account(started):
    return started(SMALL, Mode="apply")


def in_the_management_account(started):
    stack = started(SMALL, account=MANAGEMENT, Mode="plan")
    return stack.deploy(Mode="apply", **stack.administered_from(ADMINISTRATOR, "GuardDuty", "Inspector"))


def moved(account: str) -> dict:
    event = json.loads((ROOT / "events/move-account.json").read_text())["event"]
    event["detail"]["requestParameters"]["accountId"] = account
    return event


def put(stack, text: str) -> None:
    stack.emulator.client("s3").put_object(Bucket=stack.outputs["BucketName"], Key="policy/policy.toml", Body=text)


def row(stack, service: str, account: str, region: str = REGION) -> dict:
    rows = stack.organization.get("enrolment")
    return next(one for one in rows if (one["service"], one["region"], one["account"]) == (service, region, account))


@pytest.mark.parametrize("place", [in_the_security_account, in_the_management_account])
def test_what_the_policy_says_is_done_and_an_invalid_one_changes_nothing(started, place):
    stack = place(started)
    organization = stack.organization
    assert stack.sweep()["coverage"]["percent"] == 100
    one = next(one["id"] for one in organization.accounts() if one["id"] not in {MANAGEMENT, ADMINISTRATOR})
    organization.prepare(kind="tags", account=one, tags={"scanner": "other"})
    organization.prepare(kind="policy-type", **{"policy-type": "INSPECTOR_POLICY"})
    organization.prepare(kind="policy", name="ours", content=OF_AWS, targets=["root"], **{"policy-type": "INSPECTOR_POLICY"})
    put(stack, POLICY)

    stack.sweep()
    listed = stack.document()
    assert all(change["reduces"] for target in listed["targets"] for change in target["planned"])
    assert row(stack, "guardduty", MANAGEMENT)["relationship"] == "Enabled", "a report lists it first"
    for _ in range(3):
        stack.sweep()
    document = stack.document()
    assert document["policy"] not in {"", "built-in"}
    assert document["totals"]["percent"] == 100, document["totals"]
    for region in ["us-east-1", REGION, "ap-east-1"]:
        assert row(stack, "guardduty", MANAGEMENT, region)["relationship"] == "Removed"
        assert row(stack, "inspector2", one, region)["relationship"] == "REMOVED"
        assert row(stack, "inspector2", ADMINISTRATOR, region)["features"]["ECR"] == "DISABLED"
        assert row(stack, "inspector2", MANAGEMENT, region)["features"]["ECR"] == "DISABLED"

    # Events read it too, and reduce nothing; so does a call for one target.
    stack.emit(moved(one))
    stack.emit(organization.post("regions", {"account": one, "region": "ap-east-1", "status": "ENABLED"}))
    for queue in ["EnrollAccountQueue", "EnrollRegionQueue"]:
        wait_until("the messages to be acknowledged", lambda queue=queue: stack.waiting(queue) == 0)
    assert row(stack, "inspector2", one)["relationship"] == "REMOVED"
    called = stack.emulator.client("lambda").invoke(
        FunctionName=stack.functions()["Reassert"]["name"],
        Payload=json.dumps({"service": "guardduty", "region": REGION}),
    )
    assert json.loads(called["Payload"].read())["outcome"] == "converged"

    put(stack, "[guarduty]\n")
    before = stack.document()
    client = stack.emulator.client("stepfunctions")
    arn = client.start_execution(stateMachineArn=stack.outputs["StateMachineArn"], input="{}")["executionArn"]
    wait_until("the sweep to fail", lambda: client.describe_execution(executionArn=arn)["status"] == "FAILED")
    told = client.describe_execution(executionArn=arn)
    assert "InvalidPolicy" in json.dumps([told.get("error"), told.get("cause")])
    assert stack.document() == before
    assert any("InvalidPolicies" in json.dumps(line) for line in stack.logs("survey"))
