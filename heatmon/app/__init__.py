"""The one place where things are put together: settings, engines, store, pollers, control socket.

`Daemon` is what `heatmon run` starts in the foreground and what systemd starts; the simulation
starts the very same with another clock.
"""

from heatmon.app.daemon import Daemon
from heatmon.app.shared import Running

__all__ = ["Daemon", "Running"]
