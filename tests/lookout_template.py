"""A CloudFormation template with a detector of Lookout for Metrics, as it was deployed.

The types of its resources are left out: CloudFormation knows them no more.
"""

from typing import Final

LOOKOUT_TEMPLATE: Final = """
Parameters:
  Frequency: {Type: String, Default: PT10M}
  Columns: {Type: CommaDelimitedList, Default: "platform, marketplace"}
  Bucket: {Type: String}
Resources:
  Topic: {Type: AWS::SNS::Topic}
  ShopDetector:
    Properties:
      AnomalyDetectorConfig: {AnomalyDetectorFrequency: !Ref Frequency}
      MetricSetList:
        - MetricSetName: orders
          MetricList:
            - {MetricName: views, AggregationFunction: SUM}
            - {MetricName: latency, AggregationFunction: AVG}
          DimensionList: !Ref Columns
          TimestampColumn: {ColumnName: time, ColumnFormat: "yyyy-MM-dd HH:mm:ss"}
          Offset: 300
          Timezone: Europe/Berlin
          MetricSource:
            S3SourceConfig:
              TemplatedPathList: [!Sub "s3://${Bucket}/live/{{yyyyMMdd}}/{{HHmm}}"]
              HistoricalDataPathList: [!Sub "s3://${Bucket}/history/"]
  ShopAlert:
    Properties:
      AnomalyDetectorArn: !GetAtt ShopDetector.Arn
      AlertSensitivityThreshold: 80
      Action: {SNSConfiguration: {SnsTopicArn: !Ref Topic}}
"""
