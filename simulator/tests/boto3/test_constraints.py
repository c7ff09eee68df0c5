"""Every constraint of every parameter: what keeps it passes, what violates it is refused as AWS does. Starts the program."""

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError

from models import SERVED, VALIDATION_ERRORS, operation_model, wire_name
from parameters import MISSING, Violation, request, violations


def constraints():
    for service, operation in SERVED:
        shape = operation_model(service, operation).input_shape
        for violation in violations(shape) if shape else ():
            yield pytest.param(service, operation, violation, id=f"{service}-{operation}-{violation}")


def indistinguishable(service: str, operation: str, violation: Violation) -> bool:
    """A label of the path that is missing or empty makes another path, so AWS cannot tell which parameter it was."""
    member = operation_model(service, operation).input_shape.members[violation.path[0]]
    return member.serialization.get("location") == "uri" and violation.violates in (MISSING, "")


ALL = list(constraints())
TRIED = [case for case in ALL if not indistinguishable(*case.values)]


def answer(simulator, service: str, operation: str, parameters: dict) -> tuple[int, str | None, str | None]:
    try:
        getattr(simulator.client(service), xform_name(operation))(**parameters)
    except ClientError as error:
        details = error.response["Error"]
        return error.response["ResponseMetadata"]["HTTPStatusCode"], details["Code"], details["Message"]
    return 200, None, None


@pytest.mark.parametrize(("service", "operation", "violation"), TRIED)
def test_constraint(shared, service, operation, violation):
    shape = operation_model(service, operation).input_shape
    kept = answer(shared, service, operation, request(shape, violation.path, violation.keeps))
    status, code, message = answer(shared, service, operation, request(shape, violation.path, violation.violates))
    assert (status, code) == (400, VALIDATION_ERRORS[service])
    # Services use the same error for other things too: a valid request must fare better.
    assert kept != (status, code, message)
    if service != "guardduty":  # its message names few parameters
        assert wire_name_of(shape, violation.path).casefold() in message.casefold()
        assert "failed to satisfy constraint" not in (kept[2] or "")


def wire_name_of(shape, path: tuple[str, ...]) -> str:
    """The wire name of the last member of the path that has a name."""
    wire = ""
    for step in path:
        if step == "[]":
            shape = shape.member
        elif step in ("{key}", "{value}"):
            shape = shape.key if step == "{key}" else shape.value
        else:
            wire, shape = wire_name(step, shape.members[step]), shape.members[step]
    return wire


def test_only_missing_detector_ids_cannot_be_tried():
    left = {str(case.values[2]) for case in ALL if case not in TRIED}
    assert left == {"DetectorId-required", "DetectorId-min"}
