"""A running simulator, and boto3 clients of its accounts, whose raw answers are all checked. A process and loopback HTTP."""

import json
import os
import pathlib
import subprocess
import urllib.error
import urllib.request

import boto3
from botocore.config import Config

from answers import answer_mistakes
from shapes import KNOWN_ABSENT

REGION = "us-east-1"
_DEFAULT = pathlib.Path(__file__).parents[3] / "target/debug/organization-simulator"
# Nothing of the machine's own AWS configuration, and no proxy.
for _name in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[_name]
os.environ["AWS_CONFIG_FILE"] = os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull
_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
_session = boto3.Session()


class Simulator:
    """The program with these options on a free port, until the end of the `with` block."""

    def __init__(self, *options: str):
        program = os.environ.get("SIMULATOR_BINARY", str(_DEFAULT))
        self.process = subprocess.Popen(
            [program, "--listen", "127.0.0.1:0", "--transition-ms", "0", *options], stdout=subprocess.PIPE, text=True
        )
        first = self.process.stdout.readline()
        if not first.startswith("listening on http://127.0.0.1:"):
            self.process.kill()
            raise RuntimeError(f"{program} did not start; its first line of output: {first!r}")
        self.url = first.removeprefix("listening on ").strip()
        self.known_absent = KNOWN_ABSENT
        self.answered: list[tuple[str, str, int]] = []  # service, operation, status
        self._clients: dict = {}
        organization = self.control("GET", "organization")
        self.management, self.administrator = organization["management"], organization["administrator"]
        ids = [account["id"] for account in organization["accounts"]]
        self.members = [id for id in ids if id not in (self.management, self.administrator)]

    def __enter__(self) -> "Simulator":
        return self

    def __exit__(self, *_) -> None:
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()

    def http(self, method: str, path: str, body: bytes | None = None, headers: dict | None = None):
        """A plain request: status, headers, body."""
        request = urllib.request.Request(self.url + path, body, headers or {}, method=method)
        try:
            with _direct.open(request) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers, error.read()

    def control(self, method: str, name: str, body=None):
        """A request to the simulator itself."""
        data = None if body is None else json.dumps(body).encode()
        status, _, answer = self.http(method, f"/_simulator/{name}", data)
        assert status == 200, (name, body, answer)
        return json.loads(answer)

    def set(self, **switches) -> None:
        """Sets switches; `guardduty__members_have_email` stands for `guardduty.members-have-email`."""
        named = {name.replace("__", ".").replace("_", "-"): value for name, value in switches.items()}
        self.control("POST", "settings", named)

    def client(self, service: str, account: str | None = None, region: str = REGION, token: str | None = None):
        """A client of the account, by default the management account; it sends parameters as they are."""
        key = (service, account or self.management, region, token)
        if key not in self._clients:
            self._clients[key] = client = _session.client(
                service,
                region_name=region,
                endpoint_url=self.url,
                aws_access_key_id=key[1],
                aws_secret_access_key="-",
                aws_session_token=token,
                config=Config(retries={"total_max_attempts": 1}, parameter_validation=False, proxies={}),
            )
            client.meta.events.register("before-parse.*", self._check)
        return self._clients[key]

    def _check(self, operation_model, response_dict, **_) -> None:
        service, operation = operation_model.service_model.service_name, operation_model.name
        self.answered.append((service, operation, response_dict["status_code"]))
        mistakes = list(answer_mistakes(operation_model, response_dict, self.known_absent))
        assert not mistakes, f"{service} {operation}: {mistakes}\n{response_dict['body'][:2000]!r}"

    def designate(self) -> None:
        """Makes the administrator that of both services, in REGION."""
        organizations = self.client("organizations")
        for principal in ("guardduty", "malware-protection.guardduty", "inspector2", "account"):
            organizations.enable_aws_service_access(ServicePrincipal=f"{principal}.amazonaws.com")
        self.client("guardduty").enable_organization_admin_account(AdminAccountId=self.administrator)
        self.client("inspector2").enable_delegated_admin_account(delegatedAdminAccountId=self.administrator)

    def detector(self) -> str:
        """The id of the administrator's detector."""
        return self.client("guardduty", self.administrator).list_detectors()["DetectorIds"][0]
