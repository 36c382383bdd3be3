"""Other measures that were anomalous together with one: its probable causes or effects.

The percentage is the share of the measure's series hit whose dimension values were also hit in the other measure, in
the same interval. Which of the two is cause and which effect this cannot tell.
"""

from collections.abc import Mapping, Sequence

from tidegate.contracts.anomaly import SeriesScore


def related_measures(
    measure: str, series: Sequence[SeriesScore], hits: Mapping[str, Sequence[SeriesScore]]
) -> tuple[tuple[str, int], ...]:
    """(other measure, percent from 1 to 100), strongest first.

    series: those of the measure that are looked at. hits: each measure's anomalous series.
    """
    own = {score.dimensions for score in series}
    found = []
    for other, others in hits.items():
        shared = sum(score.dimensions in own for score in others) if other != measure else 0
        if shared:
            found.append((other, max(1, round(100 * shared / len(own)))))
    return tuple(sorted(found, key=lambda pair: (-pair[1], pair[0])))
