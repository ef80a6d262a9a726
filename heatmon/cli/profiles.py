"""`heatmon profiles`: devices whose registers are known, with their public sources."""

from __future__ import annotations

import argparse
import sys
from typing import Final

from heatmon.catalogue import Language, language_of, render
from heatmon.profiles import Profile, installed_profiles


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """One profile, or all."""
    language = language_of()
    parser.add_argument("name", nargs="?", metavar="NAME", help=render("profiles.arg.name", language))
    parser.add_argument("--markdown", action="store_true", help=render("profiles.arg.markdown", language))


def run(args: argparse.Namespace) -> int:
    """Print the table of devices, or everything about one; 1 when there is none of that name."""
    language, profiles = language_of(), installed_profiles()
    if args.markdown:
        print(markdown(), end="")
        return 0
    if args.name is None:
        for profile in profiles.values():
            print(f"{profile.id:24} {profile.kind:22} {profile.name.in_language(language)}")
        return 0
    if (found := profiles.get(args.name)) is None:
        known = ", ".join(profiles)
        print(render("profiles.unknown", language, name=args.name, known=known), file=sys.stderr)
        return 1
    print(_described(found, language))
    return 0


def _described(profile: Profile, language: Language) -> str:
    lines = [f"{profile.id}: {profile.name.in_language(language)}", f"  {profile.link}"]
    lines += [f"  {render('profiles.source', language, what=source.what)}" for source in profile.sources]
    lines += [f"  ! {quirk.in_language(language)}" for quirk in profile.quirks]
    for point in profile.points:
        unit = "" if point.unit == "1" else point.unit
        place = ", ".join(f"{key} {value}" for key, value in point.address.items())
        lines.append(f"  {point.id:20} {point.name.in_language(language):32} {unit:6} {place}")
    counts = {
        origin: sum(one.origin == origin for one in profile.words) for origin in ("recorded", "constructed")
    }
    lines.append(f"  {render('profiles.examples', language, **counts)}")
    return "\n".join(lines)


HEAD: Final = """# Devices

Made by `heatmon profiles --markdown` from the profiles; do not edit. A device in a station file refers to
its profile, a tag to one of its points, in one line each:

```yaml
devices:
  - id: ecl
    link: bus
    profile: danfoss-ecl-110
    options: {unit: 5}
    groups: [{id: normal, period: 10 s}]
tags:
  - {id: t2s, device: ecl, group: normal, point: s3_supply, range: {min: 0 °C, max: 120 °C}}
```

Recorded words come from a device, constructed ones from the document's own scaling. Every register stands
in the source that is named.

| profile | device | kind | points | recorded / constructed | sources |
| --- | --- | --- | --- | --- | --- |
"""


def markdown() -> str:
    """The page of supported devices, from the profiles themselves."""
    rows = []
    for profile in installed_profiles().values():
        origins = [one.origin for one in profile.words]
        counted = origins.count("recorded"), origins.count("constructed")
        sources = "; ".join(source.what for source in profile.sources)
        rows.append(
            f"| `{profile.id}` | {profile.name.en}<br>{profile.name.zh} | {profile.kind} "
            f"| {len(profile.points)} | {counted[0]} / {counted[1]} | {sources} |\n"
        )
    return HEAD + "".join(rows)
