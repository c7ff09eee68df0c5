"""The other set-ups: a stack in the management account, one account that is everything, and two administrators."""

from processes import ADMINISTRATOR, MANAGEMENT, wait_until
from test_queues import enrolled, newcomers
from truth import assert_agrees, memberships


def enrolments(stack, account: str) -> dict:
    return {key: on for key, on in memberships(stack.organization).items() if key[2] == account}


OPT_IN = "ap-east-1"
OPTIONS = ["--regions", f"eu-west-1,{OPT_IN}", "--transition-ms", "300"]
OPTIONS += ["--feature-not-offered", f"inspector2:LAMBDA_CODE:{OPT_IN}"]
FOUR, ONE = ["--accounts", "4", *OPTIONS], ["--accounts", "1", *OPTIONS]


def covers(stack) -> None:
    """A sweep covers everything, a newcomer is enrolled, and so is a region that it opts in to."""
    assert stack.sweep()["coverage"]["percent"] == 100
    assert_agrees(stack.document(), stack.organization)
    for queue in ["EnrollAccountQueue", "EnrollRegionQueue"]:
        stack.hurry(queue, VisibilityTimeout="2")
    accounts, events = newcomers(stack.organization, 1)
    stack.emit(events[0])
    wait_until("the newcomer to be enrolled", lambda: enrolled(stack.organization, accounts))
    event = stack.organization.post("regions", {"account": accounts[0], "region": OPT_IN, "status": "ENABLED"})
    stack.emit(event)
    wait_until("the region to be enrolled", lambda: len(enrolments(stack, accounts[0])) == 4)
    wait_until("the region to be enrolled", lambda: all(enrolments(stack, accounts[0]).values()))


def test_a_stack_in_the_management_account(started):
    stack = started(FOUR, account=MANAGEMENT, Mode="plan")
    stack.deploy(Mode="apply", **stack.administered_from(ADMINISTRATOR, "GuardDuty", "Inspector"))
    covers(stack)


def test_an_organization_of_one_account(started):
    stack = started(ONE, account=MANAGEMENT, Mode="apply")
    covers(stack)


def test_two_administrators(started):
    stack = started(FOUR, Mode="plan")
    others = [one["id"] for one in stack.organization.accounts() if one["id"] not in {MANAGEMENT, ADMINISTRATOR}]
    stack.deploy(Mode="apply", **stack.administered_from(others[0], "Inspector"))
    covers(stack)
