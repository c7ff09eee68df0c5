"""STS, Organizations and Account Management over boto3. Does I/O: a simulator on loopback."""

import unittest

from botocore.exceptions import ClientError, ConnectionClosedError

from simulated import ADMINISTRATOR, MANAGEMENT, Simulator


class Organization(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.simulator = Simulator("--accounts", "45", "--transition-ms", "0")
        cls.organizations = cls.simulator.client("organizations")
        cls.account = cls.simulator.client("account")
        cls.ids = [account["id"] for account in cls.simulator.control("GET", "organization")["accounts"]]
        cls.member = next(id for id in cls.ids if id not in (MANAGEMENT, ADMINISTRATOR))

    @classmethod
    def tearDownClass(cls):
        cls.simulator.__exit__()

    def refused(self, code, operation, **parameters):
        with self.assertRaises(ClientError) as caught:
            operation(**parameters)
        self.assertEqual(caught.exception.response["Error"]["Code"], code)
        return caught.exception.response

    def test_a_key_of_twelve_digits_is_that_account(self):
        identity = self.simulator.client("sts", self.member).get_caller_identity()
        self.assertEqual(identity["Account"], self.member)
        self.assertEqual(identity["Arn"], f"arn:aws:iam::{self.member}:root")

    def test_an_assumed_role_calls_for_its_account(self):
        sts = self.simulator.client("sts", region="eu-west-1")
        role = f"arn:aws:iam::{ADMINISTRATOR}:role/path/Rollout"
        answer = sts.assume_role(RoleArn=role, RoleSessionName="trial", DurationSeconds=900)
        session = answer["Credentials"]
        identity = self.simulator.client("sts", session=session).get_caller_identity()
        self.assertEqual(identity["Arn"], f"arn:aws:sts::{ADMINISTRATOR}:assumed-role/Rollout/trial")
        self.assertEqual(identity["UserId"], answer["AssumedRoleUser"]["AssumedRoleId"])
        forgotten = {**session, "SessionToken": None}
        self.refused("InvalidClientTokenId", self.simulator.client("sts", session=forgotten).get_caller_identity)
        self.refused("AccessDenied", sts.assume_role, RoleArn="arn:aws:iam::999999999999:role/x", RoleSessionName="xx")

    def test_an_unknown_key_is_refused(self):
        self.refused("InvalidClientTokenId", self.simulator.client("sts", "AKIAXXXXXXXXXXXXXXXX").get_caller_identity)
        self.refused(
            "UnrecognizedClientException", self.simulator.client("guardduty", "AKIAXXXXXXXXXXXXXXXX").list_detectors
        )

    def test_accounts_are_listed_in_pages_of_twenty(self):
        pages = list(self.organizations.get_paginator("list_accounts").paginate())
        self.assertEqual([len(page["Accounts"]) for page in pages[:2]], [20, 20])
        listed = {account["Id"] for page in pages for account in page["Accounts"]}
        self.assertLessEqual(set(self.ids), listed)
        one = pages[0]["Accounts"][0]
        self.assertEqual(one["State"], "ACTIVE")
        self.assertTrue(one["Paths"][0].endswith(f"/{one['Id']}/"))
        token = pages[0]["NextToken"]
        self.refused("InvalidInputException", self.organizations.list_roots, NextToken=token)

    def test_only_management_and_delegated_administrators_read(self):
        member = self.simulator.client("organizations", self.member)
        self.assertEqual(member.describe_organization()["Organization"]["MasterAccountId"], MANAGEMENT)
        self.refused("AccessDeniedException", member.list_accounts)
        self.refused("AWSOrganizationsNotInUseException",
                     self.simulator.client("organizations", "999999999999").describe_organization)

    def test_trusted_access_and_delegation(self):
        principal, organizations = "config.amazonaws.com", self.organizations
        register = {"AccountId": self.member, "ServicePrincipal": principal}
        self.refused("ConstraintViolationException", organizations.register_delegated_administrator, **register)
        organizations.enable_aws_service_access(ServicePrincipal=principal)
        organizations.register_delegated_administrator(**register)
        self.refused("AccountAlreadyRegisteredException", organizations.register_delegated_administrator, **register)
        listed = organizations.list_delegated_administrators(ServicePrincipal=principal)["DelegatedAdministrators"]
        self.assertEqual([administrator["Id"] for administrator in listed], [self.member])
        services = organizations.list_delegated_services_for_account(AccountId=self.member)["DelegatedServices"]
        self.assertEqual([service["ServicePrincipal"] for service in services], [principal])
        member = self.simulator.client("organizations", self.member)
        self.assertTrue(member.list_accounts()["Accounts"])
        self.refused("AccessDeniedException", member.enable_aws_service_access, ServicePrincipal=principal)
        organizations.deregister_delegated_administrator(**register)
        self.refused("AccountNotRegisteredException", organizations.deregister_delegated_administrator, **register)
        enabled = organizations.list_aws_service_access_for_organization()["EnabledServicePrincipals"]
        self.assertIn(principal, [service["ServicePrincipal"] for service in enabled])
        organizations.disable_aws_service_access(ServicePrincipal=principal)

    def test_the_tree_and_its_tags(self):
        organizations = self.organizations
        root = organizations.list_roots()["Roots"][0]["Id"]
        unit = organizations.create_organizational_unit(ParentId=root, Name="Workloads")["OrganizationalUnit"]
        self.assertEqual(organizations.describe_organizational_unit(OrganizationalUnitId=unit["Id"])
                         ["OrganizationalUnit"], unit)
        organizations.move_account(AccountId=self.member, SourceParentId=root, DestinationParentId=unit["Id"])
        self.refused("DuplicateAccountException", organizations.move_account, AccountId=self.member,
                     SourceParentId=root, DestinationParentId=unit["Id"])
        parents = organizations.list_parents(ChildId=self.member)["Parents"]
        self.assertEqual(parents, [{"Id": unit["Id"], "Type": "ORGANIZATIONAL_UNIT"}])
        account = organizations.describe_account(AccountId=self.member)["Account"]
        self.assertEqual(account["Paths"], [f"{unit['Path']}{self.member}/"])
        children = organizations.list_children(ParentId=unit["Id"], ChildType="ACCOUNT")["Children"]
        self.assertEqual([child["Id"] for child in children], [self.member])
        self.assertEqual(organizations.list_accounts_for_parent(ParentId=unit["Id"])["Accounts"], [account])
        units = organizations.list_organizational_units_for_parent(ParentId=root)["OrganizationalUnits"]
        self.assertIn(unit, units)
        organizations.tag_resource(ResourceId=self.member, Tags=[{"Key": "team", "Value": "blue"}])
        tags = organizations.list_tags_for_resource(ResourceId=self.member)["Tags"]
        self.assertEqual(tags, [{"Key": "team", "Value": "blue"}])
        organizations.untag_resource(ResourceId=self.member, TagKeys=["team"])
        self.assertEqual(organizations.list_tags_for_resource(ResourceId=self.member)["Tags"], [])
        organizations.move_account(AccountId=self.member, SourceParentId=unit["Id"], DestinationParentId=root)

    def test_accounts_are_created_closed_and_removed(self):
        organizations = self.organizations
        status = organizations.create_account(AccountName="new", Email="new@example.com")["CreateAccountStatus"]
        status = organizations.describe_create_account_status(CreateAccountRequestId=status["Id"])
        account = status["CreateAccountStatus"]["AccountId"]
        again = organizations.create_account(AccountName="new", Email="new@example.com")["CreateAccountStatus"]
        again = organizations.describe_create_account_status(CreateAccountRequestId=again["Id"])
        self.assertEqual(again["CreateAccountStatus"]["FailureReason"], "EMAIL_ALREADY_EXISTS")
        self.assertEqual(len(organizations.list_create_account_status(States=["FAILED"])["CreateAccountStatuses"]), 1)
        organizations.close_account(AccountId=account)
        self.assertEqual(organizations.describe_account(AccountId=account)["Account"]["State"], "CLOSED")
        self.refused("AccountAlreadyClosedException", organizations.close_account, AccountId=account)
        organizations.remove_account_from_organization(AccountId=account)
        self.refused("AccountNotFoundException", organizations.describe_account, AccountId=account)
        leaving = self.simulator.control("POST", "accounts", {"name": "leaving", "email": "leaving@example.com"})
        leaving = leaving["detail"]["serviceEventDetails"]["createAccountStatus"]["accountId"]
        self.simulator.client("organizations", leaving).leave_organization()
        self.refused("MasterCannotLeaveOrganizationException", organizations.leave_organization)

    def test_policies(self):
        organizations, root = self.organizations, self.organizations.list_roots()["Roots"][0]["Id"]
        self.refused("EffectivePolicyNotFoundException", organizations.describe_effective_policy,
                     PolicyType="GUARDDUTY_POLICY")
        answer = organizations.enable_policy_type(RootId=root, PolicyType="GUARDDUTY_POLICY")
        self.assertEqual(answer["Root"]["PolicyTypes"], [{"Type": "GUARDDUTY_POLICY", "Status": "ENABLED"}])
        self.simulator.control("POST", "state", {"kind": "effective-policy", "account": "*",
                                                 "policy-type": "INSPECTOR_POLICY", "content": "{}"})
        policy = organizations.describe_effective_policy(PolicyType="INSPECTOR_POLICY", TargetId=self.member)
        self.assertEqual(policy["EffectivePolicy"]["PolicyContent"], "{}")
        organizations.disable_policy_type(RootId=root, PolicyType="GUARDDUTY_POLICY")

    def test_regions_of_an_account(self):
        account, other = self.account, {"AccountId": self.member}
        self.refused("AccessDeniedException", account.list_regions, **other)
        self.organizations.enable_aws_service_access(ServicePrincipal="account.amazonaws.com")
        regions = {region["RegionName"]: region["RegionOptStatus"] for region in account.list_regions(**other)["Regions"]}
        self.assertEqual(
            regions, {"us-east-1": "ENABLED_BY_DEFAULT", "eu-west-1": "ENABLED_BY_DEFAULT", "ap-east-1": "ENABLED"}
        )
        self.refused("AccessDeniedException", account.list_regions, AccountId=MANAGEMENT)
        self.assertEqual(len(account.list_regions()["Regions"]), 3)
        self.refused("ValidationException", account.disable_region, RegionName="us-east-1", **other)
        account.disable_region(RegionName="ap-east-1", **other)
        status = account.get_region_opt_status(RegionName="ap-east-1", **other)
        self.assertEqual(status["RegionOptStatus"], "DISABLED")
        self.refused("UnrecognizedClientException",
                     self.simulator.client("guardduty", self.member, "ap-east-1").list_detectors)
        self.refused("RegionDisabledException",
                     self.simulator.client("sts", self.member, "ap-east-1").get_caller_identity)
        account.enable_region(RegionName="ap-east-1", **other)
        enabled = account.list_regions(RegionOptStatusContains=["ENABLED"], MaxResults=1, **other)["Regions"]
        self.assertEqual([region["RegionName"] for region in enabled], ["ap-east-1"])

    def test_an_operation_that_is_not_simulated_is_a_501(self):
        response = self.refused("NotImplemented", self.simulator.client("guardduty").list_filters, DetectorId="d")
        self.assertEqual(response["ResponseMetadata"]["HTTPStatusCode"], 501)

    def test_restricted_principals_and_service_control_policies(self):
        control = self.simulator.control
        control("POST", "state", {"kind": "restrict", "principal": self.member, "actions": ["sts:*"]})
        control("POST", "state", {"kind": "deny", "account": ADMINISTRATOR, "region": "eu-west-1",
                                  "action": "guardduty:*"})
        self.refused("AccessDeniedException", self.simulator.client("guardduty", self.member).list_detectors)
        denied = self.refused(
            "AccessDeniedException", self.simulator.client("guardduty", ADMINISTRATOR, "eu-west-1").list_detectors
        )
        self.assertIn("explicit deny in a service control policy", denied["Error"]["Message"])
        self.simulator.client("guardduty", ADMINISTRATOR, "us-east-1").list_detectors()
        control("POST", "state", {"kind": "allow-all"})
        self.simulator.client("guardduty", self.member).list_detectors()

    def test_faults(self):
        control, sts = self.simulator.control, self.simulator.client("sts")
        control("POST", "faults", {"service": "sts", "operation": "GetCallerIdentity", "nth": 1, "kind": "throttle"})
        self.refused("Throttling", sts.get_caller_identity)
        sts.get_caller_identity()
        control("POST", "faults", {"service": "sts", "operation": "GetCallerIdentity", "nth": 1, "kind": "drop"})
        with self.assertRaises(ConnectionClosedError):
            sts.get_caller_identity()
        sts.get_caller_identity()
        control("DELETE", "faults")

    def test_the_call_log(self):
        self.simulator.client("account", self.member).list_regions(MaxResults=2)
        last = self.simulator.control("GET", "calls")[-1]
        self.assertEqual((last["service"], last["operation"], last["account"]), ("account", "ListRegions", self.member))
        self.assertEqual((last["status"], last["request"], last["error"]), (200, {"MaxResults": 2}, None))
        self.assertEqual(len(last["response"]["Regions"]), 2)


if __name__ == "__main__":
    unittest.main()
