"""Checks every IAM policy document of the templates with parliament. Prints findings; exits with 1 if there are any."""

import json
import sys
import warnings

warnings.filterwarnings("ignore", category=UserWarning)  # of pkg_resources, which parliament imports

import parliament  # noqa: E402

from template import TEMPLATES, VARIANTS, Resolved  # noqa: E402



ANY_ROLE = "arn:aws:iam::222222222222:role/rollcall/any"


def documents(resources):
    """Each policy document, with where it is."""
    for name, resource in resources.items():
        properties = resource.get("Properties", {})
        match resource["Type"]:
            case "AWS::IAM::Role":
                # A trust policy is for its role, which it does not name.
                trust = properties["AssumeRolePolicyDocument"]
                statements = [{**statement, "Resource": ANY_ROLE} for statement in trust["Statement"]]
                yield f"{name} trust", {**trust, "Statement": statements}
                for policy in properties.get("Policies", []):
                    yield f"{name} {policy['PolicyName']}", policy["PolicyDocument"]
            case "AWS::Events::EventBusPolicy":
                yield name, {"Version": "2012-10-17", "Statement": [properties["Statement"]]}
            case "AWS::Organizations::Policy":
                yield name, properties["Content"]
            case _ if "PolicyDocument" in properties:
                yield name, properties["PolicyDocument"]


def findings(document):
    """What parliament finds. Nothing is left out: a finding that has to be accepted is to be given its reason here."""
    policy = parliament.analyze_policy_string(json.dumps(document), ignore_private_auditors=True)
    for finding in map(parliament.enhance_finding, policy.findings):
        yield f"{finding.issue}: {finding.title}: {finding.detail} {finding.location}"


def main():
    checked, found = 0, 0
    for template in TEMPLATES:
        for variant, parameters in VARIANTS.items():
            for where, document in documents(Resolved(template, parameters).resources):
                checked += 1
                for finding in findings(document):
                    found += 1
                    print(f"{template}, {variant}, {where}: {finding}")
    print(f"{checked} policy documents, {found} findings")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
