"""What the queues do: a poisoned message, many accounts at once, plan mode, and accounts that are blocked."""

import json

from conftest import SMALL
from processes import ADMINISTRATOR, MANAGEMENT, wait_until
from truth import memberships


def newcomers(organization, count: int) -> tuple[list[str], list[dict]]:
    known = len(organization.accounts())
    events = [
        organization.post("accounts", {"name": f"Newcomer {number}", "email": f"new-{number}@example.com"})
        for number in range(known, known + count)
    ]
    status = [event["detail"]["serviceEventDetails"]["createAccountStatus"] for event in events]
    return [one["accountId"] for one in status], events


def enrolled(organization, accounts: list[str]) -> bool:
    found = {key: on for key, on in memberships(organization).items() if key[2] in accounts}
    return bool(found) and all(found.values())


def test_a_poisoned_message_ends_in_the_dead_letter_queue_and_the_rest_of_its_batch_is_enrolled(started):
    stack = started(SMALL, Mode="apply")
    stack.sweep()
    accounts, events = newcomers(stack.organization, 2)
    queue, sqs = stack.queue("EnrollAccountQueue"), stack.emulator.client("sqs")
    policy = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["RedrivePolicy"])["Attributes"]["RedrivePolicy"]
    # As the template has it, but for how often: two hours are too long for a test.
    redrive = json.dumps(json.loads(policy) | {"maxReceiveCount": 8})
    stack.hurry("EnrollAccountQueue", VisibilityTimeout="1", RedrivePolicy=redrive)
    bodies = [json.dumps(event) for event in events]
    bodies.insert(1, "this is no event")
    entries = [{"Id": str(number), "MessageBody": body} for number, body in enumerate(bodies)]
    sqs.send_message_batch(QueueUrl=queue, Entries=entries)
    wait_until("both accounts to be enrolled", lambda: enrolled(stack.organization, accounts))
    wait_until("the message to be given up", lambda: stack.waiting("EnrollAccountDeadLetters") == 1, 90)
    dead = sqs.receive_message(QueueUrl=stack.queue("EnrollAccountDeadLetters"))["Messages"]
    assert [message["Body"] for message in dead] == ["this is no event"]
    assert stack.waiting("EnrollAccountQueue") == 0


def test_fifty_accounts_vended_within_a_minute_are_enrolled_with_few_calls(started):
    stack = started(SMALL, Mode="apply")
    stack.sweep()
    stack.hurry("EnrollAccountQueue", VisibilityTimeout="2")
    accounts, events = newcomers(stack.organization, 50)
    stack.organization.take_calls()
    sqs, queue = stack.emulator.client("sqs"), stack.queue("EnrollAccountQueue")
    # They arrive together: MiniStack has no batching window, so the mapping is held until all are there.
    functions, name = stack.emulator.client("lambda"), queue.rpartition("/")[2]
    mappings = functions.list_event_source_mappings()["EventSourceMappings"]
    mapping = next(one["UUID"] for one in mappings if one["EventSourceArn"].endswith(name))
    functions.update_event_source_mapping(UUID=mapping, Enabled=False)
    for event in events:
        sqs.send_message(QueueUrl=queue, MessageBody=json.dumps(event))
    functions.update_event_source_mapping(UUID=mapping, Enabled=True)
    wait_until("fifty accounts to be enrolled", lambda: enrolled(stack.organization, accounts), 90)
    wait_until("the queue to be empty", lambda: stack.waiting("EnrollAccountQueue") == 0, 30)
    calls = [call for call in stack.organization.take_calls() if call["status"] == 200]
    for region in ["us-east-1", "eu-west-1"]:
        created = [call for call in calls if call["operation"] == "CreateMembers" and call["region"] == region]
        associated = [call for call in calls if call["operation"] == "AssociateMember" and call["region"] == region]
        enabled = [call for call in calls if call["operation"] == "Enable" and call["region"] == region]
        # The mapping's batches are of fifty; MiniStack receives ten or fewer at a time. A batch is one call.
        asked = [one["accountId"] for call in created for one in call["request"]["accountDetails"]]
        assert sorted(asked) == sorted(accounts), "each account is asked for once"
        assert len(created) <= 10, "one call for each batch"
        assert len(associated) == 50, "Inspector takes one account a call"
        assert len(enabled) <= 20, "one call for each batch, or for each of its receives"


def test_in_plan_mode_and_for_blocked_accounts_no_message_comes_back(started):
    stack = started(SMALL, Mode="plan")
    _, events = newcomers(stack.organization, 1)
    stack.organization.take_calls()
    stack.emit(events[0])
    wait_until("the message to be read", lambda: stack.organization.get("calls"))
    wait_until("the queue to be empty", lambda: stack.waiting("EnrollAccountQueue") == 0)
    assert not stack.executions(), "a plan starts no sweep"

    # A service control policy denies what enrolling takes: a person must see to it.
    stack.deploy(Mode="apply")
    for service in ["guardduty", "inspector2"]:
        stack.organization.prepare(kind="deny", account=ADMINISTRATOR, action=f"{service}:*")
    _, events = newcomers(stack.organization, 1)
    stack.emit(events[0])
    wait_until("the queue to be empty", lambda: stack.waiting("EnrollAccountQueue") == 0)
    for queue in ["EnrollAccountDeadLetters", "EnrollRegionDeadLetters", "RuleDeadLetters"]:
        assert stack.waiting(queue) == 0


def test_a_missing_prerequisite_and_an_opt_in_of_the_management_account_start_the_sweep(started):
    options = ["--accounts", "4", "--regions", "eu-west-1,ap-east-1", "--transition-ms", "300"]
    stack = started([*options, "--feature-not-offered", "inspector2:LAMBDA_CODE:ap-east-1"], Mode="apply")
    organization = stack.organization
    _, events = newcomers(organization, 1)
    stack.emit(events[0])
    started_by_event = wait_until("a sweep to be started", stack.executions)
    assert started_by_event[0]["name"].startswith("prerequisite-")
    stack.finished(started_by_event[0]["executionArn"])
    assert all(memberships(organization).values())

    organization.post("regions", {"account": MANAGEMENT, "region": "ap-east-1", "status": "DISABLED"})
    for status in ["ENABLING", "ENABLED"]:
        event = organization.post("regions", {"account": MANAGEMENT, "region": "ap-east-1", "status": status})
        stack.emit(event)
    wait_until("a sweep of the region", lambda: len(stack.executions()) == 2)
    opt_in = next(one for one in stack.executions() if one["name"].startswith("opt-in-"))
    stack.finished(opt_in["executionArn"])
    document = stack.document()
    assert document["run"]["id"] == opt_in["name"] and document["regions"] == ["ap-east-1"]
    newer = {target["region"] for target in document["targets"] if target["run"] == document["run"]}
    assert newer == {"ap-east-1"} and len(document["targets"]) == 4, "the other targets stay in the document"
    assert all(memberships(organization).values())
