"""Whether a raw answer is what AWS's model says: botocore's own parser forgives omissions. No I/O."""

import re
from xml.etree import ElementTree

# The model calls it required, but it is absent for members by Organizations (documentation of GuardDuty's ListMembers).
ABSENT_ALTHOUGH_REQUIRED = {("Member", "Email")}


def mistakes(shape, value, path="$"):
    """What is wrong with a JSON value of this output shape, a line each."""
    kind = shape.type_name
    if kind == "structure":
        return list(_structure(shape, value, path))
    if kind == "list":
        if not isinstance(value, list):
            return [f"{path}: not a list"]
        found = _length(shape, value, path)
        for number, item in enumerate(value):
            found += mistakes(shape.member, item, f"{path}[{number}]")
        return found
    if kind == "map":
        if not isinstance(value, dict):
            return [f"{path}: not a map"]
        found = []
        for key, item in value.items():
            found += mistakes(shape.key, key, f"{path}.{key}") + mistakes(shape.value, item, f"{path}.{key}")
        return found
    return _scalar(shape, value, path)


def _structure(shape, value, path):
    if not isinstance(value, dict):
        yield f"{path}: not a structure"
        return
    names = {}
    for name, member in shape.members.items():
        if "location" not in member.serialization:
            names[member.serialization.get("name", name)] = (name, member)
    for wire, (name, member) in names.items():
        if value.get(wire) is not None:
            yield from mistakes(member, value[wire], f"{path}.{wire}")
        elif wire in value:
            yield f"{path}.{wire}: null"
        elif name in shape.required_members and (shape.name, name) not in ABSENT_ALTHOUGH_REQUIRED:
            yield f"{path}.{wire}: required, but absent"
    for wire in value:
        if wire not in names:
            yield f"{path}.{wire}: not in the model"


def _scalar(shape, value, path):
    kind = shape.type_name
    types = {
        "string": str, "character": str, "blob": str, "boolean": bool, "integer": int, "long": int,
        "float": (int, float), "double": (int, float), "timestamp": (int, float),
    }
    if kind == "timestamp" and shape.serialization.get("timestampFormat") == "iso8601":
        types["timestamp"] = str
    if not isinstance(value, types[kind]) or (isinstance(value, bool) and kind != "boolean"):
        return [f"{path}: {value!r} is no {kind}"]
    if kind == "string":
        if shape.enum and value not in shape.enum:
            return [f"{path}: {value!r} is none of {shape.enum}"]
        pattern = shape.metadata.get("pattern")
        if pattern and not re.search(re.sub(r"\\p\{[LZN]\}", r"\\w", pattern), value):
            return [f"{path}: {value!r} does not match {pattern}"]
        return _length(shape, value, path)
    return []


def _length(shape, value, path):
    low, high = shape.metadata.get("min", 0), shape.metadata.get("max")
    if len(value) < low or (high is not None and len(value) > high):
        return [f"{path}: length {len(value)} is not in {low}..{high}"]
    return []


def from_xml(shape, body, operation):
    """The result in an answer of the query protocol, as JSON would have it."""
    text = re.sub(r'\sxmlns="[^"]+"', "", body, count=1)
    root = ElementTree.fromstring(text)
    assert root.tag == f"{operation}Response", root.tag
    assert root.find("ResponseMetadata/RequestId") is not None
    return _xml_value(shape, root.find(f"{operation}Result"))


def _xml_value(shape, element):
    if shape.type_name == "structure":
        return {
            child.tag: _xml_value(shape.members[child.tag], child) if child.tag in shape.members else child.text
            for child in element
        }
    if shape.type_name == "list":
        return [_xml_value(shape.member, child) for child in element]
    if shape.type_name == "integer":
        return int(element.text)
    if shape.type_name == "timestamp":
        return 0 if re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", element.text) else element.text
    return element.text or ""


def violations(shape, sample):
    """For every constrained member of an input shape: where it is, and a value that violates its constraint."""
    for path, member, required in _constrained(shape, (), set()):
        for value in _violating(member):
            yield path, value


def _constrained(shape, path, seen):
    if shape.name in seen:
        return
    for name, member in shape.members.items():
        here = (*path, name)
        yield here, member, name in shape.required_members
        inner, below = member, here
        while inner.type_name == "list":
            inner, below = inner.member, (*below, 0)
            if inner.type_name not in ("list", "structure"):
                yield below, inner, False
        if inner.type_name == "structure":
            yield from _constrained(inner, below, seen | {shape.name})


def _violating(shape):
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if shape.type_name in ("integer", "long"):
        yield from (value for value in (low and low - 1, high and high + 1) if value is not None)
    if shape.type_name == "string":
        if shape.enum:
            yield "NO_SUCH_VALUE"
        elif shape.metadata.get("pattern") and "[\\s\\S]*" not in shape.metadata["pattern"]:
            yield "\u0001 \u0001" * max(1, (low or 0) // 3 + 1)
        if low and not shape.enum:
            yield "x" * (low - 1)
        if high and not shape.enum:
            yield "1" * (high + 1)
    if shape.type_name == "list" and high is not None:
        yield ("too many", high + 1)
    if shape.type_name == "list" and low:
        yield ("too many", low - 1)


def sample(shape, path=()):
    """A value that satisfies an input shape, with everything that it requires."""
    kind, low = shape.type_name, shape.metadata.get("min") or 0
    if kind == "structure":
        return {name: sample(shape.members[name]) for name in shape.required_members}
    if kind == "list":
        return [sample(shape.member) for _ in range(max(low, 1))]
    if kind == "map":
        return {}
    if kind == "boolean":
        return True
    if kind in ("integer", "long"):
        return max(low, 1)
    if shape.enum:
        return shape.enum[0]
    candidates = ["333333333333", "333333", "a@b.example", "car-00000000", "ou-ab12-00000000", "r-ab12", "x" * max(low, 1),
                  "arn:aws:iam::333333333333:role/x", "/a", "us-east-1"]
    pattern = re.sub(r"\\p\{[LZN]\}", r"\\w", shape.metadata.get("pattern") or ".*")
    high = shape.metadata.get("max") or 1000
    for candidate in candidates:
        if low <= len(candidate) <= high and re.fullmatch(pattern, candidate):
            return candidate
    raise ValueError(f"no sample of {shape.name}")
