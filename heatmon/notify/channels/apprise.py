"""The long tail of services through the apprise library.

It answers "true" for messages that a provider has refused with HTTP 200, so its yes means "handed
over" here, never "delivered".
"""

from __future__ import annotations

import asyncio
from typing import Any

from heatmon.core.spec.channel import Apprise
from heatmon.notify.channel import Message, Outcome, shortened
from heatmon.notify.fit import fit_bytes
from heatmon.secret import SecretError, reveal


class AppriseChannel:
    """One service by its apprise address."""

    def __init__(self, settings: Apprise) -> None:
        self.kind, self.per_minute, self.per_second = "apprise", settings.per_minute, None
        self.limit_bytes = settings.most_bytes
        self._settings = settings

    async def send(self, message: Message) -> Outcome:
        """Try once."""
        try:
            service = await asyncio.to_thread(self._service)
        except SecretError as error:
            return Outcome("refused", shortened(error), channel=True)
        except ImportError:
            return Outcome("refused", "the package apprise is not installed", channel=True)
        if service is None:
            return Outcome("refused", "apprise does not know this address", channel=True)
        text = fit_bytes(message.text, self.limit_bytes)
        try:
            async with asyncio.timeout(self._settings.timeout_s):
                done = await service.async_notify(body=text, title=message.subject)
        except TimeoutError:
            return Outcome("broken", f"no end within {self._settings.timeout_s:g} s")
        except Exception as error:  # noqa: BLE001  a hundred plugins raise what they like; it ends here
            return Outcome("broken", shortened(f"{type(error).__name__}: {error}"))
        return Outcome("handed", "apprise: true") if done else Outcome("broken", "apprise: false")

    def _service(self) -> Any:
        """In a thread: the library loads a hundred and thirty plugins at its first use."""
        url = reveal(self._settings.url)
        import apprise

        service = apprise.Apprise()
        return service if service.add(url) else None

    async def close(self) -> None:
        """Nothing to let go of."""
