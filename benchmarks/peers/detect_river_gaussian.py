"""River's Gaussian scorer for each series: how far a value lies from the mean of the last 250. It knows no season."""

import pickle

from river.anomaly import GaussianScorer

from benchmarks.peers.series_by_series import measure


def step(model: GaussianScorer, value: float) -> None:
    model.score_one(None, value)
    model.learn_one(None, value)


measure(lambda: GaussianScorer(window_size=250), step, pickle.dumps, pickle.loads)
