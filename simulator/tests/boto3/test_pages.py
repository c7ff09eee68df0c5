"""Listings in small pages: boto3's paginators find everything once, and tokens hold for their listing only. Starts the program."""

from collections.abc import Iterator
from typing import NamedTuple

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError

from drives import REGIONS_OF_GUARDDUTY, details
from models import SERVED, VALIDATION_ERRORS, operation_model
from policy_drives import inspector_policy, regions_of
from simulated import REGION, Simulator


class Listing(NamedTuple):
    """How a listing is called, and what it lists."""

    service: str
    operation: str
    result: str
    by_administrator: bool = False
    parameters: dict = {}
    most: int | None = None  # what AWS limits it to, when that is a page at any size

    def __str__(self) -> str:
        return f"{self.service}-{self.operation}"


PRINCIPALS = [f"{name}.amazonaws.com" for name in ("config", "cloudtrail", "securityhub")]
LISTINGS = [
    Listing("account", "ListRegions", "Regions"),
    Listing("guardduty", "DescribeOrganizationConfiguration", "Features", True, {"DetectorId": "…"}),
    Listing("guardduty", "ListDetectors", "DetectorIds", True, most=1),
    Listing("guardduty", "ListMembers", "Members", True, {"DetectorId": "…", "OnlyAssociated": "true"}),
    Listing("guardduty", "ListOrganizationAdminAccounts", "AdminAccounts", most=1),
    Listing("inspector2", "ListDelegatedAdminAccounts", "delegatedAdminAccounts", most=1),
    Listing("inspector2", "ListMembers", "members", True, {"onlyAssociated": False}),
    Listing("organizations", "ListAWSServiceAccessForOrganization", "EnabledServicePrincipals"),
    Listing("organizations", "ListAccounts", "Accounts"),
    Listing("organizations", "ListAccountsForParent", "Accounts", parameters={"ParentId": "…"}),
    Listing("organizations", "ListChildren", "Children", parameters={"ParentId": "…", "ChildType": "ACCOUNT"}),
    Listing("organizations", "ListCreateAccountStatus", "CreateAccountStatuses", parameters={"States": ["SUCCEEDED"]}),
    Listing("organizations", "ListDelegatedAdministrators", "DelegatedAdministrators"),
    Listing("organizations", "ListDelegatedServicesForAccount", "DelegatedServices", parameters={"AccountId": "…"}),
    Listing("organizations", "ListOrganizationalUnitsForParent", "OrganizationalUnits", parameters={"ParentId": "…"}),
    Listing("organizations", "ListParents", "Parents", parameters={"ChildId": "…"}, most=1),
    Listing("organizations", "ListPolicies", "Policies", parameters={"Filter": "INSPECTOR_POLICY"}),
    Listing("organizations", "ListPoliciesForTarget", "Policies",
            parameters={"TargetId": "…", "Filter": "INSPECTOR_POLICY"}),
    Listing("organizations", "ListRoots", "Roots", most=1),
    Listing("organizations", "ListTagsForResource", "Tags", parameters={"ResourceId": "…"}),
    Listing("organizations", "ListTargetsForPolicy", "Targets", parameters={"PolicyId": "…"}),
    Listing("securityhub", "ListEnabledProductsForImport", "ProductSubscriptions"),
    Listing("ssm", "GetParametersByPath", "Parameters", parameters={"Path": "…"}),
]
# Where a wrong token is no violated constraint.
WRONG_TOKEN = VALIDATION_ERRORS | {"ssm": "InvalidNextToken"}
PAGED = [listing for listing in LISTINGS if listing.most is None]


@pytest.fixture(scope="module")
def filled(shared) -> tuple[Simulator, dict]:
    """An organization with several of everything, and the values of the parameters left open above."""
    detector, organizations = shared.detector(), shared.client("organizations")
    shared.set(organization_policies="never")
    root, one = organizations.list_roots()["Roots"][0]["Id"], shared.members[0]
    for principal in PRINCIPALS:
        organizations.enable_aws_service_access(ServicePrincipal=principal)
        organizations.register_delegated_administrator(AccountId=one, ServicePrincipal=principal)
    for number in range(3):
        organizations.create_account(AccountName="new", Email=f"new{number}@example.com")
        organizations.create_organizational_unit(ParentId=root, Name=f"unit {number}")
        organizations.tag_resource(ResourceId=one, Tags=[{"Key": f"key{number}", "Value": ""}])
        created = organizations.create_policy(
            Name=f"policy {number}", Description="", Type="INSPECTOR_POLICY",
            Content=inspector_policy(ec2_scanning=regions_of()))["Policy"]["PolicySummary"]["Id"]
        if number == 0:
            policy = created
            organizations.enable_policy_type(RootId=root, PolicyType="INSPECTOR_POLICY")
        organizations.attach_policy(PolicyId=created, TargetId=root)
        if number > 0:
            organizations.attach_policy(PolicyId=policy, TargetId=shared.members[number])
    hub = {"kind": "security-hub", "account": shared.management, "region": REGION}
    shared.control("POST", "state", hub | {"products": ["guardduty", "inspector", "macie"]})
    organizations.register_delegated_administrator(AccountId=shared.members[1], ServicePrincipal=PRINCIPALS[0])
    shared.client("guardduty", shared.administrator).create_members(
        DetectorId=detector, AccountDetails=details(shared, shared.members[:5]))
    for account in shared.members[:3]:
        shared.client("inspector2", shared.administrator).associate_member(accountId=account)
    return shared, {"DetectorId": detector, "ParentId": root, "AccountId": one, "ChildId": one, "ResourceId": one,
                    "TargetId": root, "PolicyId": policy, "Path": REGIONS_OF_GUARDDUTY}


def call(filled, listing: Listing):
    simulator, values = filled
    client = simulator.client(listing.service, simulator.administrator if listing.by_administrator else None)
    parameters = {name: values[name] if value == "…" else value for name, value in listing.parameters.items()}
    return client, parameters


def member(listing: Listing, wanted: str) -> str | None:
    """The spelling of `nextToken` or `maxResults` in this operation."""
    members = operation_model(listing.service, listing.operation).input_shape.members
    return next((name for name in members if name.lower() == wanted.lower()), None)


def pages(filled, listing: Listing, size: int | None = None) -> Iterator[list]:
    """The items of each page, by boto3's paginator where it has one."""
    client, parameters = call(filled, listing)
    name = xform_name(listing.operation)
    if client.can_paginate(name):
        for page in client.get_paginator(name).paginate(**parameters, PaginationConfig={"PageSize": size}):
            yield page.get(listing.result, [])
        return
    token, sized = member(listing, "nextToken"), {member(listing, "maxResults"): size} if size else {}
    while True:
        page = getattr(client, name)(**parameters, **sized)
        yield page[listing.result]
        if not page.get(token):
            return
        parameters = {**parameters, token: page[token]}


def joined(all_pages: list[list]) -> list:
    return [item for page in all_pages for item in page]


@pytest.fixture(autouse=True)
def large_pages(shared):
    yield
    shared.set(page_size=None, empty_pages=False)


@pytest.mark.parametrize("listing", LISTINGS, ids=str)
def test_pages_of_one(filled, listing):
    whole = list(pages(filled, listing))
    assert len(whole) == 1
    if listing.most:
        assert len(whole[0]) == listing.most
    else:
        assert len(whole[0]) >= 3 or listing.operation == "ListDelegatedAdministrators"
    filled[0].set(page_size=1)
    assert list(pages(filled, listing)) == [[item] for item in whole[0]]


@pytest.mark.parametrize("listing", [listing for listing in LISTINGS if member(listing, "maxResults")], ids=str)
def test_pages_as_long_as_asked(filled, listing):
    whole = next(pages(filled, listing))
    asked = list(pages(filled, listing, 2))
    assert joined(asked) == whole
    assert [len(page) for page in asked[:-1]] == [2] * (len(asked) - 1) and len(asked) == (len(whole) + 1) // 2


@pytest.mark.parametrize("listing", PAGED, ids=str)
def test_empty_pages_with_a_token(filled, listing):
    whole = next(pages(filled, listing))
    filled[0].set(page_size=1, empty_pages=True)
    got = list(pages(filled, listing))
    assert joined(got) == whole and got.count([]) == len(whole) - 1


@pytest.mark.parametrize("listing", PAGED, ids=str)
def test_tokens_hold_for_their_listing_only(filled, listing):
    simulator, values = filled
    simulator.set(page_size=1)
    client, parameters = call(filled, listing)
    token = member(listing, "nextToken")

    def listed(**more):
        return getattr(client, xform_name(listing.operation))(**{**parameters, **more})

    given = listed()[token]
    assert listed(**{token: given})[listing.result] != listed()[listing.result]
    foreign = next(other for other in PAGED if other.service != listing.service)
    other_client, other_parameters = call(filled, foreign)
    other = getattr(other_client, xform_name(foreign.operation))(**other_parameters)[member(foreign, "nextToken")]
    changed = {
        "ListMembers": {"OnlyAssociated": "false", "onlyAssociated": True},
        "ListChildren": {"ChildType": "ORGANIZATIONAL_UNIT"},
        "ListCreateAccountStatus": {"States": ["FAILED"]},
        "ListDelegatedServicesForAccount": {"AccountId": simulator.members[1]},
        "ListDelegatedAdministrators": {"ServicePrincipal": PRINCIPALS[0]},
        "ListTagsForResource": {"ResourceId": values["ParentId"]},
        "ListPolicies": {"Filter": "GUARDDUTY_POLICY"},
        "ListPoliciesForTarget": {"Filter": "GUARDDUTY_POLICY"},
        "ListRegions": {"RegionOptStatusContains": ["ENABLED"]},
        "GetParametersByPath": {"Recursive": True},
    }.get(listing.operation, {})
    known = operation_model(listing.service, listing.operation).input_shape.members
    changed = {name: value for name, value in changed.items() if name in known}
    wrong = [{token: "nonsense"}, {token: other}, {token: given[:-1] + "x"}]
    for more in wrong + ([{token: given, **changed}] if changed else []):
        with pytest.raises(ClientError) as caught:
            listed(**more)
        assert caught.value.response["Error"]["Code"] == WRONG_TOKEN[listing.service], more


def test_every_listing_is_tried():
    paginated = {
        (service, operation) for service, operation in SERVED
        if (shape := operation_model(service, operation).input_shape)
        and any(name.lower() == "nexttoken" for name in shape.members)
    }
    assert {(listing.service, listing.operation) for listing in LISTINGS} == paginated
