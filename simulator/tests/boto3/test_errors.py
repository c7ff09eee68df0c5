"""Error answers: the shape of each error in each protocol, whoever gives it. Starts the program."""

import json

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError, ConnectionClosedError

from models import SERVED, SERVICES, error_shapes, error_status, operation_model
from parameters import sample

# For each service an operation that anybody may call and that asks for nothing, or little.
HARMLESS = {
    "account": "list_regions",
    "cloudtrail": "describe_trails",
    "guardduty": "list_detectors",
    "inspector2": "get_delegated_admin_account",
    "organizations": "describe_organization",
    "securityhub": "describe_hub",
    "ssm": "get_parameters_by_path",
    "sts": "get_caller_identity",
}
# What the operations above ask for all the same.
ASKED = {"ssm": {"Path": "/aws/service/global-infrastructure/services/guardduty/regions"}}
JSON = ("cloudtrail", "organizations", "ssm")
MODELLED = [(service, code) for service in SERVICES for code in sorted(error_shapes(service))]
THROTTLED = {
    "account": (429, "TooManyRequestsException"),
    "cloudtrail": (400, "ThrottlingException"),
    "guardduty": (429, "TooManyRequestsException"),
    "inspector2": (429, "ThrottlingException"),
    "organizations": (400, "TooManyRequestsException"),
    "securityhub": (429, "TooManyRequestsException"),
    "ssm": (400, "ThrottlingException"),
    "sts": (400, "Throttling"),
}
INTERNAL = {
    "account": (500, "InternalServerException"),
    "cloudtrail": (500, "InternalFailure"),
    "guardduty": (500, "InternalServerErrorException"),
    "inspector2": (500, "InternalServerException"),
    "organizations": (400, "ServiceException"),
    "securityhub": (500, "InternalException"),
    "ssm": (500, "InternalServerError"),
    "sts": (500, "InternalFailure"),
}


def refused(call, **parameters) -> tuple[int, str]:
    """How the call is refused. That the raw answer is right is checked by the client itself."""
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    response = caught.value.response
    return response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Code"]


def harmless(client):
    """The service's harmless operation, as a call without parameters."""
    service = client.meta.service_model.service_name
    return lambda: getattr(client, HARMLESS[service])(**ASKED.get(service, {}))


def operation_with(service: str, code: str) -> str:
    """An operation whose model has the error."""
    return next(
        operation for of, operation in SERVED
        if of == service and code in {shape.error_code for shape in operation_model(of, operation).error_shapes}
    )


@pytest.mark.parametrize(("service", "code"), MODELLED)
def test_modelled_error(shared, service, code):
    """Each error of the models, asked for as a fault, with all that its shape requires."""
    operation = operation_with(service, code)
    shared.control("POST", "faults", {"service": service, "operation": operation, "kind": "error", "code": code})
    try:
        shape = operation_model(service, operation).input_shape
        call = getattr(shared.client(service), xform_name(operation))
        status, answered = refused(call, **(sample(shape) if shape else {}))
    finally:
        shared.control("DELETE", "faults")
    assert (status, answered) == (error_status(service, error_shapes(service)[code]), code)


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize(("kind", "expected"), [("throttle", THROTTLED), ("error", INTERNAL)], ids=["throttle", "error"])
def test_fault(shared, service, kind, expected):
    call = harmless(shared.client(service))
    shared.control("POST", "faults", {"service": service, "nth": 1, "kind": kind})
    assert refused(call) == expected[service]
    shared.control("POST", "faults", {"service": service, "nth": 1, "kind": "drop"})
    with pytest.raises(ConnectionClosedError):
        call()
    shared.control("DELETE", "faults")


@pytest.mark.parametrize("service", SERVICES)
def test_unknown_key(shared, service):
    code = "InvalidClientTokenId" if service == "sts" else "UnrecognizedClientException"
    call = harmless(shared.client(service, "AKIAXXXXXXXXXXXXXXXX"))
    assert refused(call) == (400 if service in JSON else 403, code)


@pytest.mark.parametrize("service", SERVICES)
def test_denied_by_a_service_control_policy(simulator, service):
    simulator.control("POST", "state", {"kind": "deny", "action": f"{service}:*"})
    code = "AccessDenied" if service == "sts" else "AccessDeniedException"
    call = harmless(simulator.client(service, simulator.members[0]))
    assert refused(call) == (400 if service in JSON else 403, code)


@pytest.mark.parametrize("service", SERVICES)
def test_denied_by_the_policies_of_a_role(simulator, service):
    """`GetCallerIdentity` is allowed to everybody; so a role may be assumed here by nobody."""
    role = f"arn:aws:iam::{simulator.members[0]}:role/path/idle"
    nobody = {"Effect": "Deny", "Action": "*", "Principal": "*"}
    simulator.control("POST", "state", {"kind": "role", "arn": role, "trust": {"Statement": nobody}, "policies": []})
    simulator.control("POST", "state", {"kind": "key", "access-key": "AKIAIDLE", "role": role})
    client = simulator.client(service, "AKIAIDLE")
    if service == "sts":
        assert client.get_caller_identity()["Arn"].endswith(":assumed-role/idle/idle")
        with pytest.raises(ClientError) as caught:
            client.assume_role(RoleArn=role, RoleSessionName="trial")
    else:
        with pytest.raises(ClientError) as caught:
            harmless(client)()
    response = caught.value.response
    assert response["Error"]["Code"] == ("AccessDenied" if service == "sts" else "AccessDeniedException")
    assert response["ResponseMetadata"]["HTTPStatusCode"] == (400 if service in JSON else 403)
    assert "is not authorized to perform: " in response["Error"]["Message"]
    assert [asked["allowed"] for asked in simulator.control("GET", "calls")[-1]["authorized"]] == [False]


@pytest.mark.parametrize("service", ["cloudtrail", "guardduty", "inspector2", "securityhub", "ssm", "sts"])
def test_region_that_is_off(simulator, service):
    simulator.control("POST", "regions", {"account": simulator.members[0], "region": "ap-east-1", "status": "DISABLED"})
    call = harmless(simulator.client(service, simulator.members[0], "ap-east-1"))
    code = "RegionDisabledException" if service == "sts" else "UnrecognizedClientException"
    assert refused(call) == (400 if service in JSON else 403, code)


@pytest.mark.parametrize("service", SERVICES)
def test_operation_that_is_not_simulated(shared, service):
    unknown = {
        "account": "get_primary_email", "cloudtrail": "list_trails", "guardduty": "list_coverage", "inspector2": "list_findings",
        "organizations": "list_handshakes_for_account", "securityhub": "list_members", "ssm": "list_documents", "sts": "get_session_token",
    }[service]
    parameters = {"account": {"AccountId": "1"}, "guardduty": {"DetectorId": "d"}}
    status, _ = refused(getattr(shared.client(service), unknown), **parameters.get(service, {}))
    assert status == 501


@pytest.mark.parametrize("service", ["account", "cloudtrail", "guardduty", "inspector2", "organizations", "ssm"])
def test_body_that_is_not_json(shared, service):
    """The body is broken after botocore has made it, and before it signs it."""
    def spoil(request, **_):
        request.data = b'{"a": '

    operation = {"account": "list_regions", "cloudtrail": "describe_trails", "guardduty": "create_detector", "inspector2": "list_members",
                 "organizations": "list_roots", "ssm": "get_parameters_by_path"}[service]
    client = shared.client(service, shared.administrator)  # of which no other test of this file breaks the requests
    client.meta.events.register("before-sign.*", spoil)
    assert refused(getattr(client, operation)) == (400, "SerializationException")
    client.meta.events.unregister("before-sign.*", spoil)


def test_unsigned_request(shared):
    status, headers, body = shared.http("GET", "/detector")
    assert (status, headers["x-amzn-errortype"]) == (403, "MissingAuthenticationTokenException")
    assert json.loads(body)["message"]
    headers = {"x-amz-target": "AWSOrganizationsV20161128.DescribeOrganization"}
    status, _, body = shared.http("POST", "/", b"{}", headers)
    assert (status, json.loads(body)["__type"]) == (400, "MissingAuthenticationTokenException")
    headers = {"x-amz-target": "AmazonSSM.GetParametersByPath"}
    status, _, body = shared.http("POST", "/", b"{}", headers)
    assert (status, json.loads(body)["__type"]) == (400, "MissingAuthenticationTokenException")
    assert shared.control("GET", "calls")[-1]["service"] == "ssm"
    status, _, body = shared.http("POST", "/", b"Action=GetCallerIdentity&Version=2011-06-15")
    assert status == 403 and b"<Code>MissingAuthenticationToken</Code>" in body


def test_xml_is_escaped(shared):
    with pytest.raises(ClientError) as caught:
        shared.client("sts").assume_role(RoleArn='arn:aws:iam::333333333333:<&>"', RoleSessionName="trial")
    assert 'arn:aws:iam::333333333333:<&>"' in caught.value.response["Error"]["Message"]
