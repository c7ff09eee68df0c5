"""Whether a value is what a shape of AWS's model says. botocore's own parser and validator forgive much. No I/O."""

import re
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

from botocore.model import Shape

from models import wire_name

# What AWS's answers lack although AWS's model requires it: (shape, member) → why.
KNOWN_ABSENT = {
    ("Member", "Email"): "GuardDuty's documentation: present only for members by invitation, not by Organizations",
}
# GuardDuty models these as plain strings; AWS writes them in ISO 8601.
_ISO_STRINGS = {"createdAt", "updatedAt", "invitedAt"}
_ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
_TYPES = {"string": str, "boolean": bool, "integer": int, "long": int, "double": (int, float), "float": (int, float)}


def matches(pattern: str, text: str) -> bool:
    r"""AWS's patterns speak of the whole text. Python has no \p; \w and \d of AWS's are ASCII."""
    for java, python in (("{L}", "a-zA-Z\u00aa-\uffdc"), ("{Z}", " \u00a0\u2000-\u200a"), ("{N}", "0-9"),
                         ("{P}", r"!-/:-@\[-_{}"), ("{M}", "\u0300-\u036f")):
        pattern = pattern.replace(rf"\p{java}", python)
    pattern = pattern.replace(r"\w-", r"\w\-")  # no range for others
    return re.fullmatch(pattern, text, re.ASCII) is not None


class Check:
    """Compares JSON values with shapes by their wire names, and says what is wrong, a line each."""

    def __init__(self, timestamps: str = "unixtimestamp", everywhere: bool = False, known_absent=()):
        self.timestamps = timestamps  # the protocol's format of timestamps
        self.everywhere = everywhere  # whether parameters of path, query and headers are among the members
        self.known_absent = known_absent

    def mistakes(self, shape: Shape, value: Any, path: str = "") -> Iterator[str]:
        kind = shape.type_name
        if kind in ("structure", "list", "map"):
            yield from getattr(self, f"_{kind}")(shape, value, path)
        elif kind == "timestamp":
            yield from self._timestamp(shape, value, path)
        elif not isinstance(value, _TYPES[kind]) or (isinstance(value, bool) and kind != "boolean"):
            yield f"{path}: {value!r} is no {kind}"
        elif kind == "string":
            yield from self._string(shape, value, path)
        elif kind != "boolean":
            yield from _bounds(shape, value, path, "value")

    def _structure(self, shape: Shape, value: Any, path: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield f"{path}: {value!r} is no structure"
            return
        known = {
            wire_name(name, member): (name, member)
            for name, member in shape.members.items()
            if self.everywhere or "location" not in member.serialization
        }
        for wire, (name, member) in known.items():
            if wire not in value:
                if name in shape.required_members and (shape.name, name) not in self.known_absent:
                    yield f"{path}.{wire}: required, but absent"
            elif value[wire] is None:
                yield f"{path}.{wire}: null"
            else:
                yield from self.mistakes(member, value[wire], f"{path}.{wire}")
                if wire in _ISO_STRINGS and member.type_name == "string" and not _ISO.fullmatch(str(value[wire])):
                    yield f"{path}.{wire}: {value[wire]!r} is no ISO 8601"
        yield from (f"{path}.{wire}: not in AWS's model" for wire in value if wire not in known)

    def _list(self, shape: Shape, value: Any, path: str) -> Iterator[str]:
        if not isinstance(value, list):
            yield f"{path}: {value!r} is no list"
            return
        yield from _bounds(shape, len(value), path, "length")
        for number, item in enumerate(value):
            yield from self.mistakes(shape.member, item, f"{path}[{number}]")

    def _map(self, shape: Shape, value: Any, path: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield f"{path}: {value!r} is no map"
            return
        yield from _bounds(shape, len(value), path, "length")
        for key, item in value.items():
            yield from self.mistakes(shape.key, key, f"{path}.{key}(key)")
            yield from self.mistakes(shape.value, item, f"{path}.{key}")

    def _string(self, shape: Shape, value: str, path: str) -> Iterator[str]:
        pattern = shape.metadata.get("pattern")
        if shape.enum:
            if value not in shape.enum:
                yield f"{path}: {value!r} is none of {shape.enum}"
        elif pattern and not matches(pattern, value):
            yield f"{path}: {value!r} does not match {pattern}"
        yield from _bounds(shape, len(value), path, "length")

    def _timestamp(self, shape: Shape, value: Any, path: str) -> Iterator[str]:
        form = shape.serialization.get("timestampFormat", self.timestamps).lower()
        if form == "iso8601":
            good = isinstance(value, str) and _ISO.fullmatch(value)
        else:
            # Between 2001 and 2100, so that milliseconds do not pass for seconds.
            good = isinstance(value, (int, float)) and not isinstance(value, bool) and 1e9 < value < 4.1e9
        if not good:
            yield f"{path}: {value!r} is no timestamp of the format {form}"


def _bounds(shape: Shape, number: int, path: str, what: str) -> Iterator[str]:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if low is not None and number < low:
        yield f"{path}: {what} {number} is below {low}"
    if high is not None and number > high:
        yield f"{path}: {what} {number} is above {high}"


def from_xml(shape: Shape, element: ElementTree.Element, namespace: str) -> Any:
    """An element as JSON would have it. What does not fit is left as it is, and then found to be a mistake."""
    children = {child.tag.removeprefix(f"{{{namespace}}}"): child for child in element}
    if shape.type_name == "structure":
        members = shape.members
        return {
            tag: from_xml(members[tag], child, namespace) if tag in members else child.text
            for tag, child in children.items()
        }
    if shape.type_name == "list":
        return [from_xml(shape.member, child, namespace) for child in element]
    text = element.text or ""
    if shape.type_name == "integer" and re.fullmatch(r"-?\d+", text):
        return int(text)
    return text
