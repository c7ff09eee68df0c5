"""The other set-ups: a stack in the management account, one account that is everything, and two administrators."""

from conftest import SMALL
from processes import ADMINISTRATOR, MANAGEMENT, wait_until
from test_queues import enrolled, newcomers
from truth import assert_agrees


def covers(stack) -> None:
    """A sweep covers everything, a newcomer is enrolled, and an opt-in of its own is."""
    assert stack.sweep()["coverage"]["percent"] == 100
    assert_agrees(stack.document(), stack.organization)
    stack.hurry("EnrollAccountQueue", VisibilityTimeout="2")
    accounts, events = newcomers(stack.organization, 1)
    stack.emit(events[0])
    wait_until("the newcomer to be enrolled", lambda: enrolled(stack.organization, accounts))


def test_a_stack_in_the_management_account(started):
    stack = started(SMALL, account=MANAGEMENT, Mode="plan")
    stack.deploy(Mode="apply", **stack.administered_from(ADMINISTRATOR, "GuardDuty", "Inspector"))
    covers(stack)


def test_an_organization_of_one_account(started):
    one = ["--accounts", "1", "--regions", "eu-west-1,ap-east-1", "--transition-ms", "300"]
    stack = started([*one, "--feature-not-offered", "inspector2:LAMBDA_CODE:ap-east-1"], account=MANAGEMENT, Mode="apply")
    covers(stack)


def test_two_administrators(started):
    stack = started(SMALL, Mode="plan")
    others = [one["id"] for one in stack.organization.accounts() if one["id"] not in {MANAGEMENT, ADMINISTRATOR}]
    stack.deploy(Mode="apply", **stack.administered_from(others[0], "Inspector"))
    covers(stack)
