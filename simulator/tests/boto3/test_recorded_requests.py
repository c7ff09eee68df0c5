"""Every request that Rollcall's own adapters made in a recorded run is what AWS's model allows. Reads a file only."""

import json
import os
import pathlib
from collections import defaultdict

import pytest
from botocore.exceptions import UnknownServiceError
from botocore.model import OperationNotFoundError

from models import operation_model
from shapes import Check

HOW_TO = (
    "RECORDED_CALLS must name a file with the calls to check: the answer of GET /_simulator/calls after a run. "
    "`make test` makes one with `target/debug/demo --calls FILE`."
)
ABSENT = ("no", "file")


def recorded() -> dict[tuple[str, str], list[dict]]:
    """The calls by service and operation. Without a file there is one entry, so that its absence is a failure."""
    path = os.environ.get("RECORDED_CALLS")
    if not path or not pathlib.Path(path).is_file():
        return {ABSENT: []}
    calls = defaultdict(list)
    for call in json.loads(pathlib.Path(path).read_text()):
        calls[call["service"], call["operation"]].append(call)
    return dict(sorted(calls.items())) or {ABSENT: []}


def request_mistakes(service: str, operation: str, request) -> list[str]:
    """What AWS's model says against a request by its wire names."""
    try:
        shape = operation_model(service, operation).input_shape
    except (UnknownServiceError, OperationNotFoundError):
        return [f"AWS's model has no operation {operation} of {service}"]
    if shape is None:
        return [] if request in (None, {}) else [f"parameters, where the model has none: {request!r}"]
    return list(Check(everywhere=True).mistakes(shape, request))


CALLS = recorded()


@pytest.mark.parametrize(("service", "operation"), CALLS, ids=[f"{service}-{name}" for service, name in CALLS])
def test_recorded_requests(service, operation):
    calls = CALLS[service, operation]
    assert calls, HOW_TO
    wrong = {
        json.dumps(call["request"], sort_keys=True): mistakes
        for call in calls if (mistakes := request_mistakes(service, operation, call["request"]))
    }
    assert not wrong, f"{len(wrong)} different requests, the first: {next(iter(wrong.items()))}"
    refused = [call["error"] for call in calls if call["status"] == 501]
    assert not refused, f"the simulator does not have {operation} of {service}"
