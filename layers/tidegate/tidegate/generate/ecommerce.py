"""The e-commerce scenario: views and revenue of a shop by platform and marketplace.

Each of the 21 series sends one record a minute: `{"platform", "marketplace", "event_time", "views", "revenue"}`, with
event_time as `yyyy-MM-dd HH:mm:ss` in UTC. Marketplaces follow their own local day and week. The smallest series has
about 30 views a minute on average, a third of it at night.
"""

from datetime import UTC, datetime
from math import exp
from typing import Final
from zoneinfo import ZoneInfo

from tidegate.contracts.anomaly import Kind
from tidegate.generate.noise import count, random_for, wander
from tidegate.generate.plan import Card, Incident, Planner
from tidegate.generate.sample import Sample
from tidegate.generate.shape import shape

PLATFORMS: Final = {"pc_web": 0.4, "mobile_web": 0.25, "mobile_app": 0.35}
"""Share of a marketplace's views."""

MARKETPLACES: Final = {
    "us": (900.0, "America/New_York"),
    "uk": (360.0, "Europe/London"),
    "de": (420.0, "Europe/Berlin"),
    "fr": (270.0, "Europe/Paris"),
    "es": (120.0, "Europe/Madrid"),
    "it": (150.0, "Europe/Rome"),
    "jp": (480.0, "Asia/Tokyo"),
}
"""Views a minute on average, and the time zone."""

REVENUE_PER_VIEW: Final = {"pc_web": 1.3, "mobile_web": 0.6, "mobile_app": 0.9}

_ZONES: Final = {name: ZoneInfo(zone) for name, (_, zone) in MARKETPLACES.items()}
_SHAPE: Final = shape(
    hours=(44, 30, 23, 20, 20, 24, 35, 52, 72, 88, 98, 104, 110, 106, 102, 102, 106, 114, 126, 142, 152, 144, 114, 72),
    weekdays=(1.0, 0.98, 0.97, 0.98, 0.96, 1.06, 1.12),
)
_DISPERSION: Final = 60.0
_WANDER: Final = 0.03
_REVENUE_SPREAD: Final = 0.15
_BOTH: Final = ("views", "revenue")

PLANNER: Final = Planner(
    name="ecommerce",
    deck=(
        Card(Kind.SPIKE, "a campaign nobody had told of", ("marketplace",), _BOTH, (2.0, 3.0), (20, 90)),
        Card(Kind.SPIKE, "a crawler", ("platform", "marketplace"), ("views",), (3.0, 5.0), (15, 60)),
        Card(Kind.DIP, "a slow release of one platform", ("platform",), _BOTH, (0.3, 0.5), (30, 120)),
        Card(Kind.DIP, "a broken checkout", ("marketplace",), ("revenue",), (0.05, 0.25), (30, 180)),
        Card(Kind.SHIFT, "a new entry page", ("platform", "marketplace"), _BOTH, (1.7, 2.2), (300, 360)),
        Card(Kind.SILENCE, "a series that stopped sending", ("platform", "marketplace"), _BOTH, (0.0, 0.0), (20, 90)),
        Card(Kind.SILENCE, "an outage of one marketplace", ("marketplace",), _BOTH, (0.0, 0.0), (15, 45)),
        None,
    ),
    windows=(0, 8, 16),
    dimensions=(("platform", tuple(PLATFORMS)), ("marketplace", tuple(MARKETPLACES))),
)


def minute_of(seed: int, minute: int, incident: Incident | None) -> list[Sample]:
    """All records of the minute that starts at `minute` (seconds since 1970 UTC), by time of event."""
    random = random_for(seed, "ecommerce", minute)
    samples = []
    for marketplace, (level, _) in MARKETPLACES.items():
        views = level * _SHAPE.at(minute, _ZONES[marketplace]) * wander(seed, marketplace, minute, _WANDER)
        for platform, share in PLATFORMS.items():
            second, z_views, z_revenue = int(60 * random.random()), random.gauss(), random.gauss()
            series = {"platform": platform, "marketplace": marketplace}
            factors = {measure: incident.factor_for(measure, series) if incident else 1.0 for measure in _BOTH}
            if incident is not None and incident.silences(series):
                continue
            buyers = count(views * share * factors["revenue"], z_views, _DISPERSION)
            noise = exp(_REVENUE_SPREAD * (z_revenue - _REVENUE_SPREAD / 2))
            record: dict[str, str | int | float] = {
                **series,
                "event_time": f"{datetime.fromtimestamp(minute + second, UTC):%Y-%m-%d %H:%M:%S}",
                "views": count(views * share * factors["views"], z_views, _DISPERSION),
                "revenue": round(buyers * REVENUE_PER_VIEW[platform] * noise, 2),
            }
            samples.append(Sample(minute + second, f"{platform}|{marketplace}", record))
    return sorted(samples, key=lambda sample: sample.instant)
