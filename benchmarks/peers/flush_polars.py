"""An interval's CSV with polars: rows from memory, in order of their identity. usage: flush_polars.py ROWS FILE"""

import json
import sys
import time

import polars

from benchmarks.peers.rows_in_memory import columns, forget_peak, peak_mb

frame = polars.DataFrame(columns(int(sys.argv[1])))
forget_peak()
before = time.process_time()
frame.sort("sequence").drop("sequence").write_csv(sys.argv[2])
print(json.dumps({"cpu_seconds": time.process_time() - before, "peak_mb": peak_mb()}))
