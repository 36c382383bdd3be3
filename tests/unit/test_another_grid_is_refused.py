"""A detector whose intervals have one length and zone does not go on with another: they would never mix or be found."""

import pytest

from tests.flush_world import CONFIG, Event, World, reconfigured
from tests.ingesting import NOON, Ingesting, line
from tidegate.contracts.buffer import Watermark
from tidegate.contracts.errors import ConfigurationError


@pytest.mark.parametrize("changes", [{"interval_minutes": 10}, {"timezone": "Europe/Berlin"}])
def test_flush_names_both_grids_and_leaves_everything(changes: dict[str, object]) -> None:
    world = World()
    world.take([Event(1, happened=10, arrived=10)])
    world.flush(60)
    before = world.bodies(), world.buffer.watermark()
    with pytest.raises(ConfigurationError, match=r"intervals are 5 minutes, UTC; deploy a stack of another name"):
        reconfigured(world, **changes).flush(4000)
    assert (world.bodies(), world.buffer.watermark()) == before


def test_ingest_does_not_move_the_cursor_of_a_batch_that_no_flush_would_find() -> None:
    run = Ingesting(IntervalMinutes="10")
    run.buffer.put_watermark(Watermark(NOON, NOON, NOON, grid="5 minutes, UTC", version=1))
    with pytest.raises(ConfigurationError, match="10 minutes, UTC"):
        run.put(line())
    assert all(cursor.is_new for cursor in run.buffer.control().cursors)


def test_the_same_grid_goes_on() -> None:
    assert reconfigured(World(), offset_seconds=5).config.grid.name == CONFIG.grid.name
