"""How operations are driven of which only reading is simulated: trails, Security Hub, service control policies. Calls the simulator."""

import json

import pytest
from botocore.exceptions import ClientError

from drives import drives
from simulated import REGION


@drives("cloudtrail", "DescribeTrails", "GetTrailStatus", "GetEventSelectors")
def trails(aws):
    own, member = aws.client("cloudtrail"), aws.client("cloudtrail", aws.members[0], "eu-west-1")
    assert own.describe_trails()["trailList"] == []
    state = {"kind": "trail", "account": aws.management, "region": REGION, "multi-region": True, "organization": True}
    aws.control("POST", "state", state | {"name": "everybody", "management-events": "WriteOnly"})
    [trail] = own.describe_trails(includeShadowTrails=False)["trailList"]
    assert trail["IsOrganizationTrail"] and trail["IsMultiRegionTrail"] and trail["HomeRegion"] == REGION
    assert own.get_trail_status(Name="everybody")["IsLogging"]
    [selector] = own.get_event_selectors(TrailName="everybody")["EventSelectors"]
    assert (selector["ReadWriteType"], selector["IncludeManagementEvents"]) == ("WriteOnly", True)
    assert member.describe_trails()["trailList"] == [trail]
    assert member.describe_trails(includeShadowTrails=False)["trailList"] == []
    assert member.get_trail_status(Name=trail["TrailARN"])["IsLogging"]
    with pytest.raises(ClientError) as caught:
        member.get_trail_status(Name="everybody")
    assert caught.value.response["Error"]["Code"] == "TrailNotFoundException"
    assert caught.value.response["Error"]["Message"].startswith("Unknown trail: arn:aws:cloudtrail:eu-west-1:")
    for events in ("All", "ReadOnly", "WriteOnly", "None"):
        advanced = {"name": "other", "management-events": events, "advanced-selectors": True, "logging": False}
        aws.control("POST", "state", state | advanced)
        [selector] = own.get_event_selectors(TrailName="other")["AdvancedEventSelectors"]
        fields = {field["Field"]: field["Equals"] for field in selector["FieldSelectors"]}
        assert (fields["eventCategory"] == ["Management"]) == (events != "None")
    assert not own.get_trail_status(Name="other")["IsLogging"]


@drives("securityhub", "DescribeHub", "ListEnabledProductsForImport")
def hub(aws):
    securityhub = aws.client("securityhub", aws.administrator)
    with pytest.raises(ClientError) as caught:
        securityhub.describe_hub()
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 401
    error = caught.value.response["Error"]
    message = f"Account {aws.administrator} is not subscribed to AWS Security Hub"
    assert (error["Code"], error["Message"]) == ("InvalidAccessException", message)
    aws.control("POST", "state", {"kind": "security-hub", "account": aws.administrator, "region": REGION,
                                  "products": ["guardduty", "inspector"]})
    arn = securityhub.describe_hub()["HubArn"]
    assert securityhub.describe_hub(HubArn=arn)["HubArn"] == arn
    with pytest.raises(ClientError) as caught:
        securityhub.describe_hub(HubArn=arn + "x")
    assert caught.value.response["Error"]["Code"] == "ResourceNotFoundException"
    products = securityhub.list_enabled_products_for_import()["ProductSubscriptions"]
    assert [product.partition(":product-subscription/")[2] for product in products] == ["aws/guardduty", "aws/inspector"]


def service_control(aws):
    """Called by a test of its own: other drives have these operations, with other policy types."""
    organizations, scp = aws.client("organizations"), {"Filter": "SERVICE_CONTROL_POLICY"}
    root, member = organizations.list_roots()["Roots"][0], aws.members[0]
    unit = organizations.create_organizational_unit(ParentId=root["Id"], Name="unit")["OrganizationalUnit"]
    assert organizations.list_policies_for_target(TargetId=root["Id"], **scp)["Policies"] == []
    deny = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "guardduty:*", "Resource": "*"}]}
    aws.control("POST", "state", {"kind": "service-control-policy", "name": "no GuardDuty", "document": deny,
                                  "targets": [unit["Id"], member]})
    full, made = organizations.list_policies(**scp)["Policies"]
    assert (full["Id"], full["AwsManaged"], made["Name"]) == ("p-FullAWSAccess", True, "no GuardDuty")
    for target, policies in ((root["Id"], [full]), (unit["Id"], [full, made]), (member, [full, made]),
                             (aws.management, [full])):
        assert organizations.list_policies_for_target(TargetId=target, **scp)["Policies"] == policies
    described = organizations.describe_policy(PolicyId=made["Id"])["Policy"]
    assert (described["PolicySummary"], json.loads(described["Content"])) == (made, deny)
    content = json.loads(organizations.describe_policy(PolicyId="p-FullAWSAccess")["Policy"]["Content"])
    assert content["Statement"] == [{"Effect": "Allow", "Action": "*", "Resource": "*"}]
    targets = {target["TargetId"] for target in organizations.list_targets_for_policy(PolicyId=made["Id"])["Targets"]}
    assert targets == {unit["Id"], member}
    everything = organizations.get_paginator("list_targets_for_policy").paginate(PolicyId="p-FullAWSAccess")
    kinds = [target["Type"] for page in everything for target in page["Targets"]]
    assert {kind: kinds.count(kind) for kind in kinds} == {"ROOT": 1, "ORGANIZATIONAL_UNIT": 1, "ACCOUNT": 12}
    with pytest.raises(ClientError) as caught:
        organizations.detach_policy(PolicyId=made["Id"], TargetId=member)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501
    organizations.disable_policy_type(RootId=root["Id"], PolicyType="SERVICE_CONTROL_POLICY")
    assert organizations.list_policies_for_target(TargetId=member, **scp)["Policies"] == []
    assert aws.client("guardduty", member).list_detectors()["DetectorIds"] == []
