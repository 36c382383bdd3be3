"""An interval's CSV with DuckDB: rows from memory, in order of their identity. usage: flush_duckdb.py ROWS FILE"""

import json
import sys
import time

import duckdb

from benchmarks.peers.rows_in_memory import columns, forget_peak, peak_mb

connection = duckdb.connect()
data = columns(int(sys.argv[1]))
connection.register("given", data)
connection.execute("CREATE TABLE rows AS SELECT * FROM given")
connection.unregister("given")
del data
forget_peak()
before = time.process_time()
connection.execute("COPY (SELECT * EXCLUDE sequence FROM rows ORDER BY sequence) TO $1 (HEADER)", [sys.argv[2]])
print(json.dumps({"cpu_seconds": time.process_time() - before, "peak_mb": peak_mb()}))
