"""Rollcall deployed onto MiniStack with SAM, with the simulated organization behind it. I/O: processes, loopback."""

import hashlib
import json
import os
import subprocess
import sys
import uuid
from pathlib import Path

from processes import HOME, MANAGEMENT, PROJECT, Emulator, Organization, wait_until

STACK = "rollcall"
#: What the tests change of the template's defaults, whose waits are for AWS's pace.
QUICK = {"WaitSeconds": "1"}


class Deployment:
    """A deployed stack."""

    def __init__(self, folder: Path, organization: Organization, emulator: Emulator):
        self.folder, self.organization, self.emulator = folder, organization, emulator
        self.home = emulator.account
        #: The plain stacks beside this one, each with its account.
        self.others: list[tuple[str, str]] = []
        self.parameters: dict[str, str] = {}
        self.outputs: dict[str, str] = {}

    def deploy(self, management: dict[str, str] | None = None, **parameters: str) -> "Deployment":
        """Deploys the stack, or changes parameters of the deployed one. The management account grants its roles, with
        these parameters, but to a stack that runs there."""
        if not self.parameters:
            self.emulator.client("s3").create_bucket(
                Bucket="artifacts", CreateBucketConfiguration={"LocationConstraint": HOME}
            )
            self.parameters = dict(QUICK)
            if self.home != MANAGEMENT:
                self.parameters |= self.plain_stack(
                    "management.yaml", MANAGEMENT, StackAccountId=self.home, **(management or {})
                )
        self.parameters |= parameters
        self.sam_deploy()
        self.outputs = self.outputs_of(STACK, self.home)
        self.register()
        return self

    def administered_from(self, account: str, *services: str) -> dict[str, str]:
        """Lets an account grant its role for these services; gives the stack's parameters for it."""
        asked = {service: "yes" if service in services else "no" for service in ["GuardDuty", "Inspector"]}
        outputs = self.plain_stack("administrator.yaml", account, StackAccountId=self.home, **asked)
        role = {"RoleArn": outputs["AdministratorRoleArn"], "Id": account}
        return {f"{service}Administrator{name}": value for service in services for name, value in role.items()}

    def sam_deploy(self) -> None:
        template = os.environ.get("BUILT_TEMPLATE", str(PROJECT / ".aws-sam/build/template.yaml"))
        overrides = [f"{name}={value}" for name, value in self.parameters.items()]
        command = [str(Path(sys.executable).parent / "sam"), "deploy", "--template-file", template]
        command += ["--stack-name", STACK, "--s3-bucket", "artifacts", "--region", HOME, "--no-progressbar"]
        command += ["--no-confirm-changeset", "--no-fail-on-empty-changeset", "--capabilities", "CAPABILITY_IAM"]
        command += ["--parameter-overrides", *overrides]
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "SAM_CLI_TELEMETRY": "0",
            "AWS_ENDPOINT_URL": self.emulator.url,
            "AWS_ACCESS_KEY_ID": self.home,
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_CONFIG_FILE": "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        }
        done = subprocess.run(command, env=environment, cwd=self.folder, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]

    def plain_stack(self, template: str, account: str, **parameters: str) -> dict[str, str]:
        """Deploys one of the plain templates; gives its outputs."""
        client = self.emulator.client("cloudformation", account)
        name = Path(template).stem
        client.create_stack(
            StackName=name,
            TemplateBody=(PROJECT / template).read_text(),
            Capabilities=["CAPABILITY_NAMED_IAM"],
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
        )
        status = lambda: client.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"]  # noqa: E731
        wait_until(f"{template} to be deployed", lambda: not status().endswith("IN_PROGRESS"))
        assert status() == "CREATE_COMPLETE", client.describe_stack_events(StackName=name)["StackEvents"][:5]
        self.others.append((name, account))
        return self.outputs_of(name, account)

    def outputs_of(self, stack: str, account: str) -> dict[str, str]:
        found = self.emulator.client("cloudformation", account).describe_stacks(StackName=stack)["Stacks"][0]
        return {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])}

    def resources(self, kind: str, stack: str = STACK, account: str | None = None) -> dict[str, str]:
        """The physical ids of a stack's resources of a type, by logical id."""
        client = self.emulator.client("cloudformation", account)
        found = client.describe_stack_resources(StackName=stack)["StackResources"]
        return {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in found if one["ResourceType"] == kind}

    def roles(self) -> dict[str, dict]:
        """Every role of the stack and of other accounts by ARN, with its trust and policies."""
        found = {}
        for stack, account in [(STACK, self.home), *self.others]:
            iam = self.emulator.client("iam", account)
            for logical, name in self.resources("AWS::IAM::Role", stack, account).items():
                role = iam.get_role(RoleName=name)["Role"]
                names = iam.list_role_policies(RoleName=name)["PolicyNames"]
                policies = [iam.get_role_policy(RoleName=name, PolicyName=one)["PolicyDocument"] for one in names]
                found[role["Arn"]] = {
                    "stack": stack,
                    "logical": logical,
                    "trust": role["AssumeRolePolicyDocument"],
                    "policies": policies,
                }
        return found

    def functions(self) -> dict[str, dict]:
        """The functions by logical id: name, ARN, role."""
        client = self.emulator.client("lambda")
        found = {}
        for logical, name in self.resources("AWS::Lambda::Function").items():
            configuration = client.get_function(FunctionName=name)["Configuration"]
            arn, role = configuration["FunctionArn"], configuration["Role"]
            found[logical] = {"name": name, "role": role, "key": access_key(arn, role)}
        return found

    def register(self) -> None:
        """Tells the organization of the deployed roles: it denies what their policies do not grant."""
        functions = self.functions()
        callers = {function["role"] for function in functions.values()}
        for arn, role in self.roles().items():
            # The state machine's and the schedule's roles call nothing that the organization has.
            if arn in callers or role["stack"] != STACK:
                self.organization.prepare(kind="role", arn=arn, trust=role["trust"], policies=role["policies"])
        for function in functions.values():
            state = {"access_key": function["key"], "role": function["role"], "session": function["name"]}
            self.organization.prepare(kind="key", **state)
        self.organization.prepare(kind="only-registered-roles")

    def evidence(self) -> dict:
        """What was called by whom, and what the roles grant."""
        self.organization.take_calls()
        return {
            "roles": self.roles(),
            "functions": self.functions(),
            "organization": self.organization.taken,
            "stack": self.emulator.calls(),
        }

    def sweep(self, **given: object) -> dict:
        """Runs the state machine to its end; gives its output."""
        client, name = self.emulator.client("stepfunctions"), f"test-{uuid.uuid4()}"
        machine = self.outputs["StateMachineArn"]
        arn = client.start_execution(stateMachineArn=machine, name=name, input=json.dumps(given))["executionArn"]
        return self.finished(arn)

    def finished(self, arn: str) -> dict:
        client = self.emulator.client("stepfunctions")
        describe = lambda: client.describe_execution(executionArn=arn)  # noqa: E731
        wait_until("the sweep to end", lambda: describe()["status"] != "RUNNING", 240)
        ended = describe()
        assert ended["status"] == "SUCCEEDED", (ended.get("error"), ended.get("cause"))
        return json.loads(ended["output"])

    def executions(self) -> list[dict]:
        client = self.emulator.client("stepfunctions")
        return client.list_executions(stateMachineArn=self.outputs["StateMachineArn"])["executions"]

    def object(self, key: str) -> dict:
        return self.emulator.client("s3").get_object(Bucket=self.outputs["BucketName"], Key=key)

    def document(self, key: str = "coverage/latest.json") -> dict:
        return json.loads(self.object(key)["Body"].read())

    def keys(self, prefix: str) -> list[str]:
        pages = self.emulator.client("s3").get_paginator("list_objects_v2")
        found = pages.paginate(Bucket=self.outputs["BucketName"], Prefix=prefix)
        return [item["Key"] for page in found for item in page.get("Contents", [])]

    def listen(self) -> str:
        """A queue that hears the topic and the stack's own events."""
        sqs = self.emulator.client("sqs")
        url = sqs.create_queue(QueueName="listener")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        allowed = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": arn}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
        self.emulator.client("sns").subscribe(TopicArn=self.outputs["TopicArn"], Protocol="sqs", Endpoint=arn)
        events, bus = self.emulator.client("events"), self.outputs["EventBusArn"].rpartition("/")[2]
        events.put_rule(Name="listener", EventBusName=bus, EventPattern=json.dumps({"source": ["rollcall"]}))
        events.put_targets(Rule="listener", EventBusName=bus, Targets=[{"Id": "queue", "Arn": arn}])
        return url

    def heard(self, url: str) -> list[dict]:
        """What a listening queue heard since."""
        sqs, heard = self.emulator.client("sqs"), []
        while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                heard.append(json.loads(message["Body"]))
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return heard

    def queue(self, logical: str) -> str:
        return self.resources("AWS::SQS::Queue")[logical]

    def waiting(self, logical: str) -> int:
        """How many messages are in a queue, the ones in flight included."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        client = self.emulator.client("sqs")
        found = client.get_queue_attributes(QueueUrl=self.queue(logical), AttributeNames=names)["Attributes"]
        return sum(int(found[name]) for name in names)

    def hurry(self, logical: str, **attributes: str) -> None:
        """Shortens a queue's time, so that a test need not wait for what takes minutes."""
        client = self.emulator.client("sqs")
        client.set_queue_attributes(QueueUrl=self.queue(logical), Attributes=attributes)

    def emit(self, *events: dict) -> None:
        """Puts forwarded events on the stack's bus."""
        self.emulator.emit(self.outputs["EventBusArn"].rpartition("/")[2], *events)

    def logs(self, function: str) -> list[dict]:
        """The log lines of a function, as they are written: one JSON object each."""
        client = self.emulator.client("logs")
        pages = client.get_paginator("filter_log_events").paginate(logGroupName=f"/rollcall/{STACK}/{function}")
        lines = [event["message"] for page in pages for event in page["events"]]
        return [json.loads(line) for line in lines if line.startswith("{")]


def access_key(function: str, role: str) -> str:
    """The access key id that MiniStack gives a function: it follows from both ARNs."""
    return "ASIA" + hashlib.sha256(f"{function}:{role}".encode()).hexdigest()[:16].upper()
