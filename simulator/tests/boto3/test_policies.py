"""What the organization's policies do to accounts, over the wire: they come, are read-only, and go. Starts the program."""

import json

from policy_drives import enabled, guardduty_policy, inspector_policy, refusal, regions_of


def attached(aws, kind: str, content: str, target: str | None = None) -> tuple[str, str]:
    """Enables the type, makes a policy and attaches it, to the root unless said: its id, and the root's."""
    organizations = aws.client("organizations")
    root = organizations.list_roots()["Roots"][0]["Id"]
    organizations.enable_policy_type(RootId=root, PolicyType=kind)
    policy = organizations.create_policy(Name="policy", Description="", Type=kind, Content=content)["Policy"]
    id = policy["PolicySummary"]["Id"]
    organizations.attach_policy(PolicyId=id, TargetId=target or root)
    return id, root


def rows(aws, service: str) -> dict[str, dict]:
    """The truth of the first region, by account."""
    truth = aws.control("GET", "enrolment")
    return {row["account"]: row for row in truth if row["service"] == service and row["region"] == "us-east-1"}


def test_a_guardduty_policy_governs_an_organizational_unit(simulator):
    simulator.designate()
    organizations, account = simulator.client("organizations"), simulator.members[0]
    root = organizations.list_roots()["Roots"][0]["Id"]
    unit = organizations.create_organizational_unit(ParentId=root, Name="unit")["OrganizationalUnit"]["Id"]
    id, _ = attached(simulator, "GUARDDUTY_POLICY", guardduty_policy(default=enabled("s3_data_events")), unit)
    assert account not in rows(simulator, "guardduty")
    organizations.move_account(AccountId=account, SourceParentId=root, DestinationParentId=unit)
    client, detector = simulator.client("guardduty", simulator.administrator), simulator.detector()
    member = client.get_members(DetectorId=detector, AccountIds=[account])["Members"][0]
    assert (member["RelationshipStatus"], member["AdministratorId"]) == ("Enabled", simulator.administrator)

    def managed() -> set[str]:
        found = client.get_member_detectors(DetectorId=detector, AccountIds=[account])
        features = found["MemberDataSourceConfigurations"][0]["Features"]
        return {feature["Name"] for feature in features if feature.get("ManagedBy") == "GUARDDUTY_POLICY"}

    off = {"DetectorId": detector, "AccountIds": [account], "Features": [{"Name": "S3_DATA_EVENTS", "Status": "DISABLED"}]}
    assert managed() == {"S3_DATA_EVENTS"}
    unprocessed = client.update_member_detectors(**off)["UnprocessedAccounts"]
    assert [left["AccountId"] for left in unprocessed] == [account]
    own = simulator.client("guardduty", account)
    assert own.list_detectors()["DetectorIds"]
    organizations.detach_policy(PolicyId=id, TargetId=unit)
    assert managed() == set() and client.update_member_detectors(**off)["UnprocessedAccounts"] == []


def test_an_inspector_policy_governs_who_has_the_role(simulator):
    simulator.designate()
    one, two = simulator.members[:2]
    simulator.control("POST", "state", {"service": "inspector2", "accounts": [one], "service-linked-role": True})
    attached(simulator, "INSPECTOR_POLICY", inspector_policy(
        ec2_scanning=regions_of(["ALL_SUPPORTED"]), ecr_scanning=regions_of(["us-east-1"], ["us-east-1"])))
    client = simulator.client("inspector2", simulator.administrator)
    found = client.batch_get_account_status(accountIds=[one, two])
    assert [left["accountId"] for left in found["failedAccounts"]] == [two]
    states = {name: state["status"] for name, state in found["accounts"][0]["resourceState"].items()}
    assert (states["ec2"], states["ecr"], states["lambda"]) == ("ENABLED", "DISABLED", "DISABLED")
    for call, scan in ((client.disable, "EC2"), (client.enable, "ECR")):
        failed = call(accountIds=[one], resourceTypes=[scan])["failedAccounts"]
        assert [left["errorCode"] for left in failed] == ["BLOCKED_BY_ORGANIZATION_POLICY"]
    assert client.enable(accountIds=[one], resourceTypes=["LAMBDA"])["failedAccounts"] == []
    assert rows(simulator, "inspector2")[one]["managed"] == ["EC2", "ECR"]


def test_states_set_a_policy_and_a_new_account_inherits_it(simulator):
    simulator.designate()
    simulator.control("POST", "state", {"kind": "policy-type", "policy-type": "GUARDDUTY_POLICY"})
    content = json.loads(guardduty_policy(default=enabled()))
    policy = {"kind": "policy", "policy-type": "GUARDDUTY_POLICY", "name": "all", "content": content}
    simulator.control("POST", "state", {**policy, "targets": ["root"]})
    effective = simulator.client("organizations").describe_effective_policy(
        PolicyType="GUARDDUTY_POLICY", TargetId=simulator.members[0])["EffectivePolicy"]["PolicyContent"]
    assert json.loads(effective) == {"guardduty": {"enablement": {"default": {"foundational": {"status": "enabled"}}}}}
    simulator.control("POST", "accounts", {"name": "new", "email": "new@example.com"})
    known = rows(simulator, "guardduty")
    assert {known[account]["relationship"] for account in known} == {"Administrator", "Enabled"}
    assert len(known) == len(simulator.members) + 2
    simulator.control("POST", "state", {"kind": "effective-policy", "account": "*", "policy-type": "GUARDDUTY_POLICY",
                                        "content": "{}"})
    overridden = simulator.client("organizations").describe_effective_policy(PolicyType="GUARDDUTY_POLICY")
    assert overridden["EffectivePolicy"]["PolicyContent"] == "{}"


def test_policies_of_other_types_are_not_simulated(shared):
    organizations, content = shared.client("organizations"), json.dumps({"tags": {}})
    wanted = {"Name": "tags", "Description": "", "Content": content, "Type": "TAG_POLICY"}
    assert refusal(organizations.create_policy, **wanted) == "NotImplemented"
    assert refusal(organizations.list_policies, Filter="TAG_POLICY") == "NotImplemented"
