"""A random cut forest for each series, with krcf's defaults of 50 trees of 256 points, and windows of 8 points."""

from krcf import RandomCutForest, RandomCutForestOptions

from benchmarks.peers.series_by_series import measure

OPTIONS = RandomCutForestOptions(dimensions=1, shingle_size=8, num_trees=50, sample_size=256)


def step(model: RandomCutForest, value: float) -> None:
    model.score([value])
    model.update([value])


measure(lambda: RandomCutForest(OPTIONS), step, RandomCutForest.to_msgpack, RandomCutForest.from_msgpack)
