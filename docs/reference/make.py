"""Write the reference pages from the code, so that they say what the code does.

Run it after a change of the schema, of the measures or of the shipped files::

    .venv/bin/python docs/reference/make.py

`tests/test_docs.py` fails while a committed page differs from what this writes.
"""

from __future__ import annotations

import re
import typing
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from flexsim.commands.every import COMMANDS
from flexsim.measures import delay, sums
from flexsim.measures.catalogue import Measure, Pools, Weight
from flexsim.measures.cells import FAMILIES
from flexsim.measures.periods import DAY
from flexsim.measures.quantiles import IN_WORDS, QUANTILES
from flexsim.measures.units import unit
from flexsim.scenario import files, laws, wording
from flexsim.scenario.schema import Scenario

HERE = Path(__file__).parent
NOTE = "Made by `.venv/bin/python docs/reference/make.py` from\n{}. Do not edit it by hand."
MECHANISMS = sorted(set(HERE.parent.glob("mechanisms/*.md")) - set(HERE.parent.glob("*/README.md")))
#: Before and after the table of keys on the page of a mechanism.
BEGIN, END = "<!-- keys: made by docs/reference/make.py -->", "<!-- end of keys -->"
#: Keys that every entry has, whatever it is about.
_EVERYWHERE = {"title", "sources", "ranges", "template"}
PARAMETERS = f"""\
A key is written below its section: `pools.pitstop.places`. In the tables, `<name>` is a name of
your own. *Required* keys have no default. A key with the default *none* is off unless it is given.
No count or duration may be above {laws.MOST:,}. `flexsim show --defaults` prints a scenario with
all its keys.
"""
MEASURES = """\
The table of measures has a row for each replication, year, pool and measure. A measure is one sum
over another; the columns say which. Sums are over a budget year, or over the whole run after the
warm-up. *Split* measures are also given by group and by municipality, where there are several.
How unfinished stays and waits count is in [decision 006](../decisions/006-measures.md).
"""
OF_QUANTILES = """\
Of all citizens (or of all time) together. They stand in the summary only: over the whole run,
without the range of a single year, and not split.
"""


def main() -> None:
    """Write all pages, and the tables on the pages of mechanisms."""
    for name, page in PAGES.items():
        (HERE / name).write_text(page(), encoding="utf-8")
    for path in MECHANISMS:
        path.write_text(with_keys(path.read_text(encoding="utf-8")), encoding="utf-8")


# -- parameters -------------------------------------------------------------------------------


def parameters() -> str:
    """Every key of a scenario."""
    lines = [
        "# Every key of a scenario",
        "",
        NOTE.format("`flexsim/scenario/schema.py`"),
        "",
        PARAMETERS,
    ]
    where = places(Scenario)
    lines += [f"- [{model.__name__}](#{anchor(model)}): {said(model)}" for model in where]
    for model, paths in where.items():
        lines += ["", f"## {model.__name__}", "", f"{said(model)}.", ""]
        if paths != [""]:
            lines += wrapped("At ", [f"`{path}`" for path in paths])
        lines += ["| key | what | unit | default | allowed |", "|---|---|---|---|---|"]
        lines += rows(model)
        if model is laws.Law:
            lines += law_keys()
    return "\n".join(lines) + "\n"


def places(root: type[BaseModel]) -> dict[type[BaseModel], list[str]]:
    """Each model, in the order in which the schema comes to it, and the keys where it stands."""
    found: dict[type[BaseModel], list[str]] = {}

    def walk(model: type[BaseModel], path: str, above: tuple[type[BaseModel], ...]) -> None:
        found.setdefault(model, []).append(path)
        if model is laws.Law:
            path = "<law>"
        if model in above or (model is laws.Law and len(found[model]) > 1):
            return
        for key, annotation in wording.keys(model).items():
            for inner, name in models(annotation):
                walk(inner, f"{path}.{key}{name}".lstrip("."), (*above, model))

    walk(root, "", ())
    return found


def models(annotation: Any) -> Iterator[tuple[type[BaseModel], str]]:
    """Models that a value is made of, and the names between."""
    for option in wording.options(annotation):
        if typing.get_origin(option.kind) is dict:
            inner = typing.get_args(option.kind)[1]
            yield from ((model, f".<name>{name}") for model, name in models(inner))
        elif isinstance(option.kind, type) and issubclass(option.kind, BaseModel):
            yield option.kind, ""


def rows(model: type[BaseModel]) -> Iterator[str]:
    """One row of the table for each key of a model."""
    schema = model.model_json_schema()
    properties = schema.get("properties") or schema["$defs"][model.__name__]["properties"]
    for key, annotation in wording.keys(model).items():
        field = next(f for name, f in model.model_fields.items() if key in (name, f.alias))
        shown = (
            f"`{key}`",
            field.description or "",
            unit_of(properties[key], schema.get("$defs", {})),
            default(field),
            allowed(annotation),
        )
        yield f"| {' | '.join(text.replace('|', '/') for text in shown)} |"


def unit_of(part: dict[str, Any], definitions: dict[str, Any]) -> str:
    """The unit that the JSON schema gives for a value, or for what it is made of."""
    if "unit" in part:
        return str(part["unit"])
    if "$ref" in part:
        return str(definitions[part["$ref"].split("/")[-1]].get("unit", ""))
    inner = [*part.get("anyOf", []), part.get("items"), part.get("additionalProperties")]
    found = [unit_of(p, definitions) for p in inner if isinstance(p, dict)]
    return next((text for text in found if text), "")


def default(field: FieldInfo) -> str:
    """The default of a key, as YAML has it."""
    if field.is_required():
        return "*required*"
    value = field.get_default(call_default_factory=True)
    if isinstance(value, BaseModel):
        return "its defaults"
    if value is None or value in ({}, [], ""):
        return "none"
    return f"`{value}`"


def allowed(annotation: Any) -> str:
    """What a value may be."""
    parts = []
    for option in wording.options(annotation):
        inner = typing.get_args(option.kind)
        if typing.get_origin(option.kind) is dict:
            names = "" if inner[0] is str else f"for {allowed(inner[0])}: "
            parts.append(f"{names or '`<name>`: '}{allowed(inner[1])}")
        elif typing.get_origin(option.kind) is list:
            parts.append(f"a list: {allowed(inner[0])}")
        elif isinstance(option.kind, type) and issubclass(option.kind, BaseModel):
            parts.append(f"[{option.kind.__name__}](#{anchor(option.kind)})")
        else:
            parts.append(wording.word(option))
    return ", or ".join(parts)


def law_keys() -> Iterator[str]:
    """Which keys determine a law."""
    yield from ("", "Which keys go with which law:", "", "| law | keys |", "|---|---|")
    for law, choices in laws.PARAMETERS.items():
        keys = " or ".join(
            " + ".join(f"`{key}`" for key in laws.Law.model_fields if key in c) for c in choices
        )
        yield f"| `{law}` | {keys} |"


def anchor(model: type[BaseModel]) -> str:
    """Where a model stands on the page."""
    return model.__name__.lower()


def said(thing: type) -> str:
    """The first line of a docstring, without its full stop and with simple quotes."""
    text = (thing.__doc__ or "").split("\n\n")[0].replace("\n", " ").replace("``", "`")
    return text.strip().rstrip(".")


def wrapped(begin: str, words: list[str], width: int = 100) -> list[str]:
    """A list in words, over as many lines as it takes, and an empty line."""
    lines = [begin]
    for n, word in enumerate(words):
        text = word + ("." if n == len(words) - 1 else ", ")
        if len(lines[-1]) + len(text.rstrip()) > width:
            lines[-1] = lines[-1].rstrip()
            lines.append("")
        lines[-1] += text
    return [*lines, ""]


# -- the keys of a mechanism ------------------------------------------------------------------


def with_keys(page: str) -> str:
    """The page of a mechanism with a table of the keys that its examples use."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    found: dict[str, str] = {}
    for example in re.findall(r"```yaml\n(.*?)```", page, flags=re.DOTALL):
        found |= dict(keys_used(Scenario, yaml.safe_load(example), ""))
    table = ["| key | what | unit | default | allowed |", "|---|---|---|---|---|", *found.values()]
    middle = "\n".join([BEGIN, "", "**Keys.**", "", *table, "", END])
    if not rest:
        before, after = page.rstrip() + "\n\n", "\n"
    return before + middle + after


def keys_used(model: type[BaseModel], values: Any, path: str) -> Iterator[tuple[str, str]]:
    """Keys below a path and their rows: those given; of what stands inside an entry, all."""
    annotations = wording.keys(model)
    of_entry = path.count(".") > 2
    for key in annotations if of_entry else values:
        if key in _EVERYWHERE or key not in annotations:
            continue
        value = values.get(key)
        inner = [(m, name) for m, name in models(annotations[key]) if m is not laws.Law]
        if not inner or not isinstance(value, dict):
            (row,) = (r for r in rows(model) if r.startswith(f"| `{key}` |"))
            linked = row.replace("](#", "](../reference/parameters.md#")
            yield path + key, linked.replace(f"`{key}`", f"`{path}{key}`", 1)
            continue
        (within, name), *_ = inner
        for one in value.values() if name else [value]:
            given = one if isinstance(one, dict) else {}
            yield from keys_used(within, given, f"{path}{key}{name}.")


# -- measures ---------------------------------------------------------------------------------


def measures() -> str:
    """Every measure."""
    lines = [
        "# Every measure",
        "",
        NOTE.format("`flexsim/measures`"),
        "",
        MEASURES,
        "| measure | in words | sum | divided by | unit | pools | split |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [measure_row(measure) for measure in all_measures()]
    lines += [
        "",
        "## Quantiles",
        "",
        OF_QUANTILES,
        "| measure | in words | unit |",
        "|---|---|---|",
    ]
    for name, shares in QUANTILES.items():
        for ending, share in shares.items():
            measure = f"{name}_{ending}"
            words = f"{100 * share:g} % of {IN_WORDS[name]}"
            lines.append(f"| `{measure}` | {words} | {unit(measure)} |")
    return "\n".join(lines) + "\n"


def all_measures() -> Iterator[Measure]:
    """Measures in the order of the result table."""
    for family in FAMILIES:
        yield from family
        if family is delay.MEASURES:
            yield from map(delay.awaiting, (None, *delay.WHERE_IN_WORDS))


def measure_row(measure: Measure) -> str:
    """One row of the table of measures."""
    below = measure.below
    divisor = below.value if isinstance(below, Weight) else sums.IN_WORDS[below]
    pools = measure.pools.value
    if measure.name.startswith(delay.AWAITING):
        pools = "all together"
    elif measure.pools is Pools.FINITE:
        pools = "with a norm"
    shown = (
        f"`{measure.name}`",
        measure.words,
        in_unit(sums.IN_WORDS[measure.top], measure.top_unit),
        in_unit(divisor, measure.below_unit),
        unit(measure.name),
        pools,
        "yes" if measure.split else "",
    )
    return f"| {' | '.join(shown)} |"


def in_unit(words: str, seconds: int) -> str:
    """Words for a sum in seconds, once it is shown in days."""
    return words.replace("seconds", "days") if seconds == DAY else words


# -- what is shipped --------------------------------------------------------------------------


def scenarios() -> str:
    """All files that come with flexsim, each in its own words."""
    headings = {
        "region": ("Regions", "`region=NAME`: the places, people and ways of one area."),
        "scenario": ("Scenarios", "`scenario=NAME`: a what-if, or a network of its own."),
        "experiment": ("Experiments", "`-m experiment=NAME`: several scenarios side by side."),
        "run": ("Lengths of a run", "`run=NAME`: how long, and how often."),
        "pools": ("Pool templates", "`template: NAME` in a pool of your own starts from one."),
    }
    lines = ["# What is shipped", "", NOTE.format("the first comment line of each file"), ""]
    lines += ["`flexsim list` prints the first three lists.", ""]
    for group, (heading, words) in headings.items():
        lines += [f"## {heading}", "", words, "", "| name | what |", "|---|---|"]
        lines += shipped(files.shipped(group).items())
        lines.append("")
    return "\n".join(lines)


def shipped(paths: Iterable[tuple[str, Path]]) -> Iterator[str]:
    """A row for each file."""
    for name, path in sorted(paths):
        yield f"| `{name}` | {files.in_words(path)} |"


# -- commands -----------------------------------------------------------------------------------


def commands() -> str:
    """Every command of the command line, with its options."""
    lines = ["# Commands", "", NOTE.format("`flexsim/commands`"), ""]
    lines += [
        "Changes are written `key=value`, in Hydra's grammar; `flexsim --help` lists them.",
        "",
    ]
    lines += ["| command | what it does |", "|---|---|"]
    lines += [f"| `flexsim {command.name}` | {command.about} |" for command in COMMANDS.values()]
    lines += ["", "| option | of | what it does |", "|---|---|---|"]
    for command in COMMANDS.values():
        for option in command.options:
            lines.append(f"| `{', '.join(option.flags)}` | `{command.name}` | {option.about} |")
    lines += [
        "",
        "Exit codes: 0 done, 2 bad input, 3 run failed, 4 disk or rights, 130 and 143 stopped.",
    ]
    return "\n".join([*lines, ""])


#: The pages, and what each says.
PAGES: dict[str, Callable[[], str]] = {
    "parameters.md": parameters,
    "measures.md": measures,
    "scenarios.md": scenarios,
    "commands.md": commands,
}

if __name__ == "__main__":
    main()
