"""What must be so of the templates, and linters do not see. No I/O but reading files."""

import json
import re
import subprocess
from collections import Counter
from pathlib import Path

import cfnlint
import pytest
from cfnlint.api import lint
from cfnlint.config import ManualArgs

from policies import documents
from template import ROOT, TEMPLATES, VARIANTS, Resolved, load, state_machine

REFERENCE = json.loads((Path(cfnlint.__file__).parent / "data/AdditionalSpecs/Policies.json").read_text())
STACKS = [(template, variant) for template in TEMPLATES for variant in VARIANTS]
SERVICES = ["guardduty", "inspector"]
EVENTS = sorted(path for path in (ROOT / "events").glob("*.json") if path.name != "delivery.json")


def allowed(document):
    """Each action that a document allows, with its resources."""
    for statement in document["Statement"]:
        actions, resources = (
            [of] if isinstance(of, str) else of for of in (statement["Action"], statement.get("Resource", []))
        )
        if statement["Effect"] == "Allow":
            yield from ((action, resources) for action in actions)


def policies_of_roles(resources):
    """Of each role the policies by name; a name comes twice where two policies have it."""
    for name, role in resources.items():
        if role["Type"] != "AWS::IAM::Role":
            continue
        own = [(policy["PolicyName"], policy["PolicyDocument"]) for policy in role["Properties"].get("Policies", [])]
        physical = f"rollcall-{name}".lower()
        attached = (of["Properties"] for of in resources.values() if of["Type"] == "AWS::IAM::Policy")
        more = [(of["PolicyName"], of["PolicyDocument"]) for of in attached if physical in of["Roles"]]
        yield name, own + more


@pytest.mark.parametrize(("template", "variant"), STACKS)
def test_what_has_a_resource_is_not_allowed_on_all(template, variant):
    for where, document in documents(Resolved(template, VARIANTS[variant]).resources):
        for action, resources in allowed(document):
            service, name = action.split(":")
            assert "*" not in name, f"{where}: {action}"
            known = {key.lower(): value for key, value in REFERENCE[service]["Actions"].items()}
            if known[name.lower()].get("Resources"):
                assert "*" not in resources, f"{where}: {action}"


@pytest.mark.parametrize("template", TEMPLATES)
def test_no_policy_of_a_role_takes_another_ones_place(template):
    """CloudFormation deletes a policy after it made its successor: of the same name, that would be gone."""
    names = Counter()
    for name, resource in load(template)["Resources"].items():
        properties = resource["Properties"] if "Properties" in resource else {}
        if resource["Type"] == "AWS::IAM::Role":
            own = (policy["Fn::If"][1] if "Fn::If" in policy else policy for policy in properties.get("Policies", []))
            names.update((name, policy["PolicyName"]) for policy in own)
        if resource["Type"] == "AWS::IAM::Policy":
            names.update((role["Ref"], properties["PolicyName"]) for role in properties["Roles"])
    assert [name for name, count in names.items() if count > 1] == []


@pytest.mark.parametrize("service", SERVICES)
def test_the_permissions_are_those_that_the_adapter_needs(service):
    source = (ROOT / f"shared/{service}/src/spec.rs").read_text()
    needed = set(re.findall(r'"(\w+:\w+)"', source.split("iam_actions: &[")[1].split("]")[0]))
    prefix = next(iter(needed)).split(":")[0]
    of = lambda document: {action for action, _ in allowed(document) if action.startswith(f"{prefix}:")}

    resources = Resolved("template.yaml", VARIANTS["one account"]).resources
    reassert = dict(policies_of_roles(resources))["ReassertRole"]
    assert set().union(*(of(document) for _, document in reassert)) == needed

    roles = [Resolved(template, {}).resources for template in ("management.yaml", "administrator.yaml")]
    apart = [document for resources in roles for _, own in policies_of_roles(resources) for _, document in own]
    assert set().union(*map(of, apart)) == needed


def test_where_every_account_is_apart_the_functions_only_assume_roles():
    for name, policies in policies_of_roles(Resolved("template.yaml", VARIANTS["every account apart"]).resources):
        services = {action.split(":")[0] for _, document in policies for action, _ in allowed(document)}
        assert services.isdisjoint({"account", "guardduty", "iam", "inspector2", "organizations"}), name


def test_a_role_that_is_assumed_trusts_the_functions_that_assume_it():
    stack = Resolved("template.yaml", VARIANTS["every account apart"])
    assumed = {}
    for name, policies in policies_of_roles(stack.resources):
        for _, document in policies:
            for action, resources in allowed(document):
                if action == "sts:AssumeRole":
                    assumed.setdefault(resources[0].rsplit("/", 1)[1], set()).add(stack.attribute(name, "Arn"))
    found = set()
    for template in ("management.yaml", "administrator.yaml"):
        for role in Resolved(template, {}).resources.values():
            if role["Type"] != "AWS::IAM::Role":
                continue
            trust = role["Properties"]["AssumeRolePolicyDocument"]["Statement"][0]["Condition"]["ArnLike"]
            trusted = trust["aws:PrincipalArn"]
            prefixes = tuple(one.removesuffix("*") for one in ([trusted] if isinstance(trusted, str) else trusted))
            role = role["Properties"]["RoleName"]
            assert all(arn.startswith(prefixes) for arn in assumed[role]), role
            assert all(any(arn.startswith(one) for arn in assumed[role]) for one in prefixes), role
            found.add(role)
    assert found == set(assumed)


def test_people_may_assume_only_the_roles_that_a_parameter_names_them_for():
    statements = lambda template, values: {
        role["Properties"]["RoleName"]: role["Properties"]["AssumeRolePolicyDocument"]["Statement"][1:]
        for role in Resolved(template, values).resources.values()
        if role["Type"] == "AWS::IAM::Role"
    }
    named = VARIANTS["every account apart"]
    for template, parameters in (
        ("management.yaml", {"rollcall-management-read": "PlanOperatorArns", "rollcall-management-write": "ApplyOperatorArns"}),
        ("administrator.yaml", {"rollcall-administrator": "OperatorArns"}),
    ):
        assert all(people == [] for people in statements(template, {}).values())
        for role, people in statements(template, named).items():
            condition = people[0]["Condition"]["ArnLike"]["aws:PrincipalArn"]
            assert condition == named[parameters[role]].split(","), role


def test_a_function_is_linked_with_nothing_of_the_command_line_or_the_simulator():
    tree = ["cargo", "tree", "--locked", "--edges", "normal", "--prefix", "none", "--format", "{p}"]
    linked = subprocess.run(tree, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\n")
    names = {line.split(" ")[0] for line in linked}
    assert "aws-sdk-s3" in names and "survey" in names
    assert names.isdisjoint({"rollcall", "organization-simulator", "clap", "aws-sdk-sso", "aws-sdk-ssooidc", "axum"})


def test_the_same_patterns_wait_on_every_bus():
    stack, forwarder = load("template.yaml")["Resources"], load("forwarder.yaml")["Resources"]
    rules = [name for name, resource in forwarder.items() if resource["Type"] == "AWS::Events::Rule"]
    assert len(rules) == 3
    for name in rules:
        patterns = [of["Properties"]["EventPattern"] for of in (forwarder[name], stack[name], stack[f"{name}Local"])]
        assert patterns[0] == patterns[1] == patterns[2], name
        assert "EventBusName" in stack[name]["Properties"]
        assert "EventBusName" not in stack[f"{name}Local"]["Properties"]
        assert stack[name]["Properties"]["Targets"] == stack[f"{name}Local"]["Properties"]["Targets"]


def test_nothing_is_forwarded_from_the_bus_that_the_stack_waits_on_itself():
    rules = lambda variant: [
        of for of in Resolved("forwarder.yaml", VARIANTS[variant]).resources.values() if of["Type"] == "AWS::Events::Rule"
    ]
    assert len(rules("one account")) == 0
    assert len(rules("every account apart")) == 3


def test_every_sample_says_where_it_is_delivered():
    delivered = json.loads((ROOT / "events/delivery.json").read_text())
    assert {row["sample"] for row in delivered} == {path.stem for path in EVENTS}
    rules = {name for name, of in load("forwarder.yaml")["Resources"].items() if of["Type"] == "AWS::Events::Rule"}
    for row in delivered:
        assert row["rule"] in rules | {None}
        assert (row["hops"] == 0) == (row["rule"] is None)


def test_a_queue_keeps_a_message_longer_than_its_function_works_on_it():
    resources = Resolved("template.yaml", {}).resources
    for name in ("EnrollAccount", "EnrollRegion"):
        function, queue = resources[name]["Properties"], resources[f"{name}Queue"]["Properties"]
        window = function["Events"]["Messages"]["Properties"]["MaximumBatchingWindowInSeconds"]
        assert queue["VisibilityTimeout"] >= 6 * function["Timeout"] + window
        receives = int(function["Environment"]["Variables"]["ROLLCALL_MAX_RECEIVES"])
        assert queue["RedrivePolicy"]["maxReceiveCount"] == receives + 1


def test_the_functions_are_told_what_they_read():
    source = (ROOT / "shared/runtime/src/configuration.rs").read_text()
    known = set(re.findall(r'"(ROLLCALL_\w+)"', source.split("#[cfg(test)]")[0]))
    known |= {f"ROLLCALL_{of.upper()}_ADMINISTRATOR_{what}" for of in SERVICES for what in ("ID", "ROLE_ARN")}
    stack = load("template.yaml")
    functions = [of for of in stack["Resources"].values() if of["Type"] == "AWS::Serverless::Function"]
    for function in [*functions, {"Properties": stack["Globals"]["Function"]}]:
        assert set(function["Properties"]["Environment"]["Variables"]) <= known
    binaries = {function["Metadata"]["BuildProperties"]["Binary"] for function in functions}
    assert binaries == {path.parent.name for path in (ROOT / "functions").glob("*/Cargo.toml")}


def dashboard(variant):
    return json.loads(Resolved("template.yaml", VARIANTS[variant]).resources["Dashboard"]["Properties"]["DashboardBody"])


def alarms(variant):
    """The alarms that the template makes, by their logical id."""
    resources = Resolved("template.yaml", VARIANTS[variant]).resources
    return {name: of["Properties"] for name, of in resources.items() if of["Type"] == "AWS::CloudWatch::Alarm"}


def shown_metrics():
    rows = (row for widget in dashboard("every account apart")["widgets"] for row in widget["properties"].get("metrics", []))
    return {row[1] for row in rows if row[0] == "Rollcall"}


def written_metrics():
    """The metrics that any function writes, but for those that tests write."""
    sources = [path for folder in ("functions", "shared") for path in sorted((ROOT / folder).glob("*/src/**/*.rs"))]
    source = "".join(path.read_text().split("#[cfg(test)]")[0] for path in sources)
    return set(re.findall(r'(?:Figure::\w+|metric)\(\s*"(\w+)"', source))


def test_the_dashboard_is_laid_out():
    for variant in VARIANTS:
        taken = set()
        for widget in dashboard(variant)["widgets"]:
            assert widget["type"] != "metric" or widget["properties"]["region"] == "eu-central-1"
            columns = range(widget["x"], widget["x"] + widget["width"])
            cells = {(x, y) for x in columns for y in range(widget["y"], widget["y"] + widget["height"])}
            assert cells.isdisjoint(taken) and max(columns) < 24, widget
            taken |= cells


def test_the_dashboard_says_how_to_fetch_the_report():
    [text] = [of["properties"]["markdown"] for of in dashboard("one account")["widgets"] if of["type"] == "text"]
    assert re.search(r"^    aws s3 cp s3://\S+/coverage/latest\.html \.$", text, re.MULTILINE)
    assert "plan mode" in text and "docs/runbook.md" in text


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_dashboard_shows_every_alarm(variant):
    [shown] = [of["properties"]["alarms"] for of in dashboard(variant)["widgets"] if of["type"] == "alarm"]
    names = {Resolved("template.yaml", VARIANTS[variant]).ref(name) for name in alarms(variant)}
    assert {arn.rsplit(":", 1)[1] for arn in shown} == names
    assert len(shown) == len(names)


def test_the_dashboard_shows_every_metric_that_is_written_and_no_other():
    assert written_metrics()
    assert shown_metrics() == written_metrics()


def test_alarms_watch_metrics_that_are_written():
    watched = {of["MetricName"] for of in alarms("every account apart").values() if of["Namespace"] == "Rollcall"}
    assert watched <= written_metrics()


@pytest.mark.parametrize("variant", VARIANTS)
def test_an_alarm_says_what_it_means_and_where_the_runbook_tells_of_it(variant):
    for name, alarm in alarms(variant).items():
        sentence, anchor = alarm["AlarmDescription"].rsplit(" ", 1)
        assert anchor == f"docs/runbook.md#{name.lower()}"
        assert sentence.endswith(".") and len(sentence) < 300, name
        assert alarm["AlarmActions"], name


def test_the_runbook_has_an_entry_for_every_alarm_and_for_no_other():
    runbook = (ROOT / "docs/runbook.md").read_text()
    entries = re.findall(r"^### (\w+Alarm)$", runbook, re.MULTILINE)
    assert sorted(entries) == sorted(alarms("every account apart"))
    for name in entries:
        assert f"](#{name.lower()})" in runbook, f"{name} is not in the table of contents"


def test_the_state_machine_is_sound():
    """cfn-lint looks into a definition only where it stands in the template."""
    properties = {"RoleArn": "arn:aws:iam::222222222222:role/sweep", "Definition": state_machine()}
    resources = {"Sweep": {"Type": "AWS::StepFunctions::StateMachine", "Properties": properties}}
    assert lint(json.dumps({"Resources": resources}), config=ManualArgs(regions=["eu-central-1"])) == []


def states(machine):
    """Each group of states that can only lead to one another."""
    yield machine
    for state in machine["States"].values():
        if "ItemProcessor" in state:
            yield from states(state["ItemProcessor"])


def test_every_state_is_reached_and_leads_somewhere():
    for machine in states(state_machine()):
        reached, open_ends = set(), [machine["StartAt"]]
        while open_ends:
            name = open_ends.pop()
            if name in reached:
                continue
            reached.add(name)
            state = machine["States"][name]
            steps = [state, *state.get("Choices", []), *state.get("Catch", [])]
            following = [step["Next"] for step in steps if "Next" in step] + [state[k] for k in ["Default"] if k in state]
            assert following or state.get("End") or state["Type"] == "Succeed", name
            open_ends.extend(following)
        assert reached == set(machine["States"])


def test_every_task_ends_in_time_and_is_tried_again():
    timeouts = {"Survey": 900, "Reassert": 900, "Report": 300}
    for machine in states(state_machine()):
        for name, state in machine["States"].items():
            if state["Type"] != "Task":
                continue
            assert timeouts.get(name, 0) < state["TimeoutSeconds"] <= timeouts.get(name, 30) + 30, name
            errors = {error for retry in state["Retry"] for error in retry["ErrorEquals"]}
            assert errors.isdisjoint({"States.ALL", "InvalidInput", "InvalidConfiguration"}), name
            assert all({"MaxDelaySeconds", "JitterStrategy"} <= retry.keys() for retry in state["Retry"]), name
