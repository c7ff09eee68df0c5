"""How each simulated operation is driven to a successful answer, and what the answer must say. Calls the simulator."""

import json
from collections.abc import Callable

from simulated import Simulator

DRIVES: dict[tuple[str, str], Callable] = {}
FEATURES = ["S3_DATA_EVENTS", "EKS_AUDIT_LOGS", "EBS_MALWARE_PROTECTION", "RDS_LOGIN_EVENTS", "LAMBDA_NETWORK_LOGS"]
RUNTIME = {"Name": "RUNTIME_MONITORING", "Status": "ENABLED",
           "AdditionalConfiguration": [{"Name": "EKS_ADDON_MANAGEMENT", "Status": "ENABLED"}]}
REGIONS_OF_GUARDDUTY = "/aws/service/global-infrastructure/services/guardduty/regions"


def drives(service: str, *operations: str):
    def register(drive: Callable) -> Callable:
        DRIVES.update({(service, operation): drive for operation in operations})
        return drive

    return register


def details(aws: Simulator, accounts: list[str]) -> list[dict]:
    known = {account["id"]: account["email"] for account in aws.control("GET", "organization")["accounts"]}
    return [{"AccountId": id, "Email": known[id]} for id in accounts]


def guardduty(aws: Simulator, members: int = 0):
    """The administrator's client, its detector, and members that are enabled."""
    aws.designate()
    detector, client = aws.detector(), aws.client("guardduty", aws.administrator)
    if members:
        accounts = details(aws, aws.members[:members])
        assert client.create_members(DetectorId=detector, AccountDetails=accounts)["UnprocessedAccounts"] == []
    return client, detector


def inspector2(aws: Simulator, members: int = 0):
    """The administrator's client, and members that are associated and enabled."""
    aws.designate()
    client = aws.client("inspector2", aws.administrator)
    for account in aws.members[:members]:
        client.associate_member(accountId=account)
    if members:
        client.enable(accountIds=aws.members[:members], resourceTypes=["EC2", "ECR"])
    return client


@drives("sts", "GetCallerIdentity")
def caller(aws):
    identity = aws.client("sts", aws.members[0]).get_caller_identity()
    assert identity["Account"] == aws.members[0] and identity["Arn"] == f"arn:aws:iam::{aws.members[0]}:root"


@drives("sts", "AssumeRole")
def assume(aws):
    role = f"arn:aws:iam::{aws.administrator}:role/path/Rollout"
    answer = aws.client("sts").assume_role(
        RoleArn=role, RoleSessionName="trial", DurationSeconds=900, ExternalId="ex", SourceIdentity="me",
        PolicyArns=[{"arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}], Policy=json.dumps({"Version": "2012-10-17"}),
        Tags=[{"Key": "team", "Value": "a=b + c@d"}], TransitiveTagKeys=["team"],
    )
    assert answer["SourceIdentity"] == "me"
    keys = answer["Credentials"]
    session = aws.client("sts", keys["AccessKeyId"], token=keys["SessionToken"]).get_caller_identity()
    assert session["Arn"] == f"arn:aws:sts::{aws.administrator}:assumed-role/Rollout/trial"
    assert session["UserId"] == answer["AssumedRoleUser"]["AssumedRoleId"]


@drives("ssm", "GetParametersByPath")
def parameters(aws):
    ssm, services = aws.client("ssm", aws.members[0]), REGIONS_OF_GUARDDUTY.rsplit("/", 2)[0]
    aws.control("POST", "state", {"kind": "service-not-offered", "name": "inspector2", "region": "eu-west-1"})
    found = ssm.get_parameters_by_path(Path=REGIONS_OF_GUARDDUTY, WithDecryption=False)["Parameters"]
    assert [parameter["Value"] for parameter in found] == ["us-east-1", "eu-west-1", "ap-east-1"]
    text = [{"Key": "Type", "Option": "Equals", "Values": ["String"]}]
    pages = ssm.get_paginator("get_parameters_by_path").paginate(
        Path=services, Recursive=True, ParameterFilters=text, PaginationConfig={"PageSize": 2})
    names = [parameter["Name"].removeprefix(services) for page in pages for parameter in page["Parameters"]]
    assert len(names) == 5 and "/inspector2/regions/eu-west-1" not in names
    assert ssm.get_parameters_by_path(Path="/elsewhere")["Parameters"] == []


@drives("account", "ListRegions", "GetRegionOptStatus", "EnableRegion", "DisableRegion")
def regions(aws):
    aws.client("organizations").enable_aws_service_access(ServicePrincipal="account.amazonaws.com")
    account, other = aws.client("account"), {"AccountId": aws.members[0]}
    listed = {region["RegionName"]: region["RegionOptStatus"] for region in account.list_regions(**other)["Regions"]}
    assert listed["us-east-1"] == "ENABLED_BY_DEFAULT" and listed["ap-east-1"] == "ENABLED"
    account.disable_region(RegionName="ap-east-1", **other)
    assert account.get_region_opt_status(RegionName="ap-east-1", **other)["RegionOptStatus"] == "DISABLED"
    account.enable_region(RegionName="ap-east-1", **other)
    found = account.list_regions(RegionOptStatusContains=["ENABLED"], MaxResults=1, **other)["Regions"]
    assert found == [{"RegionName": "ap-east-1", "RegionOptStatus": "ENABLED"}]


@drives("organizations", "DescribeOrganization", "ListRoots", "EnablePolicyType", "DisablePolicyType")
def organization(aws):
    organizations = aws.client("organizations")
    root = organizations.list_roots()["Roots"][0]["Id"]
    organizations.enable_aws_service_access(ServicePrincipal="guardduty.amazonaws.com")
    enabled = organizations.enable_policy_type(RootId=root, PolicyType="GUARDDUTY_POLICY")["Root"]
    assert enabled["PolicyTypes"] == [{"Type": "GUARDDUTY_POLICY", "Status": "ENABLED"}]
    assert organizations.describe_organization()["Organization"]["MasterAccountId"] == aws.management
    assert organizations.disable_policy_type(RootId=root, PolicyType="GUARDDUTY_POLICY")["Root"]["PolicyTypes"] == []


@drives("organizations", "ListAccounts", "DescribeAccount")
def accounts(aws):
    organizations = aws.client("organizations")
    for with_status in (True, False):
        aws.set(account_status=with_status)
        listed = organizations.list_accounts()["Accounts"]
        assert {account["Id"] for account in listed} >= {aws.management, aws.administrator, *aws.members}
        assert listed[0] == organizations.describe_account(AccountId=listed[0]["Id"])["Account"]
        assert ("Status" in listed[0], listed[0]["State"]) == (with_status, "ACTIVE")


@drives("organizations", "CreateAccount", "DescribeCreateAccountStatus", "ListCreateAccountStatus")
def create_account(aws):
    organizations = aws.client("organizations")
    wanted = {"AccountName": "new", "Email": "new@example.com", "Tags": [{"Key": "team", "Value": ""}]}
    states = []
    for _ in range(2):
        request = organizations.create_account(**wanted)["CreateAccountStatus"]["Id"]
        status = organizations.describe_create_account_status(CreateAccountRequestId=request)["CreateAccountStatus"]
        states.append((status["State"], status.get("FailureReason")))
    assert states == [("SUCCEEDED", None), ("FAILED", "EMAIL_ALREADY_EXISTS")]
    failed = organizations.list_create_account_status(States=["FAILED"])["CreateAccountStatuses"]
    assert [status["Id"] for status in failed] == [request]
    aws.set(transition_ms=3_600_000)
    organizations.create_account(AccountName="slow", Email="slow@example.com")
    assert len(organizations.list_create_account_status(States=["IN_PROGRESS"])["CreateAccountStatuses"]) == 1


@drives("organizations", "CloseAccount", "RemoveAccountFromOrganization", "LeaveOrganization")
def leave(aws):
    organizations, (closed, removed, left, *_) = aws.client("organizations"), aws.members
    organizations.close_account(AccountId=closed)
    assert organizations.describe_account(AccountId=closed)["Account"]["State"] == "CLOSED"
    organizations.remove_account_from_organization(AccountId=removed)
    aws.client("organizations", left).leave_organization()
    remaining = {account["Id"] for account in organizations.list_accounts()["Accounts"]}
    assert closed in remaining and not {removed, left} & remaining


@drives("organizations", "CreateOrganizationalUnit", "DescribeOrganizationalUnit", "ListOrganizationalUnitsForParent",
        "MoveAccount", "ListParents", "ListChildren", "ListAccountsForParent")
def tree(aws):
    organizations, account = aws.client("organizations"), aws.members[0]
    root = organizations.list_roots()["Roots"][0]["Id"]
    unit = organizations.create_organizational_unit(
        ParentId=root, Name="Workloads", Tags=[{"Key": "team", "Value": "blue"}]
    )["OrganizationalUnit"]
    assert organizations.describe_organizational_unit(OrganizationalUnitId=unit["Id"])["OrganizationalUnit"] == unit
    assert organizations.list_organizational_units_for_parent(ParentId=root)["OrganizationalUnits"] == [unit]
    assert organizations.list_parents(ChildId=account)["Parents"] == [{"Id": root, "Type": "ROOT"}]
    organizations.move_account(AccountId=account, SourceParentId=root, DestinationParentId=unit["Id"])
    assert organizations.list_parents(ChildId=account)["Parents"] == [{"Id": unit["Id"], "Type": "ORGANIZATIONAL_UNIT"}]
    children = [organizations.list_children(ParentId=root, ChildType="ORGANIZATIONAL_UNIT")["Children"],
                organizations.list_children(ParentId=unit["Id"], ChildType="ACCOUNT")["Children"]]
    assert children == [[{"Id": unit["Id"], "Type": "ORGANIZATIONAL_UNIT"}], [{"Id": account, "Type": "ACCOUNT"}]]
    inside = organizations.list_accounts_for_parent(ParentId=unit["Id"])["Accounts"]
    assert [found["Paths"] for found in inside] == [[f"{unit['Path']}{account}/"]]


@drives("organizations", "TagResource", "UntagResource", "ListTagsForResource")
def tags(aws):
    organizations, resource = aws.client("organizations"), {"ResourceId": aws.members[0]}
    organizations.tag_resource(Tags=[{"Key": "team", "Value": "blau + grün"}, {"Key": "empty", "Value": ""}], **resource)
    organizations.untag_resource(TagKeys=["empty"], **resource)
    assert organizations.list_tags_for_resource(**resource)["Tags"] == [{"Key": "team", "Value": "blau + grün"}]


@drives("organizations", "EnableAWSServiceAccess", "DisableAWSServiceAccess", "ListAWSServiceAccessForOrganization",
        "RegisterDelegatedAdministrator", "DeregisterDelegatedAdministrator", "ListDelegatedAdministrators",
        "ListDelegatedServicesForAccount")
def delegation(aws):
    organizations, principal, id = aws.client("organizations"), "config.amazonaws.com", aws.members[0]
    organizations.enable_aws_service_access(ServicePrincipal=principal)
    trusted = organizations.list_aws_service_access_for_organization()["EnabledServicePrincipals"]
    assert [service["ServicePrincipal"] for service in trusted] == [principal]
    organizations.register_delegated_administrator(AccountId=id, ServicePrincipal=principal)
    listed = organizations.list_delegated_administrators(ServicePrincipal=principal)["DelegatedAdministrators"]
    assert [administrator["Id"] for administrator in listed] == [id]
    services = organizations.list_delegated_services_for_account(AccountId=id)["DelegatedServices"]
    assert [service["ServicePrincipal"] for service in services] == [principal]
    organizations.deregister_delegated_administrator(AccountId=id, ServicePrincipal=principal)
    organizations.disable_aws_service_access(ServicePrincipal=principal)
    assert organizations.list_delegated_administrators()["DelegatedAdministrators"] == []


@drives("organizations", "DescribeEffectivePolicy")
def effective_policy(aws):
    content = json.dumps({"inspector": {}})
    aws.control("POST", "state", {"kind": "effective-policy", "account": "*", "policy-type": "INSPECTOR_POLICY",
                                  "content": content})
    found = aws.client("organizations").describe_effective_policy(PolicyType="INSPECTOR_POLICY", TargetId=aws.members[0])
    assert found["EffectivePolicy"]["PolicyContent"] == content


@drives("guardduty", "EnableOrganizationAdminAccount", "ListOrganizationAdminAccounts",
        "DisableOrganizationAdminAccount")
def designation(aws):
    aws.designate()
    client, listed = aws.client("guardduty"), {"AdminAccountId": aws.administrator, "AdminStatus": "ENABLED"}
    assert client.list_organization_admin_accounts(MaxResults=1)["AdminAccounts"] == [listed]
    client.disable_organization_admin_account(AdminAccountId=aws.administrator)
    assert client.list_organization_admin_accounts()["AdminAccounts"] == []


@drives("guardduty", "CreateDetector", "ListDetectors", "GetDetector", "UpdateDetector", "DeleteDetector")
def detectors(aws):
    client = aws.client("guardduty", aws.members[0])
    assert client.list_detectors()["DetectorIds"] == []
    detector = {"DetectorId": client.create_detector(
        Enable=True, FindingPublishingFrequency="ONE_HOUR", Tags={"team": "blue"}, ClientToken="token",
        Features=[*({"Name": name, "Status": "ENABLED"} for name in FEATURES), RUNTIME],
    )["DetectorId"]}
    assert client.list_detectors(MaxResults=50)["DetectorIds"] == [detector["DetectorId"]]
    found = client.get_detector(**detector)
    assert (found["Status"], found["FindingPublishingFrequency"], found["Tags"]) == (
        "ENABLED", "ONE_HOUR", {"team": "blue"})
    off = {"Name": "S3_DATA_EVENTS", "Status": "DISABLED"}
    client.update_detector(Enable=True, FindingPublishingFrequency="SIX_HOURS", Features=[off], **detector)
    features = {feature["Name"]: feature for feature in client.get_detector(**detector)["Features"]}
    assert features["S3_DATA_EVENTS"]["Status"] == "DISABLED" and features["EKS_AUDIT_LOGS"]["Status"] == "ENABLED"
    agents = {agent["Name"]: agent["Status"] for agent in features["RUNTIME_MONITORING"]["AdditionalConfiguration"]}
    assert agents["EKS_ADDON_MANAGEMENT"] == "ENABLED" and agents["EC2_AGENT_MANAGEMENT"] == "DISABLED"
    client.delete_detector(**detector)
    assert client.list_detectors()["DetectorIds"] == []


@drives("guardduty", "CreateMembers", "ListMembers", "GetMembers", "StopMonitoringMembers", "StartMonitoringMembers",
        "DisassociateMembers", "DeleteMembers")
def members(aws):
    client, detector = guardduty(aws)
    one, two = aws.members[:2]
    created = client.create_members(DetectorId=detector, AccountDetails=details(aws, [one, two, aws.administrator]))
    assert [left["AccountId"] for left in created["UnprocessedAccounts"]] == [aws.administrator]

    def statuses(**parameters):
        listed = client.list_members(DetectorId=detector, **parameters)["Members"]
        return {member["AccountId"]: member["RelationshipStatus"] for member in listed}

    def done(operation, *accounts):
        unprocessed = operation(DetectorId=detector, AccountIds=list(accounts))["UnprocessedAccounts"]
        return [left["AccountId"] for left in unprocessed]

    assert statuses() == {one: "Enabled", two: "Enabled"}
    assert done(client.stop_monitoring_members, two, "999999999999") == ["999999999999"]
    assert statuses(OnlyAssociated="true", MaxResults=50) == {one: "Enabled", two: "Disabled"}
    assert done(client.start_monitoring_members, two) == [] and statuses()[two] == "Enabled"
    assert done(client.disassociate_members, two) == []
    assert statuses(OnlyAssociated="false")[two] == "Removed" and two not in statuses(OnlyAssociated="true")
    assert done(client.delete_members, one, two) == [one]
    got = client.get_members(DetectorId=detector, AccountIds=[one, two])
    assert [member["AccountId"] for member in got["Members"]] == [one]
    assert [left["AccountId"] for left in got["UnprocessedAccounts"]] == [two]


@drives("guardduty", "GetMemberDetectors", "UpdateMemberDetectors")
def member_detectors(aws):
    client, detector = guardduty(aws, 2)
    features = [*({"Name": name, "Status": "ENABLED"} for name in FEATURES), RUNTIME]
    updated = client.update_member_detectors(
        DetectorId=detector, AccountIds=[*aws.members[:2], "999999999999"], Features=features)
    assert [left["AccountId"] for left in updated["UnprocessedAccounts"]] == ["999999999999"]
    got = client.get_member_detectors(DetectorId=detector, AccountIds=[*aws.members[:2], "999999999999"])
    assert [left["AccountId"] for left in got["UnprocessedAccounts"]] == ["999999999999"]
    for member in got["MemberDataSourceConfigurations"]:
        on = {feature["Name"] for feature in member["Features"] if feature["Status"] == "ENABLED"}
        assert on >= {*FEATURES, "RUNTIME_MONITORING"}


@drives("guardduty", "DescribeOrganizationConfiguration", "UpdateOrganizationConfiguration",
        "GetOrganizationStatistics")
def guardduty_organization(aws):
    client, detector = guardduty(aws, 2)
    client.update_organization_configuration(
        DetectorId=detector, AutoEnableOrganizationMembers="ALL",
        Features=[{"Name": "S3_DATA_EVENTS", "AutoEnable": "NEW"},
                  {"Name": "RUNTIME_MONITORING", "AutoEnable": "ALL",
                   "AdditionalConfiguration": [{"Name": "EC2_AGENT_MANAGEMENT", "AutoEnable": "NEW"}]}])
    found = client.describe_organization_configuration(DetectorId=detector, MaxResults=50)
    features = {feature["Name"]: feature["AutoEnable"] for feature in found["Features"]}
    assert (found["AutoEnable"], found["AutoEnableOrganizationMembers"]) == (True, "ALL")
    assert (features["S3_DATA_EVENTS"], features["RUNTIME_MONITORING"]) == ("NEW", "ALL")
    client.update_organization_configuration(DetectorId=detector, AutoEnable=False)
    found = client.describe_organization_configuration(DetectorId=detector)
    assert (found["AutoEnable"], found["AutoEnableOrganizationMembers"]) == (False, "NONE")
    statistics = client.get_organization_statistics()["OrganizationDetails"]["OrganizationStatistics"]
    assert statistics["EnabledAccountsCount"] >= 2


@drives("guardduty", "GetAdministratorAccount", "GetMasterAccount")
def administrator(aws):
    own_client, own_detector = guardduty(aws, 1)
    assert "Administrator" not in own_client.get_administrator_account(DetectorId=own_detector)
    assert "Master" not in own_client.get_master_account(DetectorId=own_detector)
    client = aws.client("guardduty", aws.members[0])
    detector = client.list_detectors()["DetectorIds"][0]
    for found in (client.get_administrator_account(DetectorId=detector)["Administrator"],
                  client.get_master_account(DetectorId=detector)["Master"]):
        assert (found["AccountId"], found["RelationshipStatus"]) == (aws.administrator, "Enabled")


@drives("guardduty", "DisassociateFromAdministratorAccount")
def disassociate(aws):
    invited = {"service": "guardduty", "accounts": [aws.members[0]], "detector": "ENABLED", "held-by": "999999999999"}
    aws.control("POST", "state", invited)
    client = aws.client("guardduty", aws.members[0])
    detector = client.list_detectors()["DetectorIds"][0]
    assert client.get_administrator_account(DetectorId=detector)["Administrator"]["AccountId"] == "999999999999"
    client.disassociate_from_administrator_account(DetectorId=detector)
    assert "Administrator" not in client.get_administrator_account(DetectorId=detector)


@drives("inspector2", "EnableDelegatedAdminAccount", "ListDelegatedAdminAccounts", "GetDelegatedAdminAccount",
        "DisableDelegatedAdminAccount")
def delegated(aws):
    inspector2(aws, 1)
    client, id = aws.client("inspector2"), aws.administrator
    listed = client.list_delegated_admin_accounts(maxResults=5)["delegatedAdminAccounts"]
    assert listed == [{"accountId": id, "status": "ENABLED"}]
    assert client.get_delegated_admin_account()["delegatedAdmin"]["accountId"] == id
    member = aws.client("inspector2", aws.members[0]).get_delegated_admin_account()["delegatedAdmin"]
    assert member == {"accountId": id, "relationshipStatus": "ENABLED"}
    assert client.disable_delegated_admin_account(delegatedAdminAccountId=id)["delegatedAdminAccountId"] == id
    assert client.list_delegated_admin_accounts()["delegatedAdminAccounts"] == []


@drives("inspector2", "AssociateMember", "GetMember", "ListMembers", "DisassociateMember")
def inspector_members(aws):
    client, id = inspector2(aws), aws.members[0]
    assert client.associate_member(accountId=id)["accountId"] == id
    member = client.get_member(accountId=id)["member"]
    assert (member["relationshipStatus"], member["delegatedAdminAccountId"]) == ("ENABLED", aws.administrator)
    assert id in [member["accountId"] for member in client.list_members(onlyAssociated=True, maxResults=50)["members"]]
    assert client.disassociate_member(accountId=id)["accountId"] == id
    listed = {member["accountId"]: member.get("relationshipStatus") for member in
              client.list_members(onlyAssociated=False)["members"]}
    assert listed[id] == "REMOVED" and set(aws.members) <= set(listed)


@drives("inspector2", "Enable", "BatchGetAccountStatus", "Disable")
def scans(aws):
    client, id = inspector2(aws, 1), aws.members[0]
    types = ["EC2", "ECR", "LAMBDA", "LAMBDA_CODE", "CODE_REPOSITORY"]
    enabled = client.enable(accountIds=[id, aws.members[1]], resourceTypes=types, clientToken="t")
    assert [account["accountId"] for account in enabled["accounts"]] == [id]
    refused = [(left["accountId"], left["errorCode"]) for left in enabled["failedAccounts"]]
    assert refused == [(aws.members[1], "ACCESS_DENIED")]
    for with_code in (True, False):
        aws.set(inspector2__healthy_state_has_error_code=with_code)
        aws.known_absent = set() if with_code else HEALTHY_WITHOUT_CODE
        status = client.batch_get_account_status(accountIds=[id, aws.members[1]])
        assert [left["accountId"] for left in status["failedAccounts"]] == [aws.members[1]]
        assert {state["status"] for state in status["accounts"][0]["resourceState"].values()} >= {"ENABLED"}
        assert ("errorCode" in status["accounts"][0]["state"]) == with_code
    assert client.batch_get_account_status()["accounts"][0]["accountId"] == aws.administrator
    disabled = client.disable(accountIds=[id, aws.members[1]], resourceTypes=["ECR"])
    assert [account["accountId"] for account in disabled["accounts"]] == [id]
    assert [left["accountId"] for left in disabled["failedAccounts"]] == [aws.members[1]]


# Whether AWS's answer has them for a healthy state is not known, so the simulator has a switch.
HEALTHY_WITHOUT_CODE = {("State", "errorCode"), ("State", "errorMessage")}


@drives("inspector2", "DescribeOrganizationConfiguration", "UpdateOrganizationConfiguration")
def inspector_organization(aws):
    client, all_on = inspector2(aws), {"ec2": True, "ecr": True, "lambda": True, "lambdaCode": True}
    assert client.update_organization_configuration(autoEnable=all_on)["autoEnable"].items() >= all_on.items()
    found = client.describe_organization_configuration()
    assert found["autoEnable"].items() >= all_on.items() and found["maxAccountLimitReached"] is False


@drives("inspector2", "GetConfiguration", "UpdateConfiguration")
def configuration(aws):
    client = inspector2(aws)
    client.get_configuration()
    client.update_configuration(ecrConfiguration={"rescanDuration": "DAYS_30"},
                                ec2Configuration={"scanMode": "EC2_HYBRID"})
    found = client.get_configuration()
    assert found["ecrConfiguration"]["rescanDurationState"]["rescanDuration"] == "DAYS_30"
    assert found["ec2Configuration"]["scanModeState"]["scanMode"] == "EC2_HYBRID"


@drives("inspector2", "BatchGetMemberEc2DeepInspectionStatus", "BatchUpdateMemberEc2DeepInspectionStatus")
def member_deep_inspection(aws):
    client, (id, stranger, *_) = inspector2(aws, 1), aws.members
    wanted = [{"accountId": account, "activateDeepInspection": False} for account in (id, stranger)]
    for answer in (client.batch_update_member_ec2_deep_inspection_status(accountIds=wanted),
                   client.batch_get_member_ec2_deep_inspection_status(accountIds=[id, stranger])):
        assert [(account["accountId"], account["status"]) for account in answer["accountIds"]] == [(id, "DEACTIVATED")]
        assert [left["accountId"] for left in answer["failedAccountIds"]] == [stranger]


@drives("inspector2", "GetEc2DeepInspectionConfiguration", "UpdateEc2DeepInspectionConfiguration",
        "UpdateOrgEc2DeepInspectionConfiguration")
def deep_inspection(aws):
    client = inspector2(aws)
    client.update_org_ec2_deep_inspection_configuration(orgPackagePaths=["/opt/all"])
    updated = client.update_ec2_deep_inspection_configuration(activateDeepInspection=True, packagePaths=["/opt/own"])
    found = client.get_ec2_deep_inspection_configuration()
    for answer in (updated, found):
        assert (answer["packagePaths"], answer["orgPackagePaths"]) == (["/opt/own"], ["/opt/all"])
        assert answer["status"] == "ACTIVATED"
