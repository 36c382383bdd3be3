"""`tidegate detect-config --lookout`: what a detector of Lookout for Metrics was, as parameters, and what is left."""

import json
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from local import cli
from local.lookout.documents import described
from local.lookout.translation import Translation, translate
from tests.lookout_template import LOOKOUT_TEMPLATE
from tidegate.contracts.errors import InputError

ARN = "arn:aws:lookoutmetrics:us-east-1:123456789012:AnomalyDetector:"
DETECTOR = {
    "AnomalyDetectorArn": f"{ARN}My_shop",
    "AnomalyDetectorName": "My_shop",
    "AnomalyDetectorConfig": {"AnomalyDetectorFrequency": "P1D"},
    "KmsKeyArn": "arn:aws:kms:us-east-1:123456789012:key/1234",
    "Status": "ACTIVE",
}
DATASET = {
    "AnomalyDetectorArn": f"{ARN}My_shop",
    "MetricSetName": "orders",
    "MetricList": [
        {"MetricName": "orders", "AggregationFunction": "SUM"},
        {"MetricName": "latency", "AggregationFunction": "AVG"},
    ],
    "DimensionList": ["country", "platform"],
    "DimensionFilterList": [
        {
            "Name": "country",
            "FilterList": [{"DimensionValue": "de", "FilterOperation": "EQUALS"}, {"DimensionValue": "fr"}],
        }
    ],
    "TimestampColumn": {"ColumnName": "day", "ColumnFormat": "yyyy-MM-dd"},
    "Timezone": "America/New_York",
    "Offset": 7200,
    "MetricSource": {
        "S3SourceConfig": {"TemplatedPathList": ["s3://b/in/intvl_date={{yyyy-MM-dd}}/intvl_hhmm={{HHmm}}/"]}
    },
}
ALERT = {
    "Alert": {
        "AnomalyDetectorArn": f"{ARN}My_shop",
        "AlertSensitivityThreshold": 50,
        "AlertFilters": {
            "MetricList": ["orders"],
            "DimensionFilterList": [{"DimensionName": "platform", "DimensionValueList": ["app", "web"]}],
        },
        "Action": {
            "SNSConfiguration": {"SnsTopicArn": "arn:aws:sns:us-east-1:123456789012:oncall", "SnsFormat": "SHORT_TEXT"}
        },
    }
}


def files(folder: Path, *documents: Mapping[str, Any] | str) -> list[Path]:
    """Each document in a file of its own."""
    paths = [
        folder / f"{at}.{'yaml' if isinstance(document, str) else 'json'}" for at, document in enumerate(documents)
    ]
    for path, document in zip(paths, documents, strict=True):
        path.write_text(document if isinstance(document, str) else json.dumps(document))
    return paths


def translated(folder: Path, *documents: Mapping[str, Any] | str) -> Translation:
    (detector,) = described(files(folder, *documents))
    return translate(detector)


def without(document: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name not in names}


def test_what_the_service_described_becomes_parameters(tmp_path: Path) -> None:
    found = translated(tmp_path, DETECTOR, DATASET, ALERT)
    assert found.deployment.stack_name == "tidegate-my-shop"
    assert found.deployment.parameters == {
        "Measures": "orders:SUM,latency:AVG",
        "Dimensions": "country,platform",
        "IntervalMinutes": "1440",
        "TimestampColumn": "day",
        "TimestampFormat": "yyyy-MM-dd",
        "Timezone": "America/New_York",
        "OffsetSeconds": "7200",
        "DimensionFilters": "country=de,fr",
        "KmsKeyArn": "arn:aws:kms:us-east-1:123456789012:key/1234",
        "AlertThreshold": "50",
        "AlertMeasures": "orders",
        "AlertDimensionFilters": "platform=app,web",
        "AlertTopicArn": "arn:aws:sns:us-east-1:123456789012:oncall",
        "AlertFormat": "SHORT_TEXT",
    }
    assert found.deployment.config().dimension_filters == {"country": {"de", "fr"}}
    assert [remark for remark in found.remarks if "the folders stay" not in remark] == []


def test_a_template_becomes_parameters_with_the_defaults_of_its_own(tmp_path: Path) -> None:
    found = translated(tmp_path, LOOKOUT_TEMPLATE)
    assert found.deployment.stack_name == "tidegate-shopdetector"
    assert found.deployment.parameters == {
        "Measures": "views:SUM,latency:AVG",
        "Dimensions": "platform,marketplace",
        "IntervalMinutes": "10",
        "TimestampColumn": "time",
        "Timezone": "Europe/Berlin",
        "OffsetSeconds": "300",
        "AlertThreshold": "80",
        "AlertFormat": "JSON",
    }
    topic, folders, history = found.remarks
    assert topic.startswith('AlertTopicArn: Action.SNSConfiguration.SnsTopicArn is {"Ref": "Topic"}')
    assert "s3://${Bucket}/live/" in folders
    assert "the folders have to be intvl_date=" in folders
    assert history.startswith("s3://${Bucket}/history/ was the history")


def test_a_template_of_several_detectors_gives_each_its_alerts(tmp_path: Path) -> None:
    second = LOOKOUT_TEMPLATE.partition("Resources:")[2].replace("Shop", "Web").replace("80", "90")
    shop, web = map(translate, described(files(tmp_path, LOOKOUT_TEMPLATE + second.partition("AWS::SNS::Topic}\n")[2])))
    assert (shop.deployment.stack_name, shop.deployment.parameters["AlertThreshold"]) == ("tidegate-shopdetector", "80")
    assert (web.deployment.stack_name, web.deployment.parameters["AlertThreshold"]) == ("tidegate-webdetector", "90")


def test_each_dataset_of_a_detector_becomes_a_stack_with_its_interval_and_alerts(tmp_path: Path) -> None:
    second = {
        **DATASET,
        "MetricSetName": "returns",
        "MetricList": [{"MetricName": "sent", "AggregationFunction": "SUM"}],
    }
    orders, returns = map(translate, described(files(tmp_path, DETECTOR, DATASET, second, ALERT)))
    assert (orders.deployment.stack_name, returns.deployment.stack_name) == (
        "tidegate-my-shop-orders",
        "tidegate-my-shop-returns",
    )
    for name in ("IntervalMinutes", "KmsKeyArn", "AlertThreshold"):
        assert orders.deployment.parameters[name] == returns.deployment.parameters[name]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ('!Join ["/", ["s3:/", !Ref Bucket, "live"]]', "s3://${Bucket}/live"),
        ('!Join ["", ["s3://", !GetAtt Store.Name, "/", !Ref Frequency]]', "s3://${Store.Name}/PT10M"),
        ('!Sub ["s3://${Name}/live", {Name: !Ref Bucket}]', "s3://${Bucket}/live"),
        ("!ImportValue live-path", '{"Fn::ImportValue": "live-path"}'),
    ],
)
def test_a_path_that_functions_of_the_template_make_is_told(written: str, read: str, tmp_path: Path) -> None:
    found = translated(tmp_path, LOOKOUT_TEMPLATE.replace('!Sub "s3://${Bucket}/live/{{yyyyMMdd}}/{{HHmm}}"', written))
    assert any(remark.startswith(f"{read} was read: objects go to DataBucket") for remark in found.remarks)


def test_a_text_of_which_a_deployment_knows_a_part_is_no_value(tmp_path: Path) -> None:
    arn = '!Sub "arn:aws:sns:${AWS::Region}:${AWS::AccountId}:oncall"'
    found = translated(tmp_path, LOOKOUT_TEMPLATE.replace("SnsTopicArn: !Ref Topic", f"SnsTopicArn: {arn}"))
    assert "AlertTopicArn" not in found.deployment.parameters
    assert found.remarks[0].startswith("AlertTopicArn: Action.SNSConfiguration.SnsTopicArn is ")
    assert found.remarks[0].endswith("here; give the value that it had.")


def test_a_function_is_named_whatever_account_it_was_in(tmp_path: Path) -> None:
    arn = '!Sub "arn:aws:lambda:${AWS::Region}:${AWS::AccountId}:function:pager"'
    action = f"LambdaConfiguration: {{LambdaArn: {arn}}}"
    found = translated(tmp_path, LOOKOUT_TEMPLATE.replace("SNSConfiguration: {SnsTopicArn: !Ref Topic}", action))
    assert any(remark.startswith("pager was called") for remark in found.remarks)


def test_of_several_alerts_the_lowest_threshold_is_taken_and_no_filter(tmp_path: Path) -> None:
    calls = {
        "AlertSensitivityThreshold": 80,
        "Action": {"LambdaConfiguration": {"LambdaArn": "arn:aws:lambda:x:1:f:pager"}},
    }
    found = translated(tmp_path, DETECTOR, DATASET, ALERT, calls)
    told = found.deployment.parameters
    assert (told["AlertThreshold"], told["DeployEventBus"]) == ("50", "true")
    assert not told.keys() & {"AlertMeasures", "AlertDimensionFilters", "AlertTopicArn"}
    assert ("AlertSensitivityThreshold", "50, 80", "AlertThreshold=50") in found.carried
    assert any(remark.startswith("There were 2 alerts") for remark in found.remarks)
    assert any(remark.startswith("pager was called") for remark in found.remarks)


def csv(**shape: object) -> dict[str, Any]:
    return {"S3SourceConfig": {"FileFormatDescriptor": {"CsvFormatDescriptor": shape}}}


@pytest.mark.parametrize(
    ("source", "named"),
    [
        ({"CloudWatchConfig": {"RoleArn": "r"}}, "CloudWatch was the source"),
        ({"AthenaSourceConfig": {"TableName": "t"}}, "Athena was the source"),
        ({"S3SourceConfig": {"HistoricalDataPathList": ["s3://b/old/"]}}, "s3://b/old/ was the history"),
        ({"S3SourceConfig": {"FileFormatDescriptor": {"JsonFormatDescriptor": {}}}}, "The objects were JSON lines"),
        (csv(Delimiter="\t"), r"Delimiter was '\t'"),
        (csv(ContainsHeader=False, HeaderList=["a", "b"]), "those in DataBucket need one, a,b"),
    ],
)
def test_what_the_source_leaves_to_do_is_said(source: Mapping[str, Any], named: str, tmp_path: Path) -> None:
    found = translated(tmp_path, DETECTOR, {**DATASET, "MetricSource": source})
    assert any(named in remark for remark in found.remarks), found.remarks


def test_what_a_stack_cannot_have_is_left_out_and_named(tmp_path: Path) -> None:
    odd = {
        **DATASET,
        "TimestampColumn": {"ColumnName": "day", "ColumnFormat": "EEE, d MMM"},
        "Timezone": "Mars/Olympus",
    }
    found = translated(tmp_path, DETECTOR, odd)
    assert not found.deployment.parameters.keys() & {"TimestampFormat", "Timezone"}
    assert any(remark.startswith("TimestampFormat is 'EEE, d MMM'") for remark in found.remarks)
    assert any(remark.startswith("Timezone is 'Mars/Olympus'") for remark in found.remarks)


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({}, "says no MetricSetFrequency"),
        ({"MetricSetFrequency": "PT7M"}, "MetricSetFrequency is 'PT7M': must be one of PT5M, PT10M, PT1H, P1D"),
        ({"MetricSetFrequency": {"Ref": "X"}}, 'MetricSetFrequency is {"Ref": "X"}: put the value in its place'),
        ({"MetricList": [{"MetricName": {"Ref": "X"}}]}, 'MetricList.0.MetricName is {"Ref": "X"}'),
        ({"MetricList": [{"MetricName": "a"}]}, "MetricList.0.AggregationFunction is missing"),
        ({"MetricSetFrequency": "PT5M", "DimensionList": ["no name"]}, "Dimensions is "),
        ({"MetricSetFrequency": "PT5M", "MetricList": []}, "Measures is ''"),
    ],
)
def test_a_dataset_that_cannot_be_translated_is_named(changed: Mapping[str, Any], problem: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        translated(tmp_path, {**DATASET, **changed})
    assert str(caught.value).startswith(f"{tmp_path / '0.json'}: {problem}")


@pytest.mark.parametrize(
    ("documents", "problem"),
    [
        (({"Resources": {}},), "0.json: describes no detector of Lookout for Metrics"),
        (("a: [",), "0.yaml: is neither JSON nor YAML"),
        (("[" * 5000,), "0.yaml: is neither JSON nor YAML"),
        (({"Parameters": {"A": 3, "B": "Default"}},), "0.json: describes no detector of Lookout for Metrics"),
        ((DETECTOR, ALERT), "0.json: has no dataset with it"),
        ((DATASET, {**DATASET, "AnomalyDetectorArn": f"{ARN}Other"}, {**DETECTOR, "AnomalyDetectorArn": f"{ARN}X"}),
         "2.json: is of detector X, and the datasets given are of My_shop, Other"),
    ],
)  # fmt: skip
def test_files_that_describe_no_detector_are_named(documents: tuple[Any, ...], problem: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        described(files(tmp_path, *documents))
    assert str(caught.value).startswith(f"{tmp_path}/{problem}")


def test_documents_one_behind_another_in_a_file_are_all_read(tmp_path: Path) -> None:
    path = tmp_path / "described.json"
    path.write_text("\n".join(json.dumps(document, indent=4) for document in (DETECTOR, DATASET, ALERT)))
    (detector,) = described([path])
    assert translate(detector).deployment.parameters["AlertThreshold"] == "50"
    assert translate(detector).deployment.parameters["IntervalMinutes"] == "1440"


@pytest.mark.parametrize(
    ("name", "problem"),
    [("none.yaml", "none.yaml: cannot be read: No such file"), ("", ": cannot be read: Is a directory")],
)
def test_what_cannot_be_opened_is_named(
    name: str, problem: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["detect-config", "--lookout", str(tmp_path / name)]) == 2
    assert problem in capsys.readouterr().err


def test_a_threshold_is_a_number(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"3\.json: AlertSensitivityThreshold is 'high': must be a number"):
        translated(tmp_path, DETECTOR, DATASET, ALERT, {"AlertSensitivityThreshold": "high"})


def test_the_backtest_that_is_printed_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paths = files(tmp_path, DETECTOR, without(DATASET, "Timezone"), ALERT)
    assert cli.main(["detect-config", "--lookout", *map(str, paths)]) == 0
    out = capsys.readouterr().out
    assert "of the values that DimensionFilters keep out as well" in out
    (line,) = [line for line in out.splitlines() if "tidegate backtest FOLDER" in line]
    folder = tmp_path / "history"
    folder.mkdir()
    rows = "".join(f"2026-{1 + at // 28:02d}-{1 + at % 28:02d},de,app,{at % 7},1.5\n" for at in range(200))
    (folder / "old.csv").write_text("day,country,platform,orders,latency\n" + rows)
    words = shlex.split(line)[1:]
    words[words.index("FOLDER")] = str(folder)
    words[-1] = str(tmp_path / "out")
    assert cli.main(words) == 0
    assert (tmp_path / "out" / "scores.csv").exists()


def test_several_samples_at_once_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["detect-config", str(tmp_path / "a.csv"), str(tmp_path / "b.csv")]) == 2
    assert "b.csv: one sample at a time" in capsys.readouterr().err
