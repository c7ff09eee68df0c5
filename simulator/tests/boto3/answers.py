"""Whether raw HTTP answers are what AWS's protocols and models say. No I/O."""

import json
from collections.abc import Iterator
from xml.etree import ElementTree

from botocore.model import OperationModel

from models import error_status, message_member, message_spelling
from shapes import KNOWN_ABSENT, Check, from_xml

CONTENT_TYPES = {"rest-json": "application/json", "json": "application/x-amz-json-1.1", "query": "text/xml"}
# Errors that any operation may answer and no model names: AWS documentation, "Common errors", and public code.
COMMON_ERRORS = {
    "AccessDenied", "AccessDeniedException", "ExpiredToken", "ExpiredTokenException", "InternalFailure",
    "InvalidClientTokenId", "MissingAuthenticationToken", "MissingAuthenticationTokenException", "OptInRequired", "RegionDisabledException",
    "SerializationException", "SubscriptionRequiredException", "Throttling", "ThrottlingException",
    "TooManyRequestsException", "UnrecognizedClientException", "ValidationError", "ValidationException",
}
# AWS's model of both: "success (HTTP 200) but no content" where there is no administrator, although it is required.
NO_CONTENT = {"GetAdministratorAccount", "GetMasterAccount"}


def answer_mistakes(model: OperationModel, answer: dict, known_absent=KNOWN_ABSENT) -> Iterator[str]:
    """`answer` is the raw answer as botocore has it before it parses it: status_code, headers, body."""
    protocol, headers = model.service_model.metadata["protocol"], answer["headers"]
    if not headers.get("x-amzn-requestid"):
        yield "no header x-amzn-requestid"
    if answer["body"] and headers.get("content-type") != CONTENT_TYPES[protocol]:
        yield f"content-type {headers.get('content-type')}"
    if answer["status_code"] >= 300:
        yield from _error(model, protocol, answer)
        return
    expected = model.http.get("responseCode", 200)
    if answer["status_code"] != expected:
        yield f"status {answer['status_code']}, not {expected}"
    yield from _output(model, protocol, answer["body"], known_absent)


def _output(model: OperationModel, protocol: str, body: bytes, known_absent) -> Iterator[str]:
    shape = model.output_shape
    if shape is None:
        if body not in (b"", b"{}"):
            yield f"an output, where the model has none: {body!r}"
    elif protocol == "query":
        yield from _xml_output(model, body)
    elif body or model.name not in NO_CONTENT:
        value = json.loads(body) if body else {}
        yield from Check(known_absent=known_absent).mistakes(shape, value)


def _xml_output(model: OperationModel, body: bytes) -> Iterator[str]:
    namespace = model.service_model.metadata["xmlNamespace"]
    root = ElementTree.fromstring(body)
    place = {"": namespace}
    if root.tag != f"{{{namespace}}}{model.name}Response":
        yield f"root element {root.tag}"
    if not root.findtext("ResponseMetadata/RequestId", namespaces=place):
        yield "no ResponseMetadata/RequestId"
    result = root.find(f"{model.name}Result", place)
    if result is None:
        yield f"no {model.name}Result"
    else:
        yield from Check("iso8601").mistakes(model.output_shape, from_xml(model.output_shape, result, namespace))


def _error(model: OperationModel, protocol: str, answer: dict) -> Iterator[str]:
    headers, body = answer["headers"], {}
    if protocol == "query":
        code, body = yield from _xml_error(model, answer["body"])
    else:
        body = json.loads(answer["body"])
        code = headers.get("x-amzn-errortype") if protocol == "rest-json" else body.pop("__type", None)
        # REST services may repeat the code, or name an inner one, in the body.
        if protocol == "rest-json" and not isinstance(body.pop("__type", ""), str):
            yield "__type is no string"
    shape = next((shape for shape in model.error_shapes if shape.error_code == code), None)
    member = message_spelling(model.service_model.service_name, code)
    message = body.get(member)
    if shape is not None and message_member(shape) is None:
        body.pop(member, None)  # AWS sends it, without a member in the shape
    if not code or (member and not message):
        yield f"an error without code or message: {code!r}, {message!r}"
    if shape is not None:
        yield from (f"{code}{mistake}" for mistake in Check().mistakes(shape, body))
        expected = error_status(model.service_model.service_name, shape)
        if answer["status_code"] != expected:
            yield f"{code} with status {answer['status_code']}, not {expected}"
    elif code not in COMMON_ERRORS and answer["status_code"] != 501:
        yield f"{code} is neither an error of the operation's model nor a common one"


def _xml_error(model: OperationModel, body: bytes):
    place = {"": model.service_model.metadata["xmlNamespace"]}
    root = ElementTree.fromstring(body)
    if root.tag != f"{{{place['']}}}ErrorResponse":
        yield f"root element {root.tag}"
    if root.findtext("Error/Type", namespaces=place) not in ("Sender", "Receiver"):
        yield "no Error/Type"
    if not root.findtext("RequestId", namespaces=place):
        yield "no RequestId"
    texts = (root.findtext(f"Error/{name}", namespaces=place) for name in ("Code", "Message"))
    code, message = texts
    return code, {"message": message}
