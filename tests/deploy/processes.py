"""The two servers that a deployment needs: MiniStack, and the simulated organization. I/O: processes, loopback."""

import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import boto3
from botocore.config import Config

HERE = Path(__file__).parent
PROJECT = HERE.parent.parent
#: The services that the simulated organization has; everything else is MiniStack's.
SIMULATED = ["GUARDDUTY", "INSPECTOR2", "ORGANIZATIONS", "ACCOUNT", "STS", "SSM"]
MANAGEMENT, ADMINISTRATOR = "111111111111", "222222222222"
HOME = "eu-west-1"


def wait_until(what: str, met, seconds: float = 60.0):
    """What `met` gives as soon as it is true."""
    end = time.monotonic() + seconds
    while not (found := met()):
        assert time.monotonic() < end, f"waited {seconds} s in vain: {what}"
        time.sleep(0.1)
    return found


def fetch(url: str, body: object = None, method: str | None = None) -> object:
    data = None if body is None else json.dumps(body).encode()
    method = method or ("GET" if data is None else "POST")
    request = urllib.request.Request(url, data=data, method=method, headers={"content-type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as error:
        raise AssertionError(f"{method} {url}: {error.read().decode()}") from error


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Process:
    """A server that ends with the test."""

    def __init__(self, command: list[str], environment: dict[str, str], log: Path):
        self.log = log
        self.process = subprocess.Popen(command, env=environment, stdout=log.open("wb"), stderr=subprocess.STDOUT)

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def said(self) -> str:
        assert self.process.poll() is None, f"ended: {self.log.read_text(errors='replace')[-2000:]}"
        return self.log.read_text(errors="replace")


class Organization(Process):
    """The simulated organization."""

    def __init__(self, folder: Path, options: list[str]):
        binary = os.environ["SIMULATOR_BINARY"]
        super().__init__([binary, "--listen", "127.0.0.1:0", *options], {}, folder / "organization.log")
        listening = wait_until("the organization", lambda: re.search(r"listening on (\S+)", self.said()))
        self.url = listening[1]
        self.taken: list[dict] = []

    def get(self, door: str) -> object:
        return fetch(f"{self.url}/_simulator/{door}")

    def post(self, door: str, body: object) -> object:
        return fetch(f"{self.url}/_simulator/{door}", body)

    def prepare(self, **state: object) -> None:
        self.post("state", {name.replace("_", "-"): value for name, value in state.items()})

    def take_calls(self) -> list[dict]:
        """The calls since they were last taken."""
        calls = self.get("calls")
        self.drop_calls()
        self.taken += calls
        return calls

    def drop_calls(self) -> None:
        """Forgets the calls since they were last taken."""
        fetch(f"{self.url}/_simulator/calls", method="DELETE")

    def accounts(self) -> list[dict]:
        return self.get("organization")["accounts"]

    def client(self, service: str, region: str, account: str):
        """A client of one of the organization's accounts, for what somebody does behind our back."""
        return boto3.client(
            service, region_name=region, endpoint_url=self.url, aws_access_key_id=account, aws_secret_access_key="any"
        )


class Emulator(Process):
    """MiniStack, in the account of the stack."""

    def __init__(self, folder: Path, organization: Organization, account: str):
        self.account, port = account, free_port()
        self.url = f"http://127.0.0.1:{port}"
        state = folder / "ministack"
        state.mkdir()
        environment = {
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            **{name: str(state) for name in ["HOME", "TMPDIR", "STATE_DIR", "S3_DATA_DIR"]},
            "GATEWAY_PORT": str(port),
            "BIND_HOST": "127.0.0.1",
            "MINISTACK_HOST": "127.0.0.1",
            "MINISTACK_ACCOUNT_ID": account,
            "MINISTACK_REGION": HOME,
            "AUTH": "true",
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "AWS_ENDPOINT_URL": self.url,
            **{f"AWS_ENDPOINT_URL_{service}": organization.url for service in SIMULATED},
            # Functions inherit this environment. What is throttled on purpose is tried again without long pauses.
            "ROLLCALL_INITIAL_BACKOFF_MS": "20",
        }
        super().__init__([sys.executable, str(HERE / "launcher.py")], environment, folder / "ministack.log")
        wait_until("MiniStack", self.is_ready)

    def is_ready(self) -> bool:
        self.said()
        try:
            return bool(fetch(f"{self.url}/_ministack/health"))
        except (urllib.error.URLError, ConnectionError):
            return False

    def client(self, service: str, account: str | None = None, region: str = HOME):
        """A client as the root of an account: for tests only, policies do not bind it."""
        return boto3.client(
            service,
            region_name=region,
            endpoint_url=self.url,
            aws_access_key_id=account or self.account,
            aws_secret_access_key="test",
            config=Config(retries={"total_max_attempts": 1}, read_timeout=60),
        )

    def emit(self, bus: str, *events: dict) -> None:
        """Puts events on a bus as AWS does, of its own sources too."""
        entries = [
            {
                "Source": event["source"],
                "DetailType": event["detail-type"],
                "Detail": json.dumps(event["detail"]),
                "EventBusName": bus,
            }
            for event in events
        ]
        door = f"{self.url}/_door/events?account={self.account}&region={HOME}"
        for share in range(0, len(entries), 10):
            answer = fetch(door, {"Entries": entries[share : share + 10]})
            assert answer["FailedEntryCount"] == 0, answer

    def calls(self) -> list[dict]:
        return fetch(f"{self.url}/_door/calls")

    def workers(self) -> list[dict]:
        return fetch(f"{self.url}/_door/workers")
