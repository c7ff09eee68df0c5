"""Every sample event against every rule's pattern, by an EventBridge that is not ours, and where each event is awaited.

I/O: MiniStack, files.
"""

import copy
import json

import pytest
from processes import HOME, Emulator, Organization
from template import ROOT, Resolved

SAMPLES = {path.stem: json.loads(path.read_text()).get("event") for path in (ROOT / "events").glob("*.json") if path.name != "delivery.json"}
DELIVERY = json.loads((ROOT / "events/delivery.json").read_text())
STACK_ACCOUNT, MANAGEMENT = "222222222222", "111111111111"


@pytest.fixture(scope="module")
def events(tmp_path_factory):
    folder = tmp_path_factory.mktemp("patterns")
    organization = Organization(folder, ["--accounts", "2"])
    emulator = Emulator(folder, organization, STACK_ACCOUNT)
    yield emulator.client("events")
    emulator.stop()
    organization.stop()


def rules(template: str = "template.yaml", **parameters: str) -> dict[str, dict]:
    resources = Resolved(template, parameters).resources
    return {name: of["Properties"] for name, of in resources.items() if of["Type"] == "AWS::Events::Rule"}


def matching(events, event: dict) -> set[str]:
    """The rules of the stack whose patterns match."""
    complete = {"version": "0", "id": "1", "account": MANAGEMENT, "time": "2026-11-22T08:00:00Z", "region": "us-east-1"}
    text = json.dumps({"resources": [], **complete, **event})
    patterns = {name: json.dumps(rule["EventPattern"]) for name, rule in rules().items()}
    return {name for name, pattern in patterns.items() if events.test_event_pattern(EventPattern=pattern, Event=text)["Result"]}


def changed(sample: str, *path_and_value: str) -> dict:
    """A sample with one thing changed."""
    *path, last, value = path_and_value
    event = copy.deepcopy(SAMPLES[sample])
    inner = event
    for key in path:
        inner = inner[key]
    inner[last] = value
    return event


@pytest.mark.parametrize("sample", sorted(SAMPLES))
def test_a_sample_is_matched_by_its_rule_and_by_no_other(events, sample):
    rule = {row["rule"] for row in DELIVERY if row["sample"] == sample}
    assert len(rule) == 1
    expected = {name for one in rule if one for name in [one, f"{one}Local"]}
    assert matching(events, SAMPLES[sample]) == expected


NEAR_MISSES = [
    changed("create-account-result-succeeded", "detail", "serviceEventDetails", "createAccountStatus", "state", "FAILED"),
    changed("create-account-result-succeeded", "detail-type", "AWS API Call via CloudTrail"),
    changed("create-account-result-succeeded", "source", "aws.iam"),
    changed("create-account-result-succeeded", "detail", "eventName", "CloseAccountResult"),
    changed("move-account", "detail", "errorCode", "AccessDenied"),
    changed("move-account", "detail-type", "AWS Service Event via CloudTrail"),
    changed("move-account", "detail", "eventName", "RemoveAccountFromOrganization"),
    changed("create-managed-account", "detail", "serviceEventDetails", "createManagedAccountStatus", "state", "FAILED"),
    changed("create-managed-account", "source", "aws.organizations"),
    changed("region-opt-in-status-change", "source", "aws.health"),
    changed("region-opt-in-status-change", "detail-type", "Account Name Change"),
]


@pytest.mark.parametrize("event", NEAR_MISSES, ids=range(len(NEAR_MISSES)))
def test_a_near_miss_is_matched_by_no_rule(events, event):
    assert matching(events, event) == set()


@pytest.mark.parametrize("status", ["ENABLING", "ENABLED", "DISABLING", "DISABLED"])
def test_every_status_of_an_opt_in_is_noted(events, status):
    event = changed("region-opt-in-status-change", "detail", "status", status)
    assert matching(events, event) == {"RegionRule", "RegionRuleLocal"}


@pytest.mark.parametrize("row", [row for row in DELIVERY if row["rule"]], ids=lambda row: f"{row['sample']}-{row['account']}")
@pytest.mark.parametrize("home", ["us-east-1", HOME])
def test_a_rule_of_ours_waits_where_aws_delivers_and_forwarding_needs_one_hop(row, home):
    """The stack is in the administrator's account; its bus is in `home`."""
    bus = f"arn:aws:events:{home}:{STACK_ACCOUNT}:event-bus/rollcall"
    accounts = {"management": MANAGEMENT, "administrator": STACK_ACCOUNT, "member": "333333333333"}
    # Control Tower's home region is the stack's in one case, and another one in the other.
    region = HOME if row["region"] == "control-tower-home" else row["region"]
    account = accounts[row["account"]]
    assert row["bus"] == "default", "AWS's own events are on the default bus"
    if (account, region) == (STACK_ACCOUNT, home):
        waiting = rules()[f"{row['rule']}Local"]
        assert "EventBusName" not in waiting, "the rule is on the default bus of the stack's account and region"
        assert all(":sqs:" in target["Arn"] for target in waiting["Targets"]), "no hop"
        return
    place = {"AWS::AccountId": account, "AWS::Region": region}
    forwarding = rules("forwarder.yaml", TargetBusArn=bus, **place)[row["rule"]]
    assert "EventBusName" not in forwarding and [target["Arn"] for target in forwarding["Targets"]] == [bus], "one hop"
    waiting = rules()[row["rule"]]
    assert "EventBusName" in waiting and all(":sqs:" in target["Arn"] for target in waiting["Targets"])
