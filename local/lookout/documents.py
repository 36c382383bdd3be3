"""Descriptions of detectors, found by their fields: in a template, or in what the service's describe calls printed."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import yaml  # type: ignore[import-untyped]  # PyYAML ships no types
from samtranslator.yaml_helper import yaml_parse

from local.history.files import STANDARD_INPUT
from local.opened import opened
from tidegate.contracts.errors import InputError

type Node = Any
"""Of a parsed file: a mapping, a sequence, a text, a number."""

_WANTED: Final = (
    "describes no detector of Lookout for Metrics, known by MetricSetList (a CloudFormation template), MetricList "
    "(describe-metric-set), AnomalyDetectorConfig (describe-anomaly-detector) or AlertSensitivityThreshold "
    "(describe-alert)"
)


class _Kind(StrEnum):
    DATASET = "dataset"
    DETECTOR = "detector"
    ALERT = "alert"


@dataclass(frozen=True, slots=True)
class Part:
    """One description. place: its file, and where in it. key: the name by which others refer to its detector, if any.
    defaults: of the parameters of its template.
    """

    place: str
    key: str | None
    fields: Mapping[str, Node]
    defaults: Mapping[str, Node]


@dataclass(slots=True)
class Described:
    """One detector: its dataset (a metric set), and what is known of the detector itself and of its alerts.

    is_one_of_several: the detector has other datasets too; each becomes a stack.
    """

    dataset: Part
    detector: Part | None = None
    alerts: list[Part] = field(default_factory=list)
    is_one_of_several: bool = False


def described(paths: Sequence[Path]) -> list[Described]:
    """The detectors that the files describe. Raises InputError for a file that describes none, or half of one."""
    parts: dict[_Kind, list[Part]] = defaultdict(list)
    for path in paths:
        documents = _parsed(path)
        found = [part for one in documents for part in _parts(one, str(path), (), _defaults(one))]
        if not found:
            raise InputError(str(path), _WANTED)
        for kind, part in found:
            parts[kind].append(part)
    datasets = Counter(dataset.key for dataset in parts[_Kind.DATASET])
    detectors = [Described(dataset, is_one_of_several=datasets[dataset.key] > 1) for dataset in parts[_Kind.DATASET]]
    if not detectors:
        place = next(part.place for kind in parts.values() for part in kind)
        raise InputError(place, "has no dataset with it: give what describe-metric-set printed as well")
    for detector in parts[_Kind.DETECTOR]:
        for one in _owners(detector, detectors):
            one.detector = detector
    for alert in parts[_Kind.ALERT]:
        for one in _owners(alert, detectors):
            one.alerts.append(alert)
    return detectors


def _parsed(path: Path) -> list[Node]:
    """A file's documents: what describe calls printed may stand one behind another."""
    with opened(STANDARD_INPUT if str(path) == "-" else path) as file:
        content = file.read()
    try:
        text = content.decode()
        return _json_documents(text) if text.lstrip().startswith("{") else [yaml_parse(text)]
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(str(path), f"is neither JSON nor YAML: {' '.join(str(error).split())}") from None
    except RecursionError:
        raise InputError(str(path), "is neither JSON nor YAML: nothing is nested so deeply") from None


def _json_documents(text: str) -> list[Node]:
    """JSON objects one behind another; what is none of that may still be YAML in braces."""
    documents, decoder, rest = list[Node](), json.JSONDecoder(), text.strip()
    while rest:
        try:
            document, end = decoder.raw_decode(rest)
        except ValueError:
            return [yaml_parse(text)]
        documents.append(document)
        rest = rest[end:].lstrip()
    return documents


def _defaults(document: Node) -> Mapping[str, Node]:
    declared = document.get("Parameters") if isinstance(document, Mapping) else None
    if not isinstance(declared, Mapping):
        return {}
    return {
        name: rules["Default"] for name, rules in declared.items() if isinstance(rules, Mapping) and "Default" in rules
    }


def _parts(node: Node, file: str, path: tuple[str, ...], defaults: Mapping[str, Node]) -> Iterator[tuple[_Kind, Part]]:
    """The descriptions anywhere in a document. path: of the node."""
    if isinstance(node, list):
        for at, item in enumerate(node):
            yield from _parts(item, file, (*path, str(at)), defaults)
    if not isinstance(node, Mapping):
        return
    place = f"{file}: {'.'.join(path)}" if path else file
    if isinstance(datasets := node.get("MetricSetList"), list):
        key = path[-2] if len(path) > 1 and path[-1] == "Properties" else _key(node)
        yield from (
            (_Kind.DATASET, Part(f"{place}.MetricSetList.{at}", key, dataset, defaults))
            for at, dataset in enumerate(datasets)
        )
        yield _Kind.DETECTOR, Part(place, key, node, defaults)
    elif kind := _kind(node):
        yield kind, Part(place, _key(node), node, defaults)
    else:
        for name, value in node.items():
            yield from _parts(value, file, (*path, str(name)), defaults)


def _kind(fields: Mapping[str, Node]) -> _Kind | None:
    """What has the fields of its own, outside a template."""
    if "AlertSensitivityThreshold" in fields:
        return _Kind.ALERT
    if "MetricList" in fields:
        return _Kind.DATASET
    return _Kind.DETECTOR if "AnomalyDetectorConfig" in fields else None


def _key(fields: Mapping[str, Node]) -> str | None:
    """The detector's name in its ARN, or in the template."""
    match fields.get("AnomalyDetectorArn", fields.get("AnomalyDetectorName")):
        case {"Ref": str(name)} | {"Fn::GetAtt": [str(name), *_]}:
            return name
        case str(arn):
            return arn.rpartition(":")[2]
    return None


def _owners(part: Part, detectors: Sequence[Described]) -> Sequence[Described]:
    """Those that a part is of, one for each dataset of its detector; with one dataset everything is of its detector."""
    found = [one for one in detectors if len(detectors) == 1 or one.dataset.key == part.key]
    if not found:
        known = ", ".join(str(detector.dataset.key) for detector in detectors)
        raise InputError(part.place, f"is of detector {part.key}, and the datasets given are of {known}")
    return found
