"""The pictures of growth. usage: plot_growth.py CURVES.json PICTURE.svg

CURVES: panels with title, size, unit and curves: name -> (size, value) points.
"""

import json
import sys
from pathlib import Path

import matplotlib

matplotlib.use("svg")
from matplotlib import pyplot  # the backend has to be chosen before
from matplotlib.ticker import FixedLocator, LogLocator, NullLocator

COLOURS = {"Tidegate": "#0b6e8f"}
OTHERS = ("#c4682b", "#8a8a8a", "#7a5aa6", "#5b8c3e")

panels = json.loads(Path(sys.argv[1]).read_text())
matplotlib.rcParams.update(
    {
        "svg.hashsalt": "growth",
        "svg.fonttype": "none",
        "font.size": 8,
        "axes.titlesize": 9,
        "font.family": "DejaVu Sans",
    }
)
figure, grid = pyplot.subplots(len(panels) // 2, 2, figsize=(9, 2.3 * len(panels) // 2), layout="constrained")
for axes, panel in zip(grid.flat, panels, strict=True):
    others = iter(OTHERS * 2)
    everything = [value for curve in panel["curves"].values() for _, value in curve]
    narrow = max(everything) < 100 * min(everything)
    for name, curve in panel["curves"].items():
        ours = name == "Tidegate"
        colour = COLOURS[name] if ours else next(others)
        label = f"{name}, slope {panel['slopes'][name]:.2f}"
        sizes, values = zip(*curve, strict=True)
        axes.plot(
            sizes,
            values,
            marker="o",
            markersize=4 if ours else 3,
            color=colour,
            linewidth=2 if ours else 1,
            label=label,
        )
    axes.set(xscale="log", yscale="log", title=panel["title"], xlabel=panel["size"], ylabel=panel["unit"])
    axes.grid(True, which="major", color="#dddddd", linewidth=0.6)
    axes.legend(fontsize=6.5, edgecolor="none", framealpha=0.7)
    axes.xaxis.set(major_locator=FixedLocator(sizes), major_formatter="{x:,.0f}", minor_locator=NullLocator())
    axes.yaxis.set(
        major_locator=LogLocator(subs=(1, 2, 5) if narrow else (1,)),
        major_formatter="{x:,g}",
        minor_locator=NullLocator(),
    )
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
figure.savefig(sys.argv[2], metadata={"Date": None, "Creator": None})
print("{}")
