"""The Danish catalogue: which texts it must hold, and how it is brought up to date.

``python docs/languages/catalogue.py`` adds the texts that are new (with an empty translation, which
a test refuses until it is written) and drops those that nobody uses any more.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import yaml
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po
from jinja2.ext import babel_extract

Message = str | tuple[str, str]

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "flexsim"
CATALOGUE = PACKAGE / "locale" / "da" / "LC_MESSAGES" / "flexsim.po"

#: Functions of which so many texts are translated: one, or one and many.
KEYWORDS = {"phrase": 1, "text": 1, "Message": 1, "counted": 2}
#: Shipped files whose titles are names, or examples for researchers.
_NOT_TRANSLATED = ("configs/parts/municipalities/", "scenarios/textbook/")


def texts() -> Catalog:
    """Every text that is shown to a reader: of the code, of templates, and shipped titles."""
    catalogue = Catalog()
    for message in (*_in_code(), *_in_templates(), *_titles(), *_meanings()):
        catalogue.add(message)
    for message in catalogue:
        message.flags.discard("python-format")  # a % is a per cent
    return catalogue


def _in_code() -> Iterator[Message]:
    """Texts in calls of the keywords; babel's own extractor does not look into f-strings."""
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                count = KEYWORDS.get(name, 0)
                texts = [getattr(argument, "value", None) for argument in node.args[:count]]
                if texts and all(isinstance(text, str) and text for text in texts):
                    yield texts[0] if count == 1 else (texts[0], texts[1])


def _in_templates() -> Iterator[Message]:
    """Texts of the templates, by Jinja's extractor."""
    for path in sorted(PACKAGE.rglob("*.j2")):
        with path.open("rb") as file:
            for _, _, message, _ in babel_extract(file, list(KEYWORDS), (), {}):
                yield message if isinstance(message, str) else (message[0], message[1])


def _titles() -> Iterator[str]:
    """Titles in shipped YAML files, and the words that a scenario begins with."""
    from flexsim.scenario import files

    for folder in ("configs", "scenarios"):
        for path in sorted((ROOT / folder).rglob("*.yaml")):
            name = path.relative_to(ROOT).as_posix()
            if name.startswith(_NOT_TRANSLATED):
                continue
            if folder == "scenarios" or path.parent.name == "region":
                yield files.in_words(path)
            content = yaml.safe_load(path.read_text(encoding="utf-8"))
            yield from _below(content)


def _below(content: object) -> Iterator[str]:
    """All values of `title` and of units in words, at any depth."""
    if isinstance(content, dict):
        for key, value in content.items():
            if key == "traits" and isinstance(value, dict):
                yield from (str(word).replace("_", " ") for word in _words(value))
            if isinstance(value, str):
                if key == "title" or (key == "unit" and value != "share"):
                    yield value
            else:
                yield from _below(value)
    elif isinstance(content, list):
        for value in content:
            yield from _below(value)


def _words(traits: dict[str, object]) -> Iterator[str]:
    """Traits of a group and their values, which have no titles."""
    for trait, values in traits.items():
        yield trait
        if isinstance(values, dict):
            yield from values


def _meanings() -> Iterator[str]:
    """What the keys stand for that a scenario cannot do without: said where one is missing."""
    from pydantic import BaseModel

    from flexsim.scenario import money, schema, wording

    for model in (*vars(schema).values(), *vars(money).values()):
        if isinstance(model, type) and issubclass(model, BaseModel):
            for key in wording.required(model):
                yield from filter(None, [wording.description(model, key)])


def translated() -> Catalog:
    """The catalogue as it is."""
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="da")


def update() -> int:
    """Add new texts and drop old ones; how many have no translation."""
    catalogue = translated()
    catalogue.update(texts(), no_fuzzy_matching=True, update_creation_date=False)
    catalogue.obsolete.clear()
    catalogue.msgid_bugs_address = catalogue.last_translator = catalogue.language_team = ""
    with CATALOGUE.open("wb") as file:
        write_po(file, catalogue, width=100, sort_output=True)
    return len(untranslated(catalogue))


def untranslated(catalogue: Catalog) -> list[str | tuple[str, ...]]:
    """Texts of which a form has no translation."""
    return [message.id for message in catalogue if message.id and not _is_whole(message.string)]


def _is_whole(string: str | tuple[str, ...] | None) -> bool:
    return bool(string) and all([string] if isinstance(string, str) else string or ())


if __name__ == "__main__":
    sys.exit(f"{missing} texts without translation" if (missing := update()) else 0)
