"""One model for each series, as such detectors are used: learn all points but the last, then load, step and save.

Series are taken in order until the given CPU seconds are over; all figures are for the series that were done.
"""

import json
import sys
import time
from collections.abc import Callable

import numpy as np


def measure[Model](
    new: Callable[[], Model],
    step: Callable[[Model, float], None],
    save: Callable[[Model], bytes],
    load: Callable[[bytes], Model],
) -> None:
    """Print the figures. arguments: FILE of points (.npy, a row a series), CPU seconds."""
    points, budget = np.load(sys.argv[1]), float(sys.argv[2])
    began = time.process_time()
    seconds, size, done = {"load": 0.0, "step": 0.0, "save": 0.0}, 0, 0
    for series in points.tolist():
        model = new()
        for value in series[:-1]:
            step(model, value)
        stored = save(model)
        marks = [time.process_time()]
        model = load(stored)
        marks.append(time.process_time())
        step(model, series[-1])
        marks.append(time.process_time())
        size += len(save(model))
        marks.append(time.process_time())
        for number, name in enumerate(seconds):
            seconds[name] += marks[number + 1] - marks[number]
        done += 1
        if marks[-1] - began > budget:
            break
    print(json.dumps({"series": done, "bytes": size, **{f"{name}_seconds": spent for name, spent in seconds.items()}}))
