"""What the deployed roles grant, against what was called in all tests: nothing is missing, and nothing is too much.

The tests leave their evidence with `--calls FOLDER`; this reads that folder. I/O: reading files.
"""

import json
import re
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

#: What is granted although no test shows that it is needed, each with its reason: role, action, why.
EXCEPTIONS = [
    ("*", "logs:CreateLogStream", "Lambda writes the functions' logs with their roles; MiniStack writes them itself"),
    ("*", "logs:PutLogEvents", "Lambda writes the functions' logs with their roles; MiniStack writes them itself"),
    ("enroll-*", "sqs:DeleteMessage", "Lambda reads the queue with the function's role; MiniStack reads it itself"),
    ("enroll-*", "sqs:GetQueueAttributes", "Lambda reads the queue with the function's role; MiniStack reads it itself"),
    ("enroll-*", "sqs:ReceiveMessage", "Lambda reads the queue with the function's role; MiniStack reads it itself"),
    ("survey", "s3:GetObject", "a survey of thousands of accounts goes on where its last call stopped"),
    ("reassert", "account:ListRegions", "asked anew where the survey saw the region being opted in to"),
    ("reassert", "guardduty:GetAdministratorAccount", "asked where the read access is not the management account's"),
    ("rollcall-administrator", "guardduty:GetAdministratorAccount", "asked where GuardDuty is on before it is administered"),
    ("reassert", "inspector2:GetDelegatedAdminAccount", "asked where the read access is not the management account's"),
    ("sweep", "lambda:InvokeFunction", "the state machine's role; MiniStack invokes without asking it"),
    ("sweep", "sns:Publish", "the state machine's role; MiniStack publishes without asking it"),
    ("schedule", "states:StartExecution", "the schedule's role; tests start executions themselves"),
]
#: The actions of the stack's own services, by what a request looks like: service, method, target or path.
S3 = {
    ("GET", True): "s3:GetObject",
    ("HEAD", True): "s3:GetObject",
    ("PUT", True): "s3:PutObject",
    ("GET", False): "s3:ListBucket",
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    folder = metafunc.config.getoption("--calls")
    names = sorted(path for path in folder.glob("*.json")) if folder else []
    if "evidence" in metafunc.fixturenames:
        metafunc.parametrize("evidence", [json.loads(path.read_text()) for path in names], ids=[p.stem for p in names])


def as_list(value: object) -> list:
    return value if isinstance(value, list) else [value]


def short(arn: str) -> str:
    """A role's name as its path or fixed name tells: `reassert`, `rollcall-management-read`."""
    parts = arn.split(":role/", 1)[1].split("/")
    return parts[1] if len(parts) == 3 else parts[-1]


def grants(evidence: dict) -> set[tuple[str, str, str]]:
    """Every role, action and resource that is granted."""
    found = set()
    for arn, role in evidence["roles"].items():
        for policy in role["policies"]:
            for statement in policy["Statement"]:
                for action in as_list(statement["Action"]):
                    found |= {(arn, action, resource) for resource in as_list(statement["Resource"])}
    return found


def needed(evidence: dict) -> set[tuple[str, str, str]]:
    """Every role, action and resource that was called for, dependent permissions included."""
    found = set()
    for call in evidence["organization"]:
        found |= {(one["role"], one["action"], one["resource"]) for one in call["authorized"]}
    roles = {function["key"]: function["role"] for function in evidence["functions"].values()}
    for call in evidence["stack"]:
        if role := roles.get(call["key"]):
            found |= {(role, action, resource) for action, resource in of_stack(call)}
    return found


def of_stack(call: dict) -> list[tuple[str, str]]:
    """The actions and resources of a call to one of the stack's own services."""
    operation = call["target"].rpartition(".")[2]
    match call["service"]:
        case "s3":
            bucket, _, key = call["path"].lstrip("/").partition("/")
            actions = [(S3[(call["method"], bool(key))], f"arn:aws:s3:::{bucket}/{key}")]
            # That a document is not there is only told to who may list.
            return actions + ([("s3:ListBucket", f"arn:aws:s3:::{bucket}")] if call["status"] == 404 else [])
        case "states":
            return [(f"states:{operation}", "*")]
        case "events":
            return [(f"events:{operation}", "*")]
        case "sts":
            return []
    raise AssertionError(f"a function calls {call['service']}: {call}")


def matches(pattern: str, value: str) -> bool:
    return value == "*" or fnmatchcase(value, re.sub(r"\[", "[[]", pattern))


@pytest.fixture(scope="session")
def all_evidence(request: pytest.FixtureRequest) -> list[dict]:
    folder: Path | None = request.config.getoption("--calls")
    assert folder, "give --calls FOLDER, which the tests of the deployment left"
    found = [json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))]
    assert found, f"{folder} is empty: run the tests of the deployment first"
    return found


def test_every_call_is_granted(evidence):
    denied = {
        (short(one["role"]), one["action"], one["resource"])
        for call in evidence["organization"]
        for one in call["authorized"]
        if not one["allowed"]
    }
    assert not denied
    keys = {function["key"] for function in evidence["functions"].values()}
    refused = [call for call in evidence["stack"] if call["key"] in keys and call["status"] in {401, 403}]
    assert not refused


def test_functions_name_themselves(evidence):
    """In the role session, and in the application's name that CloudTrail keeps."""
    for call in evidence["organization"]:
        if not call["authorized"]:
            continue
        application = call["application"]
        assert application in {f"rollcall-{short(function['role'])}" for function in evidence["functions"].values()}
        role, session = call["principal"].split(":assumed-role/")[1].split("/")
        if role.startswith("rollcall-management-") or role == "rollcall-administrator":
            assert session == application


def test_nothing_is_granted_that_no_test_needs(all_evidence):
    used, unused = set(), set()
    for evidence in all_evidence:
        wanted = needed(evidence)
        for role, action, pattern in grants(evidence):
            met = any(who == role and what == action and matches(pattern, on) for who, what, on in wanted)
            named = (short(role), action, re.sub(r"[0-9a-f]{13}|\d{12}", "…", pattern))
            (used if met else unused).add(named)
    excepted = lambda grant: any(fnmatchcase(grant[0], role) and grant[1] == action for role, action, _ in EXCEPTIONS)  # noqa: E731
    left = sorted(grant for grant in unused - used if not excepted(grant))
    assert not left, "\n" + "\n".join(" ".join(grant) for grant in left)


def test_no_exception_is_without_use(all_evidence):
    granted = {(short(role), action) for evidence in all_evidence for role, action, _ in grants(evidence)}
    for role, action, _ in EXCEPTIONS:
        assert any(fnmatchcase(who, role) and what == action for who, what in granted), (role, action)
