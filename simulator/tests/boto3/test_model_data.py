"""The simulator's data is what its script makes of the pinned botocore's models. Reads files only."""

import importlib.util
import json

import pytest

from models import REDUCED, SERVICES, load

_spec = importlib.util.spec_from_file_location("reduce", REDUCED / "reduce.py")
reduce = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(reduce)


@pytest.mark.parametrize("service", SERVICES)
def test_reduced_model(service):
    names = reduce.OPERATIONS[service].split()
    assert json.loads((REDUCED / f"{service}.json").read_text()) == reduce.reduced(load(service), names)
