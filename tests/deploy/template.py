"""Reads a template and resolves its intrinsic functions with sample values. No I/O but reading files."""

import json
import re
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ["template.yaml", "management.yaml", "administrator.yaml", "forwarder.yaml", "guardrails.yaml"]

PSEUDO = {
    "AWS::AccountId": "222222222222",
    "AWS::Partition": "aws",
    "AWS::Region": "eu-central-1",
    "AWS::StackName": "rollcall",
    "AWS::URLSuffix": "amazonaws.com",
}
ROLE = "arn:aws:iam::{}:role/rollcall/{}"
BUS = "arn:aws:events:eu-central-1:222222222222:event-bus/rollcall"
SAMPLES = {
    "StackAccountId": "222222222222",
    "TargetBusArn": BUS,
    "AdministratorRoleArns": ROLE.format("222222222222", "*"),
    "BreakGlassRoleArns": "arn:aws:iam::*:role/break-glass",
}

# Between them they make every condition of every template true once and false once.
VARIANTS = {
    "one account": {},
    "every account apart": {
        "Mode": "apply",
        "GuardDutyAdministratorId": "333333333333",
        "GuardDutyAdministratorRoleArn": ROLE.format("333333333333", "rollcall-administrator"),
        "InspectorAdministratorId": "444444444444",
        "InspectorAdministratorRoleArn": ROLE.format("444444444444", "rollcall-administrator"),
        "ManagementReadRoleArn": ROLE.format("111111111111", "rollcall-management-read"),
        "ManagementWriteRoleArn": ROLE.format("111111111111", "rollcall-management-write"),
        "OrganizationId": "o-abcde12345",
        "NotificationEmail": "security@example.com",
        "KmsKeyArn": "arn:aws:kms:eu-central-1:222222222222:key/11112222-3333-4444-5555-666677778888",
        "Tracing": "Active",
        "PlanOperatorArns": "arn:aws:iam::222222222222:role/readers,arn:aws:iam::222222222222:role/more-readers",
        "ApplyOperatorArns": "arn:aws:iam::222222222222:role/writers",
        "OperatorArns": "arn:aws:iam::222222222222:role/writers",
        "GuardDuty": "no",
        "Inspector": "no",
        "TargetBusArn": BUS.replace("eu-central-1", "us-east-1"),
        "TargetIds": "ou-ab12-12345678,333333333333",
        "MayLeave": "yes",
        "UsageRoleArns": "arn:aws:iam::222222222222:role/finance",
        "UsageTargetIds": "222222222222",
    },
}
# What GetAtt gives of each type, as far as it is not just a name.
ARNS = {
    "AWS::Events::EventBus": "arn:aws:events:{region}:{account}:event-bus/{name}",
    "AWS::Events::Rule": "arn:aws:events:{region}:{account}:rule/{name}",
    "AWS::IAM::Role": "arn:aws:iam::{account}:role{path}{name}",
    "AWS::Logs::LogGroup": "arn:aws:logs:{region}:{account}:log-group:{name}:*",
    "AWS::S3::Bucket": "arn:aws:s3:::{name}",
    "AWS::SNS::Topic": "arn:aws:sns:{region}:{account}:{name}",
    "AWS::SQS::Queue": "arn:aws:sqs:{region}:{account}:{name}",
    "AWS::Serverless::Function": "arn:aws:lambda:{region}:{account}:function:{name}",
    "AWS::Serverless::StateMachine": "arn:aws:states:{region}:{account}:stateMachine:{name}",
}
# What Ref gives its ARN of.
REF_IS_ARN = {"AWS::SNS::Topic", "AWS::Serverless::StateMachine"}
NOTHING = object()


class Loader(yaml.SafeLoader):
    """Reads the short forms of intrinsic functions as the long ones."""


def _short(loader, suffix, node):
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


Loader.add_multi_constructor("!", _short)


def load(name):
    """A template as it is written, with the long forms of functions."""
    return yaml.load((ROOT / name).read_text(), Loader)


class Resolved:
    """A template's resources with sample values, without those that its conditions leave out."""

    def __init__(self, name, parameters):
        self.template = load(name)
        declared = self.template["Parameters"]
        defaults = {key: of["Default"] for key, of in declared.items() if "Default" in of}
        given = {key: value for key, value in parameters.items() if key in declared}
        samples = {key: value for key, value in SAMPLES.items() if key in declared}
        self.parameters = defaults | samples | given
        resources = self.template["Resources"]
        self.resources = {
            key: self.value(resource)
            for key, resource in resources.items()
            if "Condition" not in resource or self.condition(resource["Condition"])
        }

    def condition(self, name):
        return self.truth(self.template["Conditions"][name])

    def truth(self, expression):
        ((function, of),) = expression.items()
        match function:
            case "Condition":
                return self.condition(of)
            case "Fn::Equals":
                return str(self.value(of[0])) == str(self.value(of[1]))
            case "Fn::Not":
                return not self.truth(of[0])
            case "Fn::And":
                return all(map(self.truth, of))
            case "Fn::Or":
                return any(map(self.truth, of))
        raise ValueError(f"condition function {function}")

    def value(self, value):
        if isinstance(value, list):
            return [item for item in map(self.value, value) if item is not NOTHING]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((function, of),) = value.items()
            if function == "Ref":
                return self.ref(of)
            if function.startswith("Fn::"):
                return self.function(function, of)
        items = {key: self.value(item) for key, item in value.items()}
        return {key: item for key, item in items.items() if item is not NOTHING}

    def function(self, function, of):
        match function:
            case "Fn::If":
                return self.value(of[1] if self.condition(of[0]) else of[2])
            case "Fn::GetAtt":
                return self.attribute(*of)
            case "Fn::Join":
                return of[0].join(self.value(of[1]))
            case "Fn::Select":
                return self.value(of[1])[int(of[0])]
            case "Fn::Split":
                return self.value(of[1]).split(of[0])
            case "Fn::Sub":
                text, own = (of[0], self.value(of[1])) if isinstance(of, list) else (of, {})
                named = lambda found: str(own[found[1]] if found[1] in own else self.named(found[1]))
                return re.sub(r"\$\{([\w:.]+)\}", named, text)
        raise ValueError(f"function {function}")

    def named(self, name):
        return self.attribute(*name.split(".", 1)) if "." in name else self.ref(name)

    def ref(self, name):
        if name == "AWS::NoValue":
            return NOTHING
        if name in PSEUDO:
            return PSEUDO[name]
        if name in self.parameters:
            value = self.parameters[name]
            return value.split(",") if self.template["Parameters"][name]["Type"] == "CommaDelimitedList" else value
        kind = self.template["Resources"][name]["Type"]
        return self.attribute(name, "Arn") if kind in REF_IS_ARN else f"rollcall-{name}".lower()

    def attribute(self, name, attribute):
        resource = self.template["Resources"][name]
        if attribute != "Arn":
            return f"rollcall-{name}".lower()
        return ARNS[resource["Type"]].format(
            account=PSEUDO["AWS::AccountId"],
            region=PSEUDO["AWS::Region"],
            name=f"rollcall-{name}".lower(),
            path=resource.get("Properties", {}).get("Path", "/"),
        )


def state_machine():
    """The sweep's definition, with sample values for its substitutions."""
    text = (ROOT / "statemachine/sweep.asl.json").read_text()
    known = Resolved("template.yaml", {}).resources["Sweep"]["Properties"]["DefinitionSubstitutions"]
    return json.loads(re.sub(r"\$\{(\w+)\}", lambda found: known[found[1]], text))
