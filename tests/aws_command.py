"""Lines of the AWS CLI, read by botocore's models as the CLI reads them, and run by boto3."""

import json
import shlex
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import boto3
import jmespath
from botocore import xform_name
from botocore.model import OperationModel, Shape

_GLOBAL: Final = frozenset({"--query", "--output", "--region", "--profile", "--cli-binary-format"})
"""Options of the CLI itself, each with a value."""


def run(line: str, session: boto3.Session, folder: Path) -> object:
    """Run `aws SERVICE OPERATION --option value ...`; returns the answer, or what --query makes of it.

    folder: where files lie that the line names. Raises AssertionError for what the operation does not take or wants.
    """
    program, service, operation, *words = shlex.split(line)
    assert program == "aws"
    if service == "s3":
        return _S3[operation](session, words)
    make: Any = session.client
    client = make(service)
    names_of = {xform_name(name, "-"): name for name in client.meta.service_model.operation_names}
    assert operation in names_of, f"{line}: {service} has no {operation}"
    model: OperationModel = client.meta.service_model.operation_model(names_of[operation])
    options, files = _options(words)
    assert len(files) == model.has_streaming_output, f"{line}: an answer that is a file wants its name, and no other"
    assert model.input_shape is not None
    members = model.input_shape.members
    names = {f"--{xform_name(member, '-')}": member for member in members}
    unknown = options.keys() - names.keys() - _GLOBAL
    assert not unknown, f"{line}: {operation} has no {', '.join(sorted(unknown))}"
    given = {
        names[option]: _value(members[names[option]], text, folder)
        for option, text in options.items()
        if option in names
    }
    missing = set(model.input_shape.required_members) - given.keys()
    assert not missing, f"{line}: {operation} wants {', '.join(sorted(missing))}"
    answer = getattr(client, xform_name(model.name))(**given)
    if "--query" not in options:
        return answer
    found = jmespath.search(options["--query"], answer)
    assert found is not None, f"{line}: the answer has nothing there"
    return found


def _options(words: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """Options with their values, and what stands alone."""
    options: dict[str, str] = {}
    alone: list[str] = []
    rest = iter(words)
    for word in rest:
        if word.startswith("--"):
            options[word] = next(rest)
        else:
            alone.append(word)
    return options, alone


def _value(shape: Shape, text: str, folder: Path) -> object:
    if text.startswith("file://"):
        text = (folder / text.removeprefix("file://")).read_text()
    if shape.type_name == "blob":
        return text.encode()
    if shape.type_name in ("structure", "map", "list"):
        return json.loads(text)
    return int(text) if shape.type_name in ("integer", "long") else text


def _list(session: boto3.Session, words: Sequence[str]) -> object:
    (uri,) = [word for word in words if word != "--recursive"]
    bucket, _, prefix = uri.removeprefix("s3://").partition("/")
    return session.client("s3").list_objects_v2(Bucket=bucket, Prefix=prefix)


def _remove_bucket(session: boto3.Session, words: Sequence[str]) -> object:
    (uri,) = words
    return session.client("s3").delete_bucket(Bucket=uri.removeprefix("s3://"))


_S3: Final[dict[str, Callable[[boto3.Session, Sequence[str]], object]]] = {"ls": _list, "rb": _remove_bucket}
"""The commands that the CLI makes up itself."""
