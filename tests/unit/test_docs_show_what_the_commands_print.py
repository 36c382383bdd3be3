"""docs/deploy.md, lookout.md, configuration.md, operations.md and data-contracts.md say what code and template say."""

import re
from pathlib import Path

import pytest

from local import cli
from local.parameter_table import with_table
from local.template import document
from tests.documentation import page, printed, shown
from tests.ingesting import NOON, SHARD
from tests.lookout_template import LOOKOUT_TEMPLATE
from tests.template import resources
from tidegate.contracts.errors import Reason
from tidegate.contracts.identity import Identity
from tidegate.contracts.quarantine import quarantine_lines
from tidegate.contracts.record import Rejected

COMMANDS = [
    "detect-config shop.jsonl",
    "detect-config --lookout lookout.yaml",
    "check shop.jsonl --set Measures=views:SUM,revenue:SUM --set Dimensions=platform,marketplace",
    "check shop.jsonl --set Measures=views:SUM --set TimestampFormat=UNIX",
]
EMITTED = re.compile(r'name="([A-Z][A-Za-z]+)"|^ +"([A-Z][A-Za-z]+)":', re.M)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shop")
    made = ["generate", "ecommerce", "--hours", "3", "--seed", "7", "--output", str(folder / "shop.jsonl")]
    assert cli.main(made) == 0
    (folder / "lookout.yaml").write_text(LOOKOUT_TEMPLATE)
    return folder


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_prints_what_the_page_shows(
    command: str, shop: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(shop)
    capsys.readouterr()
    assert cli.main(command.split()) in (0, 1)
    name = "lookout.md" if "--lookout" in command else "deploy.md"
    assert printed(capsys.readouterr().out) == shown(name, f"tidegate {command}")


def test_the_table_of_parameters_is_the_templates() -> None:
    assert with_table(page("configuration.md")) == page("configuration.md"), "run python -m local.parameter_table"


def test_every_alarm_says_what_to_do() -> None:
    told = re.findall(r"^\| ([A-Za-z]+) \| [^|]+ \| [^|]+ \|$", page("operations.md"), re.M)
    assert [name for name in told if name in resources("AWS::CloudWatch::Alarm")] == list(
        resources("AWS::CloudWatch::Alarm")
    )


def test_the_costs_add_up() -> None:
    costs = page("deploy.md").partition("## Costs")[2]
    rows = re.findall(r"^\| ([^|*]+) \| ([^|]+) \| ([0-9.]+) \|$", costs, re.M)
    (total,) = re.findall(r"^\| \*\*all\*\* \| \| \*\*([0-9.]+)\*\* \|$", costs, re.M)
    assert f"{sum(float(cost) for _, _, cost in rows):.2f}" == total
    (alarms,) = (arithmetic for what, arithmetic, _ in rows if what == "CloudWatch, alarms")
    assert int(alarms.split()[0]) == len(resources("AWS::CloudWatch::Alarm"))
    (kinesis,) = (float(cost) for what, _, cost in rows if what.startswith("Kinesis"))
    assert f"already: {float(total) - kinesis:.2f}." in costs


def test_the_quarantine_line_is_the_contracts() -> None:
    identity = Identity(49671012854372341567892345678901234567890123456789012345, 0)
    record = Rejected(SHARD, identity, "pc_web", NOON + 0.125, "not_json", "is not JSON at character 1", b'{"views": 1')
    assert shown("data-contracts.md", "quarantine line") == quarantine_lines([record]).decode().strip()


def test_every_reason_is_named() -> None:
    contracts, operations = page("data-contracts.md"), page("operations.md")
    (listed,) = re.findall(r"^Reasons: ([^.]+)\.$", contracts, re.M | re.S)
    assert re.findall(r"[a-z0-9_]+", listed) == list(Reason)
    rows = " ".join(re.findall(r"^\| ([a-z_0-9, ]+) \|", operations, re.M)).replace(",", " ").split()
    assert set(Reason) <= set(rows)


def test_every_metric_is_named() -> None:
    contracts = page("data-contracts.md")
    folder = Path(__file__).parents[2] / "functions"
    for app in folder.glob("*/app.py"):
        for found in EMITTED.findall(app.read_text()):
            name = found[0] or found[1]
            assert name == "DetectorName" or re.search(rf"\b{name}\b", contracts), f"{name} of {app.parent.name}"


def test_what_other_services_had_is_a_parameter_that_there_is() -> None:
    prose = page("lookout.md").partition("## What was there")[2] + page("azure.md")
    named = set(re.findall(r"\b(?:[A-Z][a-z]+){2,}\b", prose)) - {"AppFlow", "CloudWatch", "DataBucket", "DevOps"}
    assert named > {"StreamArn", "AlertThreshold"}
    assert named <= document()["Parameters"].keys()
