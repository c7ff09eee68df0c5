"""The main story: a sweep covers everything, events enrol what comes, and the next sweep finds nothing to do."""

import os
from pathlib import Path

from processes import wait_until
from truth import assert_agrees, memberships


def writes(calls: list[dict]) -> list[str]:
    reads = ("Get", "List", "Describe", "BatchGet", "AssumeRole")
    return [f"{call['operation']} in {call['region']}" for call in calls if not call["operation"].startswith(reads)]


def peaks(stack) -> dict[str, float]:
    """The peak memory of each function's processes so far, in megabytes."""
    found: dict[str, float] = {}
    for worker in stack.emulator.workers():
        status = Path(f"/proc/{worker['pid']}/status").read_text()
        peak = next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM"))
        found[worker["function"]] = max(found.get(worker["function"], 0), peak)
    return found


def test_a_sweep_covers_everything_events_enrol_what_comes_and_the_next_sweep_writes_nothing(started):
    stack = started(Mode="apply")
    organization, listener = stack.organization, stack.listen()
    for queue in ["EnrollAccountQueue", "EnrollRegionQueue"]:
        stack.hurry(queue, VisibilityTimeout="2")

    first = stack.sweep()
    assert first["coverage"]["percent"] == 100, first
    assert_agrees(stack.document(), organization)
    heard = [message.get("detail-type", message.get("Subject")) for message in stack.heard(listener)]
    assert sorted(heard) == ["Rollcall: 100% enrolled", "Sweep Completed"], "no news of accounts on the first sweep"

    # An account joins: its event is local to the stack's account.
    event = organization.post("accounts", {"name": "Newcomer", "email": "newcomer@example.com"})
    newcomer = event["detail"]["serviceEventDetails"]["createAccountStatus"]["accountId"]
    stack.emulator.emit("default", event)
    of_newcomer = lambda: {key: on for key, on in memberships(organization).items() if key[2] == newcomer}  # noqa: E731
    wait_until("the new account to be enrolled", lambda: all(of_newcomer().values()))
    assert len(of_newcomer()) == 10

    # An account opts in to a region: its event was forwarded to the stack's bus.
    off = [one["id"] for one in organization.accounts() if one["regions"]["ap-east-1"] == "DISABLED"]
    event = organization.post("regions", {"account": off[0], "region": "ap-east-1", "status": "ENABLED"})
    stack.emit(event)
    wait_until("the region to be enrolled", lambda: all(memberships(organization).values()))
    for queue in ["EnrollAccountQueue", "EnrollRegionQueue"]:
        wait_until(f"{queue} to be empty", lambda queue=queue: stack.waiting(queue) == 0)
    organization.take_calls()

    second = stack.sweep()
    written = writes(organization.take_calls())
    assert not written
    assert second["coverage"]["percent"] == 100
    assert_agrees(stack.document(), organization)
    # The same for people: the page is of this sweep, and the table has a row for each membership.
    page, table = stack.object("coverage/latest.html"), stack.object("coverage/latest.csv")
    assert page["ContentType"].startswith("text/html")
    assert stack.document()["run"]["id"] in page["Body"].read().decode()
    assert len(table["Body"].read().decode().splitlines()) == 1 + len(stack.document()["accounts"]) * 10
    news = [message["detail"] for message in stack.heard(listener) if message.get("source") == "rollcall"]
    enrolled = [piece for piece in news if piece.get("account")]
    assert [piece["account"] for piece in enrolled] == [newcomer]
    assert enrolled[0]["secondsSinceJoined"] >= 0 and enrolled[0]["id"].endswith(f"/account-enrolled/{newcomer}")

    truth, figures = memberships(organization), peaks(stack)
    said = f"deploy-test: {sum(truth.values())} of {len(truth)} applicable memberships enrolled"
    Path(os.environ.get("SUMMARY", "/dev/null")).write_text(
        f"peak memory: {', '.join(f'{name} {peak:.0f} MB' for name, peak in sorted(figures.items()))}\n"
        f"{said}, {len(written)} writes in the second sweep\n"
    )
