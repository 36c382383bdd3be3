"""Records into intervals as a Spark job on Glue does it: micro-batches, each written as CSV partitioned by interval.

usage: spark_intervals.py FOLDER_OF_JSON_LINES OUTPUT CHECKPOINT

Kinder to Spark than Glue's script is: the interval is computed by Spark itself, not by a Python function for each
record, and a micro-batch is an hour, not a hundred seconds. It keeps what the original keeps: columns, partitions, a
checkpoint. It does what the original does with late records: another file.
"""

import sys

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as f

SOURCE, TARGET, CHECKPOINT = sys.argv[1:4]
SCHEMA = "platform STRING, marketplace STRING, event_time STRING, views LONG, revenue DOUBLE"
PARTITIONS = ("intvl_date", "intvl_hhmm")

settings = {"spark.ui.enabled": "false", "spark.sql.session.timeZone": "UTC", "spark.log.level": "ERROR"}
spark = SparkSession.builder.appName("intervals").config(map=settings).getOrCreate()


def write(batch: DataFrame, number: int) -> None:
    start = f.window(f.to_timestamp("event_time", "yyyy-MM-dd HH:mm:ss"), "5 minutes").start
    names = {"intvl_date": f.date_format(start, "yyyy-MM-dd"), "intvl_hhmm": f.date_format(start, "HHmm")}
    batch.withColumns(names).write.mode("append").partitionBy(*PARTITIONS).csv(TARGET, header=True)


records = spark.readStream.schema(SCHEMA).option("maxFilesPerTrigger", 1).json(SOURCE)
query = records.writeStream.foreachBatch(write).option("checkpointLocation", CHECKPOINT).trigger(availableNow=True)
query.start().awaitTermination()
spark.stop()
