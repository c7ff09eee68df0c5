"""Requests made from AWS's model: valid ones, and for each constraint one that violates it. No I/O."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from botocore.model import Shape

from shapes import matches

MISSING = object()
# Starting points of texts; they are shortened and lengthened until they fit.
_TEXTS = ("333333333333", "333333", "a@b.example", "car-00000000", "ou-ab12-00000000", "r-ab12", "p-00000000",
          "us-east-1", "/a", "x", "arn:aws:iam::333333333333:role/x", f"ou-{'a' * 32}-0", "Type")
_FOREIGN = ("!", " ", "\u0001")
# What AWS's prose asks for beside what its model requires.
_MEANINGFUL = dict.fromkeys(
    ("DetectorFeatureConfiguration", "MemberFeaturesConfiguration"), {"Name": "RUNTIME_MONITORING", "Status": "ENABLED"}
) | {"DetectorAdditionalConfiguration": {"Name": "EKS_ADDON_MANAGEMENT"}, "ProvidedContext": {"ContextAssertion": "xxxx"},
   "CreatePolicyRequest": {"Type": "INSPECTOR_POLICY"}, "ListPoliciesRequest": {"Filter": "INSPECTOR_POLICY"},
   "ListPoliciesForTargetRequest": {"Filter": "INSPECTOR_POLICY"}}
# A pattern that nothing violates.
VACUOUS = {r"[\s\S]*"}


class Violation(NamedTuple):
    """One constraint of one member, with a value that just keeps it and one that just violates it."""

    path: tuple[str, ...]  # names of members; [] of a list's items, {key} and {value} of a map's
    constraint: str
    keeps: Any
    violates: Any

    def __str__(self) -> str:
        return f"{'.'.join(self.path).replace('.[]', '[]').replace('.{', '{')}-{self.constraint}"


def text(shape: Shape, length: int | None = None) -> str | None:
    """A text of this shape, or of this length whatever the shape's limits; None: the pattern allows none."""
    low, high = shape.metadata.get("min") or 1, shape.metadata.get("max") or 1000
    if length is not None:
        low = high = length
    whole = [start for start in _TEXTS if low <= len(start) <= high]
    cut = [start[:high] + start[-1] * (low - len(start)) for start in _TEXTS]
    grown = [start[0] * (low - len(start)) + start[:high] for start in _TEXTS]
    pattern = shape.metadata.get("pattern", r"[\s\S]*")
    return next((candidate for candidate in (*whole, *cut, *grown) if matches(pattern, candidate)), None)


def sample(shape: Shape) -> Any:
    """A valid value with only what is required."""
    kind, low = shape.type_name, shape.metadata.get("min") or 0
    if kind == "structure":
        return {name: sample(shape.members[name]) for name in shape.required_members} | _MEANINGFUL.get(shape.name, {})
    if kind == "list":
        return [sample(shape.member)] * max(low, 1)
    if kind == "map":
        return {sample(shape.key): sample(shape.value)}
    if kind == "string":
        return shape.enum[0] if shape.enum else text(shape) or "x" * low
    return {"boolean": True, "timestamp": 1_700_000_000, "blob": b"x"}.get(kind, max(low, 1))


def request(shape: Shape, path: tuple[str, ...], value: Any) -> Any:
    """A valid value of the shape, but at the path this value."""
    if not path:
        return value
    step, rest = path[0], path[1:]
    if step == "[]":
        return [request(shape.member, rest, value), *sample(shape)[1:]]
    if step == "{key}":
        return {request(shape.key, rest, value): sample(shape.value)}
    if step == "{value}":
        return {sample(shape.key): request(shape.value, rest, value)}
    whole = sample(shape) | {step: request(shape.members[step], rest, value)}
    return {name: part for name, part in whole.items() if part is not MISSING}


def violations(shape: Shape, path: tuple[str, ...] = (), above: tuple[str, ...] = ()) -> Iterator[Violation]:
    """Every constraint of the shape and of what it consists of."""
    if shape.name in above:
        return
    above = (*above, shape.name)
    if shape.type_name == "structure":
        for name, member in shape.members.items():
            if name in shape.required_members:
                yield Violation((*path, name), "required", sample(member), MISSING)
            yield from violations(member, (*path, name), above)
    elif shape.type_name == "list":
        yield from _sizes(shape, path, lambda size: (sample(shape) * (size + 1))[:size])
        yield from violations(shape.member, (*path, "[]"), above)
    elif shape.type_name == "map":
        yield from _sizes(shape, path, lambda size: {f"key{number}": sample(shape.value) for number in range(size)})
        yield from violations(shape.key, (*path, "{key}"), above)
        yield from violations(shape.value, (*path, "{value}"), above)
    elif shape.type_name == "string":
        yield from _of_text(shape, path)
    elif shape.type_name in ("integer", "long"):
        yield from _sizes(shape, path, lambda size: size, lowest=None)


def _sizes(shape: Shape, path, make, lowest: int | None = 0) -> Iterator[Violation]:
    """Limits of a number, a length or a count; `lowest` is what nothing is below of."""
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if low is not None and low != lowest:
        yield Violation(path, "min", make(low), make(low - 1))
    if high is not None:
        yield Violation(path, "max", make(high), make(high + 1))


def _of_text(shape: Shape, path) -> Iterator[Violation]:
    if shape.enum:
        yield Violation(path, "enum", shape.enum[0], "NO_SUCH_VALUE")
        return
    for limit in _sizes(shape, path, lambda size: size):
        # Where the pattern allows no text of this length, another one keeps the constraint, and any text violates it.
        keeps = text(shape, limit.keeps) or sample(shape)
        yield limit._replace(keeps=keeps, violates=text(shape, limit.violates) or "x" * limit.violates)
    pattern = shape.metadata.get("pattern")
    if pattern and pattern not in VACUOUS:
        valid = text(shape)
        room = len(valid) < shape.metadata.get("max", 1000)
        strange = (f"{valid if room else valid[:-1]}{foreign}" for foreign in _FOREIGN)
        strange = (*strange, " " * len(valid))
        yield Violation(path, "pattern", valid, next(value for value in strange if not matches(pattern, value)))
