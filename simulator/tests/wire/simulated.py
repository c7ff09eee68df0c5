"""A running simulator and boto3 clients of it, whose raw answers are checked. Does I/O: a process, loopback HTTP."""

import json
import os
import subprocess
import urllib.request

import boto3
from botocore.config import Config

import shapes

MANAGEMENT, ADMINISTRATOR = "111111111111", "222222222222"


class Simulator:
    """The program, with these options, on a free port."""

    def __init__(self, *options):
        program = os.environ["ORGANIZATION_SIMULATOR"]
        self.process = subprocess.Popen(
            [program, "--listen", "127.0.0.1:0", *options], stdout=subprocess.PIPE, text=True
        )
        first = self.process.stdout.readline()
        assert first.startswith("listening on http://127.0.0.1:"), first
        self.url = first.removeprefix("listening on ").strip()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()

    def control(self, method, name, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/_simulator/{name}", data, method=method)
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    def client(self, service, account=MANAGEMENT, region="us-east-1", session=None, validate=True):
        """A client of the account, or of assumed credentials. Every answer of it is checked against the model."""
        keys = session or {"AccessKeyId": account, "SecretAccessKey": "-", "SessionToken": None}
        client = boto3.client(
            service,
            region_name=region,
            endpoint_url=self.url,
            aws_access_key_id=keys["AccessKeyId"],
            aws_secret_access_key=keys["SecretAccessKey"],
            aws_session_token=keys["SessionToken"],
            config=Config(retries={"total_max_attempts": 1}, parameter_validation=validate),
        )
        client.meta.events.register("before-parse.*", check)
        return client


def check(operation_model, response_dict, **_):
    """Checks a raw answer. Registered before botocore parses it."""
    headers = response_dict["headers"]
    protocol = operation_model.service_model.metadata["protocol"]
    request_id = headers.get("x-amzn-requestid")
    assert request_id, "no request id"
    status, body = response_dict["status_code"], response_dict["body"]
    if status >= 300:
        if protocol == "rest-json":
            assert headers.get("x-amzn-errortype"), "an error without x-amzn-errortype"
            assert json.loads(body)["message"]
        elif protocol == "json":
            error = json.loads(body)
            assert error["__type"] and error["Message"]
            _modelled_error(operation_model, error)
        return
    shape = operation_model.output_shape
    expected = operation_model.http.get("responseCode", 200)
    assert status == expected, f"{operation_model.name}: status {status}, not {expected}"
    if shape is None:
        assert body in (b"", b"{}"), body
        return
    if protocol == "query":
        answer = shapes.from_xml(shape, body.decode(), operation_model.name)
    else:
        answer = json.loads(body) if body else {}
    found = shapes.mistakes(shape, answer)
    assert not found, f"{operation_model.name}: {found}"


def _modelled_error(operation_model, error):
    for shape in operation_model.service_model.error_shapes:
        if shape.name == error["__type"] and "Reason" in shape.members and "Reason" in error:
            assert error["Reason"] in shape.members["Reason"].enum, error
