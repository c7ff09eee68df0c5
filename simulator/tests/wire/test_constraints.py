"""Every constrained parameter of every simulated operation: a violating value gives the service's validation error.
Does I/O: a simulator on loopback."""

import copy
import json
import pathlib
import unittest

from botocore.exceptions import ClientError
from botocore import xform_name

import shapes
from simulated import Simulator

ERRORS = {
    "account": "ValidationException",
    "guardduty": "BadRequestException",
    "inspector2": "ValidationException",
    "organizations": "InvalidInputException",
    "sts": "ValidationError",
}
MODELS = pathlib.Path(__file__).parents[2] / "model"


def put(input, path, value):
    """Puts the value where the path leads, and what its surroundings require."""
    for key in path[:-1]:
        input = input[key]
    if isinstance(value, tuple):
        items, count = input[path[-1]], value[1]
        input[path[-1]] = (items * (count + 1))[:count]
    else:
        input[path[-1]] = value


def surroundings(shape, input, path):
    """Fills in samples until the path leads somewhere."""
    for key, following in zip(path, (*path[1:], None)):
        if shape.type_name == "structure":
            shape = shape.members[key]
            if key not in input:
                input[key] = shapes.sample(shape)
            if following is not None:
                input = input[key]
        else:
            shape = shape.member
            if following is not None:
                input = input[key]


class Constraints(unittest.TestCase):
    def test_every_violation_is_refused(self):
        with Simulator("--transition-ms", "0") as simulator:
            for service, code in ERRORS.items():
                client = simulator.client(service, validate=False)
                count = 0
                for name in json.loads((MODELS / f"{service}.json").read_text())["operations"]:
                    count += self.operation(client, name, code)
                print(f"{service}: {count} violations")

    def operation(self, client, name, code):
        model = client.meta.service_model.operation_model(name)
        if model.input_shape is None:
            return 0
        count = 0
        for path, value in shapes.violations(model.input_shape, None):
            uri = model.input_shape.members[path[0]].serialization.get("location") == "uri"
            if uri and value == "":
                continue
            input = shapes.sample(model.input_shape)
            surroundings(model.input_shape, input, path)
            put(input, path, copy.deepcopy(value))
            with self.subTest(operation=name, path=path, value=str(value)[:60]):
                with self.assertRaises(ClientError) as caught:
                    getattr(client, xform_name(name))(**input)
                self.assertEqual(caught.exception.response["Error"]["Code"], code)
                count += 1
        for required in model.input_shape.required_members:
            if "location" in model.input_shape.members[required].serialization:
                continue
            input = shapes.sample(model.input_shape)
            del input[required]
            with self.subTest(operation=name, without=required):
                with self.assertRaises(ClientError) as caught:
                    getattr(client, xform_name(name))(**input)
                self.assertEqual(caught.exception.response["Error"]["Code"], code)
                count += 1
        return count


if __name__ == "__main__":
    unittest.main()
