"""False alarms, detection, sizes and causes on the simulated station, beside naive rule sets.

    python -m bench.detection [--seasons N] [--days N] [--windows N] [--full] [--workers N]

Without --full a short version: two clean fortnights and two windows of each of a few cases. The seeds are
drawn from the SHA-256 of the committed parameters (settings, code of the checks), which is printed
first: a change of any parameter draws other seeds.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from statistics import median

from bench.detection.campaign import CAUSES, EXCHANGER, LEAKS, Case, Found, false_alarms, window

ROOT = Path(__file__).resolve().parents[2]
PARAMETERS = ("heatmon/core", "config/stations/hx-example", "bench/detection")
LIMITS_H = {1.5: 2.0, 2.0: 2.0, 5.0: 2.0, 1.0: 4.0, 0.5: 24.0, 0.3: 24.0}


def parameters() -> str:
    digest = hashlib.sha256()
    for folder in PARAMETERS:
        for file in sorted((ROOT / folder).rglob("*")):
            if file.suffix in (".py", ".yaml"):
                digest.update(file.relative_to(ROOT).as_posix().encode() + file.read_bytes())
    return digest.hexdigest()


def shown(values: list[float | None]) -> str:
    known = sorted(v for v in values if v is not None)
    rate = f"{100 * len(known) / len(values):3.0f} %" if values else "  – "
    return f"{rate} {median(known):6.1f} h" if known else f"{rate}      –  "


def report_windows(case: Case, found: list[Found]) -> None:
    cells = [f"{name} {shown([one.delay_h[name] for one in found])}" for name in found[0].delay_h]
    line = f"{case.name:18} n={len(found):2} | " + " | ".join(cells)
    limit = LIMITS_H.get(case.leak_pct)
    if limit is not None:
        within = sum(1 for one in found if (one.delay_h["heatmon"] or 1e9) <= limit)
        line += f" | within {limit:g} h: {100 * within / len(found):.0f} %"
    sizes = [abs(one.size_error) for one in found if one.size_error is not None]
    if sizes:
        line += f" | size error after 24 h: median {median(sizes):.0%}, worst {max(sizes):.0%}"
    if case.cause:
        right = sum(one.cause == case.cause for one in found) / len(found)
        names = Counter(one.cause or "none" for one in found).most_common()
        named = ", ".join(f"{name} {n}" for name, n in names)
        line = f"{case.name:18} n={len(found):2} | cause named right {right:.0%} ({named})"
    print(line, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--seasons", type=int)
    parser.add_argument("--days", type=int)
    parser.add_argument("--windows", type=int)
    parser.add_argument("--workers", type=int, default=2)
    args = parser.parse_args()
    seasons = args.seasons or (20 if args.full else 2)
    days = args.days or (120 if args.full else 14)
    windows = args.windows or (20 if args.full else 2)
    after, clean = (3, 7) if args.full else (2, 4)
    cases = (*LEAKS, *EXCHANGER, *CAUSES) if args.full else (LEAKS[1], LEAKS[3], EXCHANGER[1], *CAUSES[:2])
    digest = parameters()
    seeds = random.Random(digest)
    print(f"parameters {digest[:16]}; {seasons} clean seasons of {days} d, {windows} windows a case")
    began = time.time()
    with ProcessPoolExecutor(args.workers) as pool:
        clean_runs = [pool.submit(false_alarms, seeds.randrange(1 << 30), days) for _ in range(seasons)]
        jobs = []
        for case in cases:
            drawn = [seeds.randrange(1 << 30) for _ in range(windows)]
            jobs.append((case, [pool.submit(window, case, seed, after, clean) for seed in drawn]))
        total: Counter[str] = Counter()
        for run in clean_runs:
            total.update(run.result())
        per_season = {name: 120.0 / days * count / seasons for name, count in sorted(total.items())}
        print("false alarms a season of 120 d:", {k: round(v, 2) for k, v in per_season.items()}, flush=True)
        for case, futures in jobs:
            report_windows(case, [future.result() for future in futures])
    print(f"{time.time() - began:.0f} s")


if __name__ == "__main__":
    main()
