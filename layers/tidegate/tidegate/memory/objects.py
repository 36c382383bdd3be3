"""The bucket of intervals in memory: the twin of `tidegate.aws.objects`."""

from collections.abc import Iterable
from dataclasses import replace

from tidegate.contracts.errors import Conflict
from tidegate.flush.stores import Published


class MemoryObjects:
    """`IntervalObjects` in a dictionary; an object appears whole or not at all."""

    def __init__(self) -> None:
        self._objects: dict[str, tuple[Published, bytes]] = {}
        self._writes = 0

    def published(self, key: str) -> Published | None:
        found = self._objects.get(key)
        return found[0] if found else None

    def put(self, key: str, body: Iterable[bytes], facts: Published, replaces: str | None) -> Published:
        data = b"".join(body)
        found = self.published(key)
        if (found.tag if found else None) != replaces:
            raise Conflict(f"{key} is not the object that was to be replaced")
        self._writes += 1
        published = replace(facts, bytes=len(data), tag=f"write-{self._writes}")
        self._objects[key] = (published, data)
        return published

    def keys(self) -> list[str]:
        """The keys of all objects, sorted."""
        return sorted(self._objects)

    def body(self, key: str) -> bytes:
        """An object's content; KeyError when there is none."""
        return self._objects[key][1]

    def delete(self, key: str) -> None:
        """Delete an object, as a person or a lifecycle rule does."""
        del self._objects[key]
