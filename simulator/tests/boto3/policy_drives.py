"""How the operations of the organization's policies are driven, and what they must say. Calls the simulator."""

import json
from collections.abc import Callable

import pytest
from botocore.exceptions import ClientError

from drives import drives


def enabled(*names: str) -> dict:
    return {name: {"status": {"@@assign": "enabled"}} for name in ("foundational", *names)}


def guardduty_policy(**blocks: dict) -> str:
    """The content of a policy with these blocks; `_` stands for `-` in names of regions."""
    return json.dumps({"guardduty": {"enablement": {name.replace("_", "-"): block for name, block in blocks.items()}}})


def inspector_policy(**scans: dict) -> str:
    return json.dumps({"inspector": {"enablement": scans}})


def regions_of(enable: list[str] = (), disable: list[str] = ()) -> dict:
    return {"enable_in_regions": {"@@assign": list(enable)}, "disable_in_regions": {"@@assign": list(disable)}}


def refusal(call: Callable, **parameters) -> str:
    """The code that the call is refused with."""
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    return caught.value.response["Error"]["Code"]


@drives("organizations", "CreatePolicy", "DescribePolicy", "UpdatePolicy", "ListPolicies", "DeletePolicy")
def policies(aws):
    organizations, kind = aws.client("organizations"), "GUARDDUTY_POLICY"
    wanted = {"Name": "baseline", "Description": "", "Type": kind}
    content = guardduty_policy(default=enabled("s3_data_events"))
    created = organizations.create_policy(Content=content, Tags=[{"Key": "team", "Value": "blue"}], **wanted)["Policy"]
    id = created["PolicySummary"]["Id"]
    assert organizations.describe_policy(PolicyId=id)["Policy"] == created and created["Content"] == content
    assert organizations.list_tags_for_resource(ResourceId=id)["Tags"] == [{"Key": "team", "Value": "blue"}]
    assert refusal(organizations.create_policy, Content=content, **wanted) == "DuplicatePolicyException"
    malformed = guardduty_policy(default={"s3_data_events": enabled()["foundational"]})
    assert refusal(organizations.create_policy, Content=malformed, **{**wanted, "Name": "x"}) == (
        "MalformedPolicyDocumentException")
    assert refusal(organizations.update_policy, PolicyId=id, Content="{}") == "MalformedPolicyDocumentException"
    too_long = {"Content": content + " " * 10_000, **wanted, "Name": "x"}
    assert refusal(organizations.create_policy, **too_long) == "ConstraintViolationException"
    updated = organizations.update_policy(
        PolicyId=id, Name="new", Description="words", Content=guardduty_policy(eu_west_1=enabled()))["Policy"]
    listed = organizations.list_policies(Filter=kind)["Policies"]
    assert listed == [updated["PolicySummary"]] and listed[0]["Name"] == "new"
    assert organizations.list_policies(Filter="INSPECTOR_POLICY")["Policies"] == []
    other = aws.client("organizations", aws.members[0])
    assert refusal(other.list_policies, Filter=kind) == "AccessDeniedException"
    organizations.delete_policy(PolicyId=id)
    assert refusal(organizations.describe_policy, PolicyId=id) == "PolicyNotFoundException"


@drives("organizations", "AttachPolicy", "DetachPolicy", "ListPoliciesForTarget", "ListTargetsForPolicy")
def attachments(aws):
    organizations, kind, account = aws.client("organizations"), "INSPECTOR_POLICY", aws.members[0]
    root = organizations.list_roots()["Roots"][0]["Id"]
    content = inspector_policy(ec2_scanning=regions_of(["ALL_SUPPORTED"], ["eu-west-1"]))
    policy = organizations.create_policy(Name="scans", Description="", Type=kind, Content=content)["Policy"]
    id = policy["PolicySummary"]["Id"]
    attach, detach = organizations.attach_policy, organizations.detach_policy
    assert refusal(attach, PolicyId=id, TargetId=root) == "PolicyTypeNotEnabledException"
    trust = {"ServicePrincipal": "inspector2.amazonaws.com"}
    enable = {"RootId": root, "PolicyType": kind}
    assert refusal(organizations.enable_policy_type, **enable) == "ConstraintViolationException"
    organizations.enable_aws_service_access(**trust)
    organizations.enable_policy_type(**enable)
    assert refusal(organizations.disable_aws_service_access, **trust) == "ConstraintViolationException"
    assert refusal(attach, PolicyId=id, TargetId="ou-ab12-12345678") == "TargetNotFoundException"
    assert refusal(attach, PolicyId="p-1234567890", TargetId=root) == "PolicyNotFoundException"
    for target in (root, account):
        attach(PolicyId=id, TargetId=target)
        assert organizations.list_policies_for_target(TargetId=target, Filter=kind)["Policies"] == [
            policy["PolicySummary"]]
    assert refusal(attach, PolicyId=id, TargetId=root) == "DuplicatePolicyAttachmentException"
    assert refusal(organizations.delete_policy, PolicyId=id) == "PolicyInUseException"
    targets = organizations.list_targets_for_policy(PolicyId=id)["Targets"]
    assert {(target["TargetId"], target["Type"]) for target in targets} == {(root, "ROOT"), (account, "ACCOUNT")}
    effective = aws.client("organizations", account).describe_effective_policy(PolicyType=kind)["EffectivePolicy"]
    assert json.loads(effective["PolicyContent"]) == {"inspector": {"enablement": {"ec2_scanning": {
        "enable_in_regions": ["ALL_SUPPORTED"], "disable_in_regions": ["eu-west-1"]}}}}
    detach(PolicyId=id, TargetId=account)
    assert refusal(detach, PolicyId=id, TargetId=account) == "PolicyNotAttachedException"
    organizations.disable_policy_type(RootId=root, PolicyType=kind)
    assert organizations.list_targets_for_policy(PolicyId=id)["Targets"] == []
    assert refusal(organizations.describe_effective_policy, PolicyType=kind) == "EffectivePolicyNotFoundException"
