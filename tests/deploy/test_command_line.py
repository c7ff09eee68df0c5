"""People with the command line beside the deployed stack: the policy in its bucket, and the roles that they are let into,
with no more permissions than the documentation says."""

import json
import os
import subprocess
from pathlib import Path

import pytest
from processes import ADMINISTRATOR, HOME, MANAGEMENT, SIMULATED
from template import Resolved
from truth import assert_agrees, memberships

SMALL = ["--accounts", "4", "--regions", "us-east-1,eu-west-1", "--transition-ms", "300"]
READER, WRITER = (f"arn:aws:iam::{ADMINISTRATOR}:role/{name}" for name in ["reader", "writer"])
POLICY = '[inspector.scans]\nLAMBDA_CODE = "off"\n'
#: What only the command line asks: where AWS has the services, and for `doctor` what is in AWS's ReadOnlyAccess.
READS = ["ssm:GetParametersByPath", "cloudtrail:DescribeTrails", "cloudtrail:GetEventSelectors"]
READS += ["cloudtrail:GetTrailStatus", "organizations:DescribeOrganization", "organizations:DescribePolicy"]
READS += ["organizations:ListPolicies", "organizations:ListTargetsForPolicy", "securityhub:DescribeHub"]
READS += ["securityhub:ListEnabledProductsForImport"]


def statement(actions: list[str], *resources: str) -> dict:
    return {"Effect": "Allow", "Action": actions, "Resource": list(resources) or ["*"]}


def own(writes: bool) -> list[dict]:
    """What `administrator.yaml` lists, whole or without the writes: the permissions that people need of their own."""
    template = Resolved("administrator.yaml", {"StackAccountId": ADMINISTRATOR})
    policies = [one["Properties"] for one in template.resources.values()]
    documents = [inner["PolicyDocument"] for one in policies for inner in one.get("Policies", [one])]
    statements = [dict(one) for document in documents for one in document["Statement"]]
    if not writes:
        for one in statements:
            names = [one["Action"]] if isinstance(one["Action"], str) else one["Action"]
            reads = ("Describe", "Get", "List", "BatchGet")
            one["Action"] = [name for name in names if name.partition(":")[2].startswith(reads)]
    return [one for one in statements if one["Action"]]


class Person:
    """Somebody who is in a role of the stack's account, and has the command line."""

    def __init__(self, stack, arn: str, statements: list[dict]):
        self.stack, self.name = stack, arn.rpartition("/")[2]
        trust = statement(["sts:AssumeRole"]) | {"Principal": {"AWS": f"arn:aws:iam::{ADMINISTRATOR}:root"}}
        del trust["Resource"]
        documents = {"trust": {"Version": "2012-10-17", "Statement": [trust]}}
        documents["policies"] = {"Version": "2012-10-17", "Statement": statements}
        iam, sts = stack.emulator.client("iam"), stack.emulator.client("sts")
        iam.create_role(RoleName=self.name, AssumeRolePolicyDocument=json.dumps(documents["trust"]))
        iam.put_role_policy(RoleName=self.name, PolicyName="own", PolicyDocument=json.dumps(documents["policies"]))
        self.credentials = sts.assume_role(RoleArn=arn, RoleSessionName="person")["Credentials"]
        organization = stack.organization
        organization.prepare(kind="role", arn=arn, trust=documents["trust"], policies=[documents["policies"]])
        organization.prepare(kind="key", access_key=self.credentials["AccessKeyId"], role=arn, session="person")

    def says(self, *arguments: str, ends: int) -> subprocess.CompletedProcess:
        """Runs a command, which must end so."""
        stack = self.stack
        simulated = [*SIMULATED, "CLOUDTRAIL", "SECURITYHUB"]
        environment = {
            "AWS_ACCESS_KEY_ID": self.credentials["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": self.credentials["SecretAccessKey"],
            "AWS_SESSION_TOKEN": self.credentials["SessionToken"],
            "AWS_REGION": HOME,
            "AWS_ENDPOINT_URL": stack.emulator.url,
            **{f"AWS_ENDPOINT_URL_{service}": stack.organization.url for service in simulated},
            "AWS_CONFIG_FILE": "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
            "ROLLCALL_BUCKET": stack.outputs["BucketName"],
            "ROLLCALL_MANAGEMENT_READ_ROLE_ARN": stack.parameters["ManagementReadRoleArn"],
            "ROLLCALL_MANAGEMENT_WRITE_ROLE_ARN": stack.parameters["ManagementWriteRoleArn"],
            "ROLLCALL_GUARDDUTY_ADMINISTRATOR_ID": ADMINISTRATOR,
            "ROLLCALL_INSPECTOR_ADMINISTRATOR_ID": ADMINISTRATOR,
            "ROLLCALL_WAIT_SECONDS": "1",
        }
        binary = Path(os.environ["SIMULATOR_BINARY"]).parent / "rollcall"
        done = subprocess.run([binary, *arguments], env=environment, capture_output=True, text=True, timeout=120)
        assert done.returncode == ends, f"{arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done


@pytest.fixture
def people(started):
    operators = {"PlanOperatorArns": f"{READER},{WRITER}", "ApplyOperatorArns": WRITER}
    stack = started(SMALL, management=operators, Mode="plan")
    bucket = f"arn:aws:s3:::{stack.outputs['BucketName']}"
    shared = [statement(["s3:GetObject", "s3:GetObjectVersion"], f"{bucket}/*"), statement(["s3:ListBucket"], bucket)]
    shared.append(statement(["sts:AssumeRole"], stack.parameters["ManagementReadRoleArn"]))
    reads = [*shared, statement(READS), *own(writes=False)]
    writes = [*shared, statement(["s3:PutObject"], f"{bucket}/policy/*"), *own(writes=True)]
    writes += [statement(READS), statement(["sts:AssumeRole"], stack.parameters["ManagementWriteRoleArn"])]
    stack.organization.take_calls()
    yield stack, Person(stack, READER, reads), Person(stack, WRITER, writes)
    # What people call is no evidence of what the functions need.
    stack.organization.drop_calls()


def test_people_and_the_stack_go_by_the_policy_in_the_bucket(people, tmp_path):
    stack, reader, writer = people
    file = tmp_path / "policy.toml"
    shown = reader.says("policy", "show", ends=0)
    assert "[guardduty]" in shown.stdout and "the built-in one holds" in shown.stderr
    file.write_text("[guarduty]\n")
    assert "guarduty" in writer.says("policy", "put", str(file), ends=1).stderr
    file.write_text(POLICY)
    assert "AccessDenied" in reader.says("policy", "put", str(file), ends=1).stderr
    assert stack.keys("policy/") == []

    writer.says("policy", "put", str(file), ends=0)
    shown = reader.says("policy", "show", ends=0)
    version = stack.object("policy/policy.toml")["VersionId"]
    assert shown.stdout == POLICY and version in shown.stderr
    stack.sweep()
    plan = json.loads(reader.says("plan", "--format", "json", ends=2).stdout)
    assert plan["policy"] == stack.document()["policy"] == version


def test_who_may_read_plans_and_who_may_write_applies(people):
    stack, reader, writer = people
    organization = stack.organization
    trail = {"account": MANAGEMENT, "region": "us-east-1", "multi_region": True, "organization": True}
    organization.prepare(kind="trail", **trail)
    assert "wrong   stack: there is no report" in reader.says("doctor", ends=2).stdout
    assert "0 of 16 enrolled" in reader.says("plan", ends=2).stdout
    assert "blocked (denied)" in reader.says("apply", "--yes", ends=1).stdout
    assert not any(memberships(organization).values())

    assert "Coverage: 100%" in writer.says("apply", "--yes", ends=0).stdout
    assert all(memberships(organization).values())
    assert "Nothing to do" in reader.says("plan", ends=0).stdout
    stack.sweep()
    assert_agrees(stack.document(), organization)
    assert stack.document()["totals"]["percent"] == 100
    assert not any(target["planned"] for target in stack.document()["targets"])
    # The one thing that a reader may not do is said.
    said = reader.says("doctor", ends=0).stdout
    assert "note    identity: the write access to the management account cannot be used" in said
    assert "ok      stack: nothing failed in the newest report" in said
