"""Reduces AWS's service models, as botocore ships them, to what the simulator needs of them.

    pip download --no-deps botocore==1.44.5
    python3 reduce.py botocore-1.44.5-py3-none-any.whl

writes one JSON file a service beside this script: for the simulated operations their HTTP binding and the shapes
of their input with every constraint, and of each modelled error its status and the member that is its message where that
is not `Message` in JSON 1.1, or `message` in REST-JSON (empty where it has none). Documentation is left out.
"""

import gzip
import json
import pathlib
import re
import sys
import zipfile

OPERATIONS = {
    "account": "DisableRegion EnableRegion GetRegionOptStatus ListRegions",
    "cloudtrail": "DescribeTrails GetEventSelectors GetTrailStatus",
    "guardduty": """
        CreateDetector CreateMembers DeleteDetector DeleteMembers
        DescribeOrganizationConfiguration DisableOrganizationAdminAccount DisassociateFromAdministratorAccount
        DisassociateMembers EnableOrganizationAdminAccount GetAdministratorAccount GetDetector GetMasterAccount
        GetMemberDetectors GetMembers GetOrganizationStatistics ListDetectors
        ListMembers ListOrganizationAdminAccounts StartMonitoringMembers StopMonitoringMembers UpdateDetector
        UpdateMemberDetectors UpdateOrganizationConfiguration""",
    "inspector2": """
        AssociateMember BatchGetAccountStatus BatchGetMemberEc2DeepInspectionStatus
        BatchUpdateMemberEc2DeepInspectionStatus DescribeOrganizationConfiguration Disable
        DisableDelegatedAdminAccount DisassociateMember Enable EnableDelegatedAdminAccount GetConfiguration
        GetDelegatedAdminAccount GetEc2DeepInspectionConfiguration GetMember
        ListDelegatedAdminAccounts ListMembers UpdateConfiguration UpdateEc2DeepInspectionConfiguration
        UpdateOrgEc2DeepInspectionConfiguration UpdateOrganizationConfiguration""",
    "organizations": """
        AttachPolicy CloseAccount CreateAccount CreateOrganizationalUnit CreatePolicy DeletePolicy
        DeregisterDelegatedAdministrator DescribeAccount
        DescribeCreateAccountStatus DescribeEffectivePolicy DescribeOrganization DescribeOrganizationalUnit
        DescribePolicy DetachPolicy
        DisableAWSServiceAccess DisablePolicyType EnableAWSServiceAccess EnablePolicyType LeaveOrganization
        ListAWSServiceAccessForOrganization ListAccounts ListAccountsForParent ListChildren
        ListCreateAccountStatus ListDelegatedAdministrators ListDelegatedServicesForAccount
        ListOrganizationalUnitsForParent ListParents ListPolicies ListPoliciesForTarget ListRoots
        ListTagsForResource ListTargetsForPolicy MoveAccount
        RegisterDelegatedAdministrator RemoveAccountFromOrganization TagResource UntagResource
        UpdatePolicy""",
    "securityhub": "DescribeHub ListEnabledProductsForImport",
    "ssm": "GetParametersByPath",
    "sts": "AssumeRole GetCallerIdentity",
}
# Of errors for which a model has none. AWS documentation, API reference of Systems Manager.
STATUSES = {"InternalServerError": 500}
# How the message of an error is spelled, unless its shape says otherwise.
USUAL = {"json": "Message", "rest-json": "message"}
# Where shapes of errors have no members. Seen in public code: CloudTrail's have a message; its spelling is inferred.
MESSAGES = {"CloudTrail": "message"}
KEPT = ("type", "required", "enum", "min", "max", "pattern")
KEPT_OF_MEMBER = ("shape", "location", "locationName")


def member(reference):
    part = {key: reference[key] for key in KEPT_OF_MEMBER if key in reference}
    if part.get("location") == "uri":
        # A label of a path is not on the wire; it gets the spelling of the other parameters.
        part["locationName"] = label(part["locationName"])
    return part


def label(name):
    return name[0].lower() + name[1:]


def reach(model, name, shapes):
    """Takes the shape and all that it consists of."""
    if name in shapes:
        return
    whole = model["shapes"][name]
    shape = {key: whole[key] for key in KEPT if key in whole}
    shapes[name] = shape
    for key in ("member", "key", "value"):
        if key in whole:
            shape[key] = member(whole[key])
            reach(model, whole[key]["shape"], shapes)
    if "members" in whole:
        shape["members"] = {name: member(part) for name, part in whole["members"].items()}
        for part in whole["members"].values():
            reach(model, part["shape"], shapes)


def reduced(model, names):
    metadata, operations, shapes = model["metadata"], {}, {}
    for name in sorted(names):
        operation = model["operations"][name]
        http = operation["http"]
        uri = re.sub("{(.*?)}", lambda found: "{" + label(found[1]) + "}", http["requestUri"])
        operations[name] = {"method": http["method"], "uri": uri}
        if "responseCode" in http and http["responseCode"] != 200:
            operations[name]["status"] = http["responseCode"]
        if "input" in operation:
            operations[name]["input"] = operation["input"]["shape"]
            reach(model, operation["input"]["shape"], shapes)
    errors, messages = {}, {}
    for name, shape in sorted(model["shapes"].items()):
        if shape.get("exception"):
            error = shape.get("error", {})
            code = error.get("code", name)
            errors[code] = error.get("httpStatusCode", STATUSES.get(code, 400))
            found = next((name for name in shape["members"] if name.lower() == "message"), None)
            unmodelled = MESSAGES.get(metadata["serviceId"], "")
            spelled = shape["members"][found].get("locationName", found) if found else unmodelled
            if metadata["protocol"] in USUAL and spelled != USUAL[metadata["protocol"]]:
                messages[code] = spelled
    return {
        "apiVersion": metadata["apiVersion"],
        "protocol": metadata["protocol"],
        "targetPrefix": metadata.get("targetPrefix", ""),
        "operations": operations,
        "errors": errors,
        **({"messages": messages} if messages else {}),
        "shapes": dict(sorted(shapes.items())),
    }


def main():
    here = pathlib.Path(__file__).parent
    with zipfile.ZipFile(sys.argv[1]) as wheel:
        for service, names in OPERATIONS.items():
            path = max(
                name
                for name in wheel.namelist()
                if name.startswith(f"botocore/data/{service}/") and name.endswith("/service-2.json.gz")
            )
            model = json.loads(gzip.decompress(wheel.read(path)))
            text = json.dumps(reduced(model, names.split()), indent=1, sort_keys=False)
            (here / f"{service}.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
