"""River's half-space trees for each series, with its defaults of 10 trees of height 8 over windows of 250 points."""

import pickle

from river.anomaly import HalfSpaceTrees

from benchmarks.peers.series_by_series import measure

LIMITS = {"value": (0.0, 200.0)}


def step(model: HalfSpaceTrees, value: float) -> None:
    point = {"value": value}
    model.score_one(point)
    model.learn_one(point)


measure(lambda: HalfSpaceTrees(limits=LIMITS, seed=1), step, pickle.dumps, pickle.loads)
