"""The checks themselves find what they are there for. No I/O."""

import json

import pytest

from answers import answer_mistakes
from models import operation_model
from test_recorded_requests import request_mistakes

REGION = {"RegionName": "us-east-1", "RegionOptStatus": "ENABLED"}
CREATION = {"Id": "car-00000000", "State": "SUCCEEDED", "RequestedTimestamp": 1_700_000_000}
MEMBER = {"accountId": "333333333333", "masterId": "m", "email": "a@b.example", "relationshipStatus": "Enabled",
          "updatedAt": "2026-01-01T00:00:00.000Z"}
REFUSED = {"message": "no", "reason": "OTHER"}


def mistakes(service: str, operation: str, body, status: int = 200, **headers: str) -> list[str]:
    kind = "application/x-amz-json-1.1" if service == "organizations" else "application/json"
    headers = {"x-amzn-requestid": "1", "content-type": kind} | {name.replace("_", "-"): headers[name] for name in headers}
    answer = {"status_code": status, "headers": headers, "body": json.dumps(body).encode()}
    return list(answer_mistakes(operation_model(service, operation), answer))


@pytest.mark.parametrize(("service", "operation", "body", "found"), [
    ("account", "ListRegions", {"Regions": [REGION]}, None),
    ("account", "ListRegions", {"Regions": [{**REGION, "Region": "x"}]}, ".Regions[0].Region: not in AWS's model"),
    ("account", "ListRegions", {"Regions": [{**REGION, "RegionOptStatus": "ON"}]}, "is none of"),
    ("account", "ListRegions", {"Regions": [{**REGION, "RegionName": 1}]}, "is no string"),
    ("account", "ListRegions", {"Regions": [{**REGION, "RegionName": "x" * 51}]}, "is above 50"),
    ("account", "ListRegions", {"Regions": [], "NextToken": None}, "null"),
    ("account", "ListRegions", {"Regions": {}}, "is no list"),
    ("account", "ListRegions", [], "is no structure"),
    ("account", "EnableRegion", {"RegionName": "x"}, "an output, where the model has none"),
    ("guardduty", "ListMembers", {"members": [MEMBER]}, None),
    ("guardduty", "ListMembers", {"members": [{**MEMBER, "updatedAt": "1700000000"}]}, "is no ISO 8601"),
    ("guardduty", "ListDetectors", {}, ".detectorIds: required, but absent"),
    ("guardduty", "ListDetectors", {"detectorIds": ["d"] * 51}, "is above 50"),
    ("organizations", "CreateAccount", {"CreateAccountStatus": CREATION}, None),
    ("organizations", "CreateAccount", {"CreateAccountStatus": {**CREATION, "Id": "car-x"}}, "does not match"),
    ("organizations", "CreateAccount",
     {"CreateAccountStatus": {**CREATION, "RequestedTimestamp": 1_700_000_000_000}}, "is no timestamp"),
    ("organizations", "CreateAccount",
     {"CreateAccountStatus": {**CREATION, "RequestedTimestamp": "2026-01-01T00:00:00Z"}}, "is no timestamp"),
])
def test_a_wrong_answer_is_found(service, operation, body, found):
    got = mistakes(service, operation, body)
    assert (not got) if found is None else (len(got) == 1 and found in got[0]), got


@pytest.mark.parametrize(("body", "status", "code", "found"), [
    (REFUSED, 400, "ValidationException", None),
    (REFUSED, 400, "", "an error without code"),
    (REFUSED, 403, "ValidationException", "with status 403, not 400"),
    ({"message": "no"}, 400, "ValidationException", ".reason: required, but absent"),
    ({"message": "no", "reason": "BECAUSE"}, 400, "ValidationException", "is none of"),
    ({**REFUSED, "Reason": "x"}, 400, "ValidationException", "not in AWS's model"),
    ({"message": "no"}, 400, "NoSuchException", "is neither an error of the operation's model nor a common one"),
])
def test_a_wrong_error_is_found(body, status, code, found):
    got = mistakes("inspector2", "Enable", body, status, x_amzn_errortype=code)
    assert (not got) if found is None else (found in " ".join(got)), got


@pytest.mark.parametrize(("service", "operation", "request_", "found"), [
    ("guardduty", "ListMembers", {"detectorId": "d", "onlyAssociated": "true", "maxResults": 50}, None),
    ("guardduty", "ListMembers", {"detectorId": "d", "onlyAssociated": True}, "is no string"),
    ("guardduty", "ListMembers", {"detectorId": "d", "maxResults": 51}, "value 51 is above 50"),
    ("guardduty", "ListMembers", {"maxResults": 50}, ".detectorId: required, but absent"),
    ("guardduty", "DeleteMembers", {"detectorId": "d", "accountIds": ["3"]}, "length 1 is below 12"),
    ("guardduty", "DeleteMembers", {"detectorId": "d", "accountIds": [], "all": True}, "not in AWS's model"),
    ("guardduty", "GetOrganizationStatistics", {}, None),
    ("guardduty", "GetOrganizationStatistics", {"a": 1}, "parameters, where the model has none"),
    ("inspector2", "Enable", {"resourceTypes": ["EC3"]}, "is none of"),
    ("inspector2", "Enable", None, "is no structure"),
    ("inspector2", "POST /enable/all", {}, "AWS's model has no operation"),
])
def test_a_wrong_request_is_found(service, operation, request_, found):
    got = request_mistakes(service, operation, request_)
    assert (not got) if found is None else (found in " ".join(got)), got
