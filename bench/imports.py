"""What importing costs in CPU: the whole daemon, and `heatmon --help`, against a bare interpreter."""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys

ROUNDS = 7
DAEMON = (
    "import heatmon.app, heatmon_drivers.modbus.session; from heatmon.driver import installed; installed()"
)
HELP = "from heatmon.cli import main\ntry: main(['--help'])\nexcept SystemExit: pass"


def seconds(program: str) -> float:
    """CPU of a fresh interpreter, user and system: a busy machine stretches wall time, hardly this."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", program], check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    bare, daemon, helped = [], [], []
    for _ in range(ROUNDS):
        bare.append(seconds("pass"))
        daemon.append(seconds(DAEMON))
        helped.append(seconds(HELP))
    base = statistics.median(bare)
    for name, runs in (("daemon", daemon), ("--help", helped)):
        took = statistics.median(runs)
        spread = f"{min(runs):.3f} to {max(runs):.3f}"
        print(f"{name:8} {took - base:.3f} s of imports ({took:.3f} s, spread {spread}; bare {base:.3f} s; "
              f"{took / base:.1f} x)")  # fmt: skip


if __name__ == "__main__":
    main()
