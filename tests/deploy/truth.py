"""Coverage by the simulated organization's own truth. What is desired is written down here once more, so that what is
counted does not rest on the code under test. I/O: reading the simulation."""

from processes import Organization

DESIRED = {
    "guardduty": {
        "S3_DATA_EVENTS",
        "EKS_AUDIT_LOGS",
        "EBS_MALWARE_PROTECTION",
        "RDS_LOGIN_EVENTS",
        "LAMBDA_NETWORK_LOGS",
    },
    "inspector2": {"EC2", "ECR", "LAMBDA", "LAMBDA_CODE", "EC2_DEEP_INSPECTION"},
}
#: What the simulated regions do not offer: (service, feature, region).
NOT_OFFERED = {("inspector2", "LAMBDA_CODE", "ap-east-1")}
#: The services' ids in the coverage document.
IDS = {"guardduty": "guardduty", "inspector2": "inspector"}

Membership = tuple[str, str, str]


def memberships(organization: Organization) -> dict[Membership, bool]:
    """Whether each applicable membership (service id, region, account) is enrolled with every desired feature on."""
    rows = {(row["service"], row["region"], row["account"]): row for row in organization.get("enrolment")}
    found = {}
    for account in organization.get("organization")["accounts"]:
        if account["state"] not in {"ACTIVE", "PENDING_CLOSURE"}:
            continue
        on = [name for name, status in account["regions"].items() if status in {"ENABLED", "ENABLED_BY_DEFAULT"}]
        for region in on:
            for service, features in DESIRED.items():
                wanted = {name for name in features if (service, name, region) not in NOT_OFFERED}
                row = rows.get((service, region, account["id"]))
                found[(IDS[service], region, account["id"])] = row is not None and is_enrolled(row, wanted)
    return found


def is_enrolled(row: dict, wanted: set[str]) -> bool:
    on = {name for name, status in row["features"].items() if status in {"ENABLED", "ACTIVATED"}}
    return row["relationship"].lower() in {"enabled", "administrator"} and wanted <= on


def reported(document: dict) -> dict[Membership, str]:
    """The state of every membership that a coverage document speaks of."""
    states = {}
    for target in document["targets"]:
        for account in document["accounts"]:
            states[(target["service"], target["region"], account)] = "enrolled"
        for gap in target["gaps"]:
            for account in gap["accounts"]:
                states[(target["service"], target["region"], account)] = gap["state"]
    return states


def assert_agrees(document: dict, organization: Organization) -> None:
    """The document says of each membership what is so."""
    states, truth = reported(document), memberships(organization)
    applicable = {membership for membership, state in states.items() if state != "not-applicable"}
    assert applicable == set(truth)
    wrong = {key: states[key] for key, enrolled in truth.items() if (states[key] == "enrolled") != enrolled}
    assert not wrong, wrong
    totals = document["totals"]
    assert totals["enrolled"] == sum(truth.values())
    assert totals["notApplicable"] == len(states) - len(truth)
