"""What must be so of the guard rails: their documents, their size, and whom they leave out. No I/O but reading files."""

import json
import re
from fnmatch import fnmatchcase
from pathlib import Path

import cfnlint
import pytest

from template import ROOT, SAMPLES, Resolved, load

REFERENCE = json.loads((Path(cfnlint.__file__).parent / "data/AdditionalSpecs/Policies.json").read_text())
FINANCE = "arn:aws:iam::222222222222:role/finance"
# AWS documentation, "Quotas and service limits for AWS Organizations", and "IAM and AWS STS quotas".
LARGEST, LARGEST_MANAGED = 10_240, 6_144


def resources(**parameters):
    return Resolved("guardrails.yaml", {"UsageRoleArns": FINANCE, **parameters}).resources


def enrolment(**parameters):
    return resources(**parameters)["Enrolment"]["Properties"]["Content"]


def document(name):
    return json.loads((ROOT / f"guardrails/{name}.json").read_text())


def actions(document):
    """Each action that is denied, with the statement's name."""
    for statement in document["Statement"]:
        assert statement["Effect"] == "Deny"
        named = statement["Action"]
        yield from ((action, statement["Sid"]) for action in ([named] if isinstance(named, str) else named))


def compact(document):
    """As CloudFormation and the console save it."""
    return json.dumps(document, separators=(",", ":"))


def test_the_documents_are_those_of_the_template():
    made = resources()
    assert made["Enrolment"]["Properties"]["Content"] == document("enrolment")
    assert made["Usage"]["Properties"]["Content"] == document("usage")
    assert made["UsageOfManagementAccount"]["Properties"]["PolicyDocument"] == document("usage")


def test_every_action_exists_and_is_denied_once():
    denied = [action for name in ("enrolment", "usage") for action, _ in actions(document(name))]
    assert len(denied) == len(set(denied))
    for action in denied:
        service, name = action.split(":")
        assert name.lower() in REFERENCE[service]["Actions"], action


@pytest.mark.parametrize("service", ["guardduty", "inspector"])
def test_nothing_that_rollcall_does_is_denied_to_its_roles(service):
    """Only the statement that excepts its roles may name what an adapter needs."""
    source = (ROOT / f"shared/{service}/src/spec.rs").read_text()
    needed = set(re.findall(r'"(\w+:\w+)"', source.split("iam_actions: &[")[1].split("]")[0]))
    hit = {action: sid for name in ("enrolment", "usage") for action, sid in actions(document(name)) if action in needed}
    assert hit and set(hit.values()) == {"Administer"}
    (administer,) = (of for of in document("enrolment")["Statement"] if of["Sid"] == "Administer")
    excepted = administer["Condition"]["ArnNotLike"]["aws:PrincipalArn"]
    roles = [Resolved(name, {}).resources for name in ("template.yaml", "administrator.yaml")]
    acting = [of["Properties"] for found in roles for of in found.values() if of["Type"] == "AWS::IAM::Role"]
    assert acting
    for role in acting:
        if role["Path"].startswith("/rollcall/"):
            arn = f"arn:aws:iam::222222222222:role{role['Path']}any"
            assert any(fnmatchcase(arn, pattern) for pattern in excepted), arn


def test_a_delegated_administrators_own_tools_are_left_alone():
    """AWS's sample policy for GuardDuty denies these too, to everybody."""
    denied = {action for action, _ in actions(document("enrolment"))}
    tools = {
        "guardduty:CreateMembers",
        "guardduty:StartMonitoringMembers",
        "guardduty:UpdateMemberDetectors",
        "guardduty:UpdateOrganizationConfiguration",
        "inspector2:AssociateMember",
        "inspector2:UpdateOrganizationConfiguration",
    }
    assert denied.isdisjoint(tools)
    assert not any(action.split(":")[1].startswith(("Get", "List", "Describe", "BatchGet")) for action in denied)


def test_a_document_stays_within_the_maximum_with_many_roles():
    assert len(compact(enrolment())) < LARGEST / 4
    roles = ",".join(f"arn:aws:iam::*:role/{'aws-reserved/sso.amazonaws.com/':x<80}{number}" for number in range(12))
    assert len(compact(enrolment(AdministratorRoleArns=roles.replace("*", "222222222222"), BreakGlassRoleArns=roles))) < LARGEST
    usage = resources(UsageRoleArns=roles.replace("*", "222222222222"))
    assert len(compact(usage["Usage"]["Properties"]["Content"])) < LARGEST
    assert len(compact(usage["UsageOfManagementAccount"]["Properties"]["PolicyDocument"])) < LARGEST_MANAGED


def test_nothing_is_attached_or_limited_until_it_is_asked_for():
    made = Resolved("guardrails.yaml", {}).resources
    assert set(made) == {"Enrolment"}
    assert "TargetIds" not in made["Enrolment"]["Properties"]
    assert "TargetIds" not in resources()["Usage"]["Properties"]
    assert {"Roles", "Users", "Groups"}.isdisjoint(resources()["UsageOfManagementAccount"]["Properties"])
    targets = resources(TargetIds="r-ab12", UsageTargetIds="222222222222,333333333333")
    assert targets["Enrolment"]["Properties"]["TargetIds"] == ["r-ab12"]
    assert targets["Usage"]["Properties"]["TargetIds"] == ["222222222222", "333333333333"]


def test_accounts_may_be_let_leave():
    assert "Leave" in {statement["Sid"] for statement in enrolment()["Statement"]}
    assert "Leave" not in {statement["Sid"] for statement in enrolment(MayLeave="yes")["Statement"]}


def test_who_is_exempt_is_a_role_of_an_account_and_nobody_is_everybody():
    """A role that is exempt in every account could be made by an administrator of any account."""
    patterns = {name: of.get("AllowedPattern", "") for name, of in load("guardrails.yaml")["Parameters"].items()}
    everywhere, all_roles = "arn:aws:iam::*:role/rollcall/*", "arn:aws:iam::222222222222:role/*"
    administrators, glass, usage = (patterns[name] for name in ("AdministratorRoleArns", "BreakGlassRoleArns", "UsageRoleArns"))
    assert re.fullmatch(administrators, SAMPLES["AdministratorRoleArns"]) and re.fullmatch(administrators, all_roles)
    assert not re.fullmatch(administrators, everywhere) and not re.fullmatch(administrators, "*") and not re.fullmatch(administrators, "")
    assert re.fullmatch(glass, SAMPLES["BreakGlassRoleArns"]) and not re.fullmatch(glass, "arn:aws:iam::*:role/*")
    assert re.fullmatch(glass, "arn:aws-cn:iam::222222222222:role/break-glass") and not re.fullmatch(glass, "")
    assert re.fullmatch(usage, FINANCE) and re.fullmatch(usage, "")
    assert not re.fullmatch(usage, everywhere) and not re.fullmatch(usage, all_roles)
