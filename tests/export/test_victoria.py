"""The real server: whatever happens on the way, it holds every (series, millisecond, value) once."""

from __future__ import annotations

from pathlib import Path

from tests.export.fixture import START, Hand, Path_, Store, destination
from tests.export.victoria import expected, needs_victoria, settled, victoria

pytestmark = needs_victoria


async def test_samples_and_events_arrive_as_they_were_stored(tmp_path: Path) -> None:
    store = Store(tmp_path / "state")
    end = store.fill(START, 600)
    store.event("alarm.raised", end, alarm="A1", priority="P1")
    store.event("alarm.acknowledged", end, alarm="A1", priority="P1")
    with victoria(tmp_path / "vm") as server:
        path = Path_(store.state, destination(server.url), Hand(end))
        await path.run()
        rows = expected(store.text())
        assert await settled(server, len(rows)) == rows
        assert path.sent == 6000 + 3
        assert path.forwarder.progress.past == path.claims.passed()
        await path.close()
