"""What the tests share: an organization, and Rollcall deployed for it; each test has its own. I/O: processes, files.

With `--calls FOLDER` every test leaves there what was called, and what the deployed roles grant, for the check of
permissions.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from deployment import Deployment
from processes import ADMINISTRATOR, Emulator, Organization

REGIONS = "us-east-1,us-west-2,eu-west-1,ap-southeast-2,ap-east-1"
#: Fourteen accounts in five regions: one suspended, one with the opt-in region off, a feature not offered there.
OPTIONS = ["--accounts", "14", "--regions", REGIONS, "--suspended", "1", "--region-off", "1:ap-east-1"]
OPTIONS += ["--feature-not-offered", "inspector2:LAMBDA_CODE:ap-east-1", "--transition-ms", "300"]
OPTIONS += ["--organizational-units", "3"]
#: Four accounts in two regions, for what does not depend on numbers.
SMALL = ["--accounts", "4", "--regions", "us-east-1,eu-west-1", "--transition-ms", "300"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--calls", type=Path, help="leave there what was called, and what the roles grant")


@pytest.fixture
def started(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[..., Deployment]]:
    """Starts an organization with these options, and deploys Rollcall in an account with these parameters."""
    processes, deployments = [], []

    def start(options: list[str] | None = None, account: str = ADMINISTRATOR, **parameters: object) -> Deployment:
        organization = Organization(tmp_path, OPTIONS if options is None else options)
        processes.append(organization)
        emulator = Emulator(tmp_path, organization, account)
        processes.append(emulator)
        deployments.append(Deployment(tmp_path, organization, emulator))
        return deployments[-1].deploy(**parameters)

    yield start
    folder = request.config.getoption("--calls")
    if folder and deployments:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{request.node.name}.json").write_text(json.dumps(deployments[-1].evidence()))
    for process in reversed(processes):
        process.stop()
