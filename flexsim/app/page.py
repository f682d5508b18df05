"""The page itself: a Streamlit script, run again from the top whenever somebody changes something.

Started by `flexsim app`. Numbers and pictures come from the other modules of this package.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import groupby

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from flexsim import __version__
from flexsim.app import choices, results
from flexsim.app.choices import Known
from flexsim.app.controls import Control, controls, overrides
from flexsim.app.simulate import Runs, stages
from flexsim.comparing import prepare
from flexsim.errors import FlexsimError, ScenarioError
from flexsim.jit import is_compiled
from flexsim.language import Language, phrase
from flexsim.output import animation, naming
from flexsim.output.headlines import title
from flexsim.result import Result
from flexsim.scenario.loading import with_overrides
from flexsim.scenario.names import shown
from flexsim.scenario.schema import Scenario
from flexsim.scenario.showing import as_yaml

_LANGUAGES = {"en": "English", "da": "Dansk"}
_REPLICATIONS = (10, 30, 100)
_TABS = (
    phrase("Through time"),
    phrase("Side by side"),
    phrase("Differences"),
    phrase("Who pays"),
    phrase("See it move"),
    phrase("Save"),
)
#: Tabs that are drawn while replications arrive; the others when all are there.
_GROWING = (0, 1)
_EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: Pixels of the animation; what is longer can be scrolled.
_HEIGHT = 900


@st.cache_resource(show_spinner=False)
def _runs() -> Runs:
    return Runs()


@st.cache_resource(max_entries=4, show_spinner=False)
def _known(own: choices.Stamp) -> Known:
    return choices.known(own)


@st.cache_resource(max_entries=64, show_spinner=False)
def _opened(region: str, name: str, language: str, own: choices.Stamp) -> Scenario:
    return choices.opened(region, name, language)


def main() -> None:
    """Draw the page."""
    st.set_page_config(page_title="flexsim", layout="wide")
    known = _known(choices.stamp())
    with st.sidebar:
        language = _language()
        base = _base(known, language)
        if base is None:
            return
        offered = controls(base, language)
        values, slots = _widgets(offered, _mark(base), language)
        typed, slots["typed"] = _typed(_mark(base), language)
    made = [*overrides(offered, values), *typed]
    st.header(results.heading(base, bool(made), language))
    scenario = _changed(base, made, slots, language)
    if scenario is None:
        st.info(language.text("Nothing is simulated until this is put right."))
        return
    if made:
        st.caption(
            language.text(
                "Changed: {changes}", changes=", ".join(_made(base, one, language) for one in made)
            )
        )
    _results(base, scenario, known, language)


def _made(base: Scenario, change: str, language: Language) -> str:
    """A change in words, and as the command line writes it."""
    return f"{naming.key([base], change.partition('=')[0], language)} ({change})"


# -- what is asked ------------------------------------------------------------------------------


def _language() -> Language:
    codes = list(_LANGUAGES)
    asked = st.query_params.get("language", codes[0])
    code = st.radio(
        "Language / Sprog",
        codes,
        index=codes.index(asked) if asked in codes else 0,
        format_func=_LANGUAGES.__getitem__,
        horizontal=True,
        key="language",
    )
    return Language(code)


def _base(known: Known, language: Language) -> Scenario | None:
    """The scenario to start from, or None after saying what is wrong with it."""
    region = st.selectbox(
        language.text("Region"),
        choices.regions(),
        format_func=lambda name: naming.region(name, language),
        key="region",
    )
    name = st.selectbox(
        language.text("Scenario"),
        known.names(region),
        format_func=lambda name: known.words(name, language),
        key=f"scenario {region}",
    )
    file = st.file_uploader(
        language.text("Or a scenario of your own (YAML)"), type=["yaml", "yml"], key="file"
    )
    try:
        if file is not None:
            return choices.uploaded(file.name, file.getvalue(), language.code)
        return _opened(region, name, language.code, known.own)
    except ScenarioError as error:
        _complain(st.container(), error.faults, language)
        return None


def _mark(base: Scenario) -> str:
    """Tells the controls of one scenario from those of another, in both languages alike."""
    content = base.model_dump_json(exclude={"output"}).encode()
    return hashlib.blake2b(content, digest_size=6).hexdigest()


def _widgets(
    offered: Sequence[Control], mark: str, language: Language
) -> tuple[dict[str, float], dict[str, DeltaGenerator]]:
    """The value of each control, and where a fault in it is said."""
    values, slots = {}, {}
    for n, (section, of_section) in enumerate(groupby(offered, lambda one: one.section)):
        with st.expander(section, expanded=n == 0):
            for control in of_section:
                values[control.key] = _widget(control, mark, language)
                slots[control.key] = st.empty()
    return values, slots


def _widget(control: Control, mark: str, language: Language) -> float:
    """A slider for whole numbers and rates, a box for what is finer."""
    number = language.number
    limits = language.text(
        "{low} to {high} {unit}",
        low=number(control.low),
        high=number(control.high),
        unit=control.unit,
    )
    source = language.text("Source: {source}", source=control.source) if control.source else ""
    about = "  \n".join(filter(None, [limits, source]))
    words = language.text("{what} ({unit})", what=control.label, unit=control.unit)
    key = f"{control.key} {mark}"
    if control.whole:
        bounds = int(control.low), int(control.reach), int(control.value)
        return st.slider(words, *bounds, help=about, key=key)
    span = float(control.low), float(control.high), float(control.value)
    step = 0.05 if control.high == 1 else 0.1
    return st.number_input(words, *span, step, "%.2f", help=about, key=key)


def _typed(mark: str, language: Language) -> tuple[list[str], DeltaGenerator]:
    """Changes written as on the command line, and where faults are said."""
    text = st.text_area(
        language.text("Any other key, one a line"),
        placeholder="pools.mpo.surge=2",
        help=language.text("As on the command line: key=value. Every key of a scenario goes."),
        key=f"typed {mark}",
    )
    return [line.strip() for line in text.splitlines() if line.strip()], st.empty()


def _changed(
    base: Scenario, made: Sequence[str], slots: Mapping[str, DeltaGenerator], language: Language
) -> Scenario | None:
    """The scenario with the changes, or None after saying, in place, what is wrong with them."""
    try:
        return results.changed(with_overrides(base, made), made) if made else base
    except ScenarioError as error:
        for key, slot in slots.items():
            own = [fault for fault in error.faults if _is_about(fault, key, slots)]
            if own:
                _complain(slot, own, language)
        return None


def _is_about(fault: str, key: str, slots: Mapping[str, DeltaGenerator]) -> bool:
    """Whether a fault belongs to a control; those of no control are said where keys are typed."""
    named = [other for other in slots if other in fault]
    return key == (max(named, key=len) if named else "typed")


def _complain(slot: DeltaGenerator, faults: Sequence[str], language: Language) -> None:
    slot.error("\n\n".join(shown(language.said(fault), 600) for fault in faults))


# -- what is shown ------------------------------------------------------------------------------


def _results(base: Scenario, scenario: Scenario, known: Known, language: Language) -> None:
    """Results beside the baseline, first of a few replications, then of all."""
    left, middle, right = st.columns(3)
    before = _baseline(left, base, known, language)
    pool = _pool(middle, scenario, language)
    total = right.selectbox(
        language.text("Replications"), _REPLICATIONS, index=1, key="replications"
    )
    try:
        prepare([before, scenario])
    except ScenarioError as error:
        _complain(st.container(), error.faults, language)
        return
    status, numbers = st.empty(), st.empty()
    # only what is looked at is drawn: a slider is answered before figures that nobody sees
    names = list(map(language.text, _TABS))
    tabs = st.tabs(names, key=f"tabs {language.code}", on_change="rerun")
    opened = next((n for n, tab in enumerate(tabs) if tab.open), 0)
    place = tabs[opened].empty()
    if not is_compiled():
        status.info(language.text("The engine is being prepared: about a minute, the first time."))
    runs = _runs()
    wanted = [before, scenario]
    all_known = all(runs.has(one, total) for one in wanted)
    try:
        for n in [total] if all_known else stages(total):
            pair = runs.result(before, n), runs.result(scenario, n)
            _say_how_many(status, n, total, language)
            with numbers.container():
                _key_numbers(*pair, language)
            if n == total or opened in _GROWING:
                with place.container():
                    _draw(opened, *pair, pool, language)
    except FlexsimError as error:
        _complain(status, error.faults, language)
        return
    for line in pair[1].warnings:
        st.warning(shown(language.said(line), 600))
    st.caption(
        language.text(
            "flexsim {version}. A model, not a forecast: what it rests on is in the scenario.",
            version=__version__,
        )
    )


def _draw(tab: int, before: Result, after: Result, pool: str, language: Language) -> None:
    """What the tab of this number shows."""
    if tab == 0:
        _through_time(before, after, pool, language)
    elif tab == 1:
        st.table(results.side_by_side(before, after, language))
    elif tab == 2:
        _differences(before, after, language)
    elif tab == 3:
        _who_pays(before, after, language)
    elif tab == 4:
        _animation(after, language)
    else:
        _save(before, after, language)


def _baseline(slot: DeltaGenerator, base: Scenario, known: Known, language: Language) -> Scenario:
    """What the results are laid beside: the scenario before the changes, or another one."""
    names = [name for name in known.names(base.region) if name != base.name]
    chosen = slot.selectbox(
        language.text("Compare with"),
        ["", *names],
        format_func=lambda name: (
            known.words(name, language) if name else language.text("before the changes")
        ),
        key=f"baseline {base.region}",
    )
    if not chosen:
        return base
    return _opened(base.region, chosen, language.code, known.own)


def _pool(slot: DeltaGenerator, scenario: Scenario, language: Language) -> str:
    """The place whose course through time is shown."""
    names = list(scenario.pools)
    return slot.selectbox(
        language.text("Place shown"),
        names,
        format_func=lambda name: title(name, scenario.pools[name], language),
        key=f"pool {scenario.region}",
    )


def _say_how_many(status: DeltaGenerator, n: int, total: int, language: Language) -> None:
    words = language.text(
        "{n} of {total} replications; ranges narrow as more arrive", n=n, total=total
    )
    if n < total:
        status.progress(n / total, text=words)
    else:
        status.caption(language.counted("{count} replication", "{count} replications", n))


def _key_numbers(before: Result, after: Result, language: Language) -> None:
    found = results.key_numbers(before, after, language)
    for column, (label, number, difference, year) in zip(
        st.columns(max(len(found), 1)), found, strict=False
    ):
        column.metric(label, number, difference or None, delta_color="off")
        if year:
            column.caption(language.text("a single year: {range}", range=year))


def _through_time(before: Result, after: Result, pool: str, language: Language) -> None:
    """The place through time, before and after, one below the other on narrow screens."""
    pairs = [(language.text("before"), before), (language.text("after"), after)]
    if before.scenario == after.scenario:
        pairs = [("", after)]
    columns = st.columns(2)
    for column, (words, result) in zip(columns, pairs, strict=False):
        if pool in result.scenario.pools:
            name = title(pool, result.scenario.pools[pool], language)
            column.html(f"<b>{words}</b>" + results.picture(result, pool, f"{name}, {words}"))


def _differences(before: Result, after: Result, language: Language) -> None:
    if before.scenario == after.scenario:
        st.info(language.text("Change something on the left, and the difference is shown here."))
        return
    labels = (language.text("before"), language.text("after"))
    words = language.text("Differences with their intervals")
    st.html(results.differences(before, after, labels, words))


def _who_pays(before: Result, after: Result, language: Language) -> None:
    labels = (language.text("before"), language.text("after"))
    said, table = results.who_pays(before, after, labels, language)
    for line in said:
        st.caption(line)
    if not table.empty:
        st.table(table.set_index(table.columns[0]))


def _animation(result: Result, language: Language) -> None:
    if st.toggle(language.text("Show one replication, hour by hour"), key="animation"):
        import streamlit.components.v1 as components

        piece = animation.fragment(
            result.simulated(0), result.plan, result.scenario, language=language
        )
        components.html(piece, height=_HEIGHT, scrolling=True)


def _save(before: Result, after: Result, language: Language) -> None:
    """The scenario as the command line reads it, the numbers and the report."""
    name = after.scenario.name
    shown_ = before, after, (language.text("before"), language.text("after")), language
    # what takes a while is made when somebody asks for it
    for label, content, ending, kind in (
        (language.text("The scenario (YAML)"), as_yaml(after.scenario), "yaml", "application/yaml"),
        (language.text("The report (HTML)"), partial(results.report, *shown_), "html", "text/html"),
        (language.text("The tables (Excel)"), partial(results.workbook, *shown_), "xlsx", _EXCEL),
        (language.text("The numbers (CSV)"), results.csv(after), "csv", "text/csv"),
    ):
        st.download_button(
            *(label, content, f"{name}.{ending}", kind), on_click="ignore", key=f"save {ending}"
        )
    st.caption(
        language.text(
            "The command line reads the same file: flexsim scenario={name}, from a folder"
            " scenarios where you stand.",
            name=name,
        )
    )


main()
