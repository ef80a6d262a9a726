"""`heatmon schema`: the JSON Schema of station files, for editors."""

from __future__ import annotations

import argparse
import json

from heatmon.driver import installed
from heatmon.settings import schema


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """None."""


def run(_args: argparse.Namespace) -> int:
    """Print it."""
    print(json.dumps(schema(installed()), ensure_ascii=False, indent=2))
    return 0
