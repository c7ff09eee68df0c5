"""AWS's service models as botocore ships them, and which operations of them are simulated. Reads files only."""

import json
import pathlib

import botocore.session
from botocore.model import OperationModel, ServiceModel, Shape

# What each service answers to a violated constraint, always with status 400.
VALIDATION_ERRORS = {
    "account": "ValidationException",
    "cloudtrail": "ValidationException",
    "guardduty": "BadRequestException",
    "inspector2": "ValidationException",
    "organizations": "InvalidInputException",
    "securityhub": "ValidationException",
    "ssm": "ValidationException",
    "sts": "ValidationError",
}
SERVICES = tuple(VALIDATION_ERRORS)

REDUCED = pathlib.Path(__file__).parents[2] / "model"
_session = botocore.session.Session()
_models: dict[str, ServiceModel] = {}


def service_model(service: str) -> ServiceModel:
    if service not in _models:
        _models[service] = _session.get_service_model(service)
    return _models[service]


def operation_model(service: str, operation: str) -> OperationModel:
    return service_model(service).operation_model(operation)


def load(service: str) -> dict:
    """The model's own JSON."""
    return _session.get_component("data_loader").load_service_model(service, "service-2")


def _reduced(service: str) -> dict:
    return json.loads((REDUCED / f"{service}.json").read_text())


def _served(service: str) -> list[str]:
    return sorted(_reduced(service)["operations"])


def error_status(service: str, shape: Shape) -> int:
    """The HTTP status of a modelled error; the simulator's own data has it where the model is silent."""
    error = shape.metadata.get("error", {})
    return error.get("httpStatusCode") or _reduced(service)["errors"][shape.error_code]


def message_member(shape: Shape) -> str | None:
    """The spelling of the message of a modelled error; None: its shape has none."""
    return next((wire_name(name, shape.members[name]) for name in shape.members if name.lower() == "message"), None)


def message_spelling(service: str, code: str) -> str:
    """How the message of an error is spelled, whether a model has the error or not; empty where it has none."""
    usual = "Message" if service_model(service).metadata["protocol"] == "json" else "message"
    return _reduced(service).get("messages", {}).get(code, usual)


# The operations that the simulator's own data names; a test compares them with what a running simulator serves.
SERVED = [(service, operation) for service in SERVICES for operation in _served(service)]


def wire_name(name: str, member: Shape) -> str:
    """A member's name on the wire. Labels of a path are not on it: they are spelled like the other parameters."""
    wire = member.serialization.get("name", name)
    return wire[0].lower() + wire[1:] if member.serialization.get("location") == "uri" else wire


def error_shapes(service: str) -> dict[str, Shape]:
    """The modelled errors of the simulated operations by their codes."""
    return {
        shape.error_code: shape
        for of, operation in SERVED
        if of == service
        for shape in operation_model(of, operation).error_shapes
    }
