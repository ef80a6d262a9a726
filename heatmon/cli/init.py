"""`heatmon init`: a station folder from the shipped example, by a few questions."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from heatmon.catalogue import Language, language_of, render

OLD_NAME = "name: {en: Heat-exchange station 17, zh: 17号换热站}"


@dataclass(frozen=True)
class Question:
    """One thing to know. key: of its text and option; check: None when an answer will do, else why not."""

    key: str
    default: str
    check: Callable[[str], str | None]


def _id(text: str) -> str | None:
    good = re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]{0,63}", text)
    return None if good else "init.bad_id"


def _name(text: str) -> str | None:
    # It stands in a YAML flow mapping, in double quotes.
    return None if text and len(text) <= 100 and not set(text) & set('"\\\n') else "init.bad_name"


def _zone(text: str) -> str | None:
    try:
        ZoneInfo(text)
    except (KeyError, ValueError, OSError):
        return "init.bad_zone"
    return None


def _host(text: str) -> str | None:
    return None if re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9.:-]{0,252})", text) else "init.bad_host"


def _between(low: int, high: int) -> Callable[[str], str | None]:
    def check(text: str) -> str | None:
        return None if text.isdecimal() and low <= int(text) <= high else "init.bad_number"

    return check


QUESTIONS = (
    Question("id", "HX-001", _id),
    Question("name_zh", "1号换热站", _name),
    Question("name_en", "Heat-exchange station 1", _name),
    Question("language", "zh", lambda text: None if text in ("zh", "en") else "init.bad_language"),
    Question("timezone", "Asia/Shanghai", _zone),
    Question("host", "192.168.1.10", _host),
    Question("port", "502", _between(1, 65535)),
    Question("unit", "1", _between(0, 247)),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The folder, and answers for whoever does not want to be asked."""
    language = language_of()
    parser.add_argument("dir", type=Path, metavar="DIR", help=render("init.dir", language))
    for question in QUESTIONS:
        help_text = render(f"init.{question.key}", language)
        parser.add_argument(f"--{question.key.replace('_', '-')}", help=help_text)
    parser.add_argument("--yes", action="store_true", help=render("init.yes", language))


def run(args: argparse.Namespace) -> int:
    """0: the folder is there and valid; 1 with one line."""
    language = language_of()
    folder: Path = args.dir
    if folder.exists() and any(folder.iterdir()):
        print(render("init.not_empty", language, path=folder), file=sys.stderr)
        return 1
    answers: dict[str, str] = {}
    for question in QUESTIONS:
        answer = _answer(question, getattr(args, question.key), args.yes, language)
        if answer is None:
            return 1
        answers[question.key] = answer
    try:
        _write(folder, answers)
    except OSError as error:
        print(f"{folder}: {error.strerror or error}", file=sys.stderr)
        return 1
    return _tell(folder, language)


def _answer(question: Question, given: str | None, defaults: bool, language: Language) -> str | None:
    """What was given or is typed; asked again while it will not do. None: given, and it will not do."""
    text = given if given is not None else question.default if defaults else None
    while True:
        typed = text
        if typed is None:
            shown = render(f"init.{question.key}", language)
            try:
                typed = input(f"{shown} [{question.default}]: ").strip() or question.default
            except EOFError:
                return None
        fault = question.check(typed)
        if fault is None:
            return typed
        print(render(fault, language, value=typed), file=sys.stderr)
        if text is not None:
            return None


def example() -> Path:
    """The shipped example: inside the installed package, or in the source tree."""
    inside = Path(__file__).resolve().parents[1] / "example"
    return inside if inside.is_dir() else Path(__file__).resolve().parents[2] / "config/stations/hx-example"


def _write(folder: Path, answers: dict[str, str]) -> None:
    name = f'name: {{en: "{answers["name_en"]}", zh: "{answers["name_zh"]}"}}'
    places = {
        "id: HX-017": f"id: {answers['id']}",
        OLD_NAME: name,
        "timezone: Asia/Shanghai": f"timezone: {answers['timezone']}",
        "  language: zh\n": f"  language: {answers['language']}\n",
        "host: 127.0.0.1, port: 502": f'host: "{answers["host"]}", port: {answers["port"]}',
        "options: {unit: 1,": f"options: {{unit: {answers['unit']},",
    }
    folder.mkdir(parents=True, exist_ok=True)
    for source in sorted(example().glob("*.yaml")):
        text = source.read_text(encoding="utf-8")
        for old, new in places.items():
            text = text.replace(old, new)
        (folder / source.name).write_text(text, encoding="utf-8")


def _tell(folder: Path, language: Language) -> int:
    from heatmon.driver import installed
    from heatmon.settings import load

    loaded = load(folder, installed(), language)
    for fault in loaded.faults:
        print(fault, file=sys.stderr)
    print(render("init.done", language, path=folder))
    return 1 if loaded.faults else 0
