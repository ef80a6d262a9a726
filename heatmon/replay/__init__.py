"""Running any configuration over what was recorded: ours, or CSV and Parquet with a column map."""

from heatmon.replay.run import Outcome, replay

__all__ = ["Outcome", "replay"]
