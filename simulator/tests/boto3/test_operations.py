"""Every simulated operation, driven with boto3: each raw answer is what AWS's model says. Starts the program."""

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError

import policy_drives  # noqa: F401  (it registers more drives)
import reading_drives  # (it too)
from drives import DRIVES, details, guardduty
from models import SERVED, SERVICES, service_model
from parameters import sample
from shapes import KNOWN_ABSENT


@pytest.mark.parametrize(("service", "operation"), SERVED, ids=[f"{service}-{name}" for service, name in SERVED])
def test_operation(simulator, service, operation):
    DRIVES[service, operation](simulator)
    answers = [status for of, name, status in simulator.answered if (of, name) == (service, operation)]
    assert 200 in answers, f"{operation} was never answered with success: {answers}"


def test_every_simulated_operation_is_driven():
    assert sorted(DRIVES) == sorted(SERVED)


def test_every_simulated_operation_has_its_permissions(shared):
    assert sorted(shared.control("GET", "permissions")) == sorted(f"{service}:{name}" for service, name in SERVED)


@pytest.mark.parametrize("service", SERVICES)
def test_no_other_operation_is_served(shared, service):
    """Of all that AWS's model has, exactly the driven operations are not answered with 501."""
    client, served = shared.client(service), []
    for name in service_model(service).operation_names:
        shape = service_model(service).operation_model(name).input_shape
        try:
            getattr(client, xform_name(name))(**(sample(shape) if shape else {}))
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] == 501:
                continue
        served.append(name)
    assert served == [name for of, name in SERVED if of == service]


def test_service_control_policies_are_read(simulator):
    reading_drives.service_control(simulator)


def test_members_by_organizations_lack_the_email_and_nothing_else(simulator):
    client, detector = guardduty(simulator, 1)
    simulator.known_absent = ()
    for read in (client.list_members, lambda **input: client.get_members(AccountIds=simulator.members[:1], **input)):
        with pytest.raises(AssertionError) as caught:
            read(DetectorId=detector)
        assert "['.members[0].email: required, but absent']" in str(caught.value)
    assert list(KNOWN_ABSENT) == [("Member", "Email")]


def test_a_switch_gives_members_their_email(simulator):
    client, detector = guardduty(simulator, 1)
    simulator.known_absent = ()
    simulator.set(guardduty__members_have_email=True)
    email = details(simulator, simulator.members[:1])[0]["Email"]
    assert [member["Email"] for member in client.list_members(DetectorId=detector)["Members"]] == [email]
    assert client.get_members(DetectorId=detector, AccountIds=simulator.members[:1])["Members"][0]["Email"] == email


def test_members_by_invitation_have_an_email(simulator):
    client, detector = guardduty(simulator)
    invited = {"service": "guardduty", "accounts": ["999999999999"], "relationship": "Invited", "email": "a@b.example"}
    simulator.control("POST", "state", invited)
    simulator.known_absent = ()
    member = client.list_members(DetectorId=detector, OnlyAssociated="false")["Members"][0]
    assert (member["Email"], member["RelationshipStatus"], "InvitedAt" in member) == ("a@b.example", "Invited", True)


def test_what_a_policy_manages_is_marked(simulator):
    client, detector = guardduty(simulator, 1)
    simulator.control("POST", "state", {"service": "guardduty", "managed": ["S3_DATA_EVENTS", "RUNTIME_MONITORING"]})
    own = client.get_detector(DetectorId=detector)
    member = client.get_member_detectors(DetectorId=detector, AccountIds=simulator.members[:1])
    for found in (own, member["MemberDataSourceConfigurations"][0]):
        managed = {feature["Name"] for feature in found["Features"] if feature.get("ManagedBy") == "GUARDDUTY_POLICY"}
        assert managed >= {"S3_DATA_EVENTS"}
