"""The animation shows what the register says, and can be opened by anybody."""

from __future__ import annotations

import json
import re

import chromium
import numpy as np
import pytest
from hypothesis import assume, given
from networks import SEED, cases, networks
from output_example import example, retitled

from flexsim import cli
from flexsim.engine.simpy_engine import simulate
from flexsim.errors import DeadlockError
from flexsim.language import Language
from flexsim.measures.measure import measure
from flexsim.measures.tidy import frame
from flexsim.output.animation import document, fragment
from flexsim.output.animation.scenes import AWAITING, HOUR, State, scene, spans
from flexsim.plan.plan import CONTACT, TEAM, WARD

CAUSES = {State.DECISION: "decision", State.PLACE: "place", State.MOVE: "transfer"}


def simulated(network):
    """A network's register; one that gets stuck is no example."""
    try:
        return simulate(network.plan, SEED, 0)
    except DeadlockError:
        assume(False)
        raise


# -- spans --------------------------------------------------------------------------------------


@cases(0.1)
@given(networks())
def test_spans_add_up_to_what_is_measured(network):
    """Days by cause in the wards, and places in use, are those of the measures to the second."""
    plan, register = network.plan, simulated(network)
    found = spans(register, plan)
    cells = frame("any", plan, [measure(register, plan).cells])
    whole = cells[(cells["year"] == "all") & (cells["group"] == "all")]
    whole = whole[whole["municipality"] == "all"].set_index(["pool", "measure"])
    clipped = np.minimum(found.stop, plan.end) - np.clip(found.start, plan.warm_up, plan.end)
    seconds = np.clip(clipped, 0, None)
    for p, name in enumerate(plan.pools):
        if plan.kind[p] != WARD:
            continue
        for state, cause in CAUSES.items():
            key = (name, f"completed_treatment_days_{cause}")
            row = whole.loc[key] if key in whole.index else {"value": 0.0, "weight": 1.0}
            own = seconds[(found.pool == p) & (found.state == state)].sum()
            years = (plan.end - plan.warm_up) / 86_400 / 365
            assert own / 86_400 / years == pytest.approx(float(row["value"]), abs=1e-9)


@cases(0.1)
@given(networks())
def test_nobody_is_in_two_places_and_no_place_has_two(network):
    """A place has one citizen at a time; a citizen is in one place, besides held ones and teams."""
    plan, register = network.plan, simulated(network)
    found = spans(register, plan)
    assert (found.start < found.stop).all()
    there = (found.state != State.HELD) & (plan.kind[found.pool] != TEAM)
    of_places = np.lexsort((found.start, found.place, found.pool))
    of_citizens = np.lexsort((found.start[there], found.citizen[there]))
    for order, keys, kept in (
        (of_places, (found.pool, found.place), np.ones(len(there), dtype=bool)),
        (of_citizens, (found.citizen,), there),
    ):
        start, stop = found.start[kept][order], found.stop[kept][order]
        same = np.all([key[kept][order][1:] == key[kept][order][:-1] for key in keys], axis=0)
        assert (start[1:][same] >= stop[:-1][same]).all()


@cases(0.1)
@given(networks())
def test_places_in_use_by_day(network):
    """Spans that are not held fill as many places, day by day, as the measures count."""
    plan, register = network.plan, simulated(network)
    found = spans(register, plan)
    occupied = measure(register, plan).days["occupied"]
    days = np.arange(plan.end // 86_400) * 86_400
    for p in range(len(plan.pools)):
        if plan.kind[p] == CONTACT:
            continue
        own = (found.pool == p) & (found.state != State.HELD)
        start, stop = found.start[own, None], found.stop[own, None]
        inside = np.minimum(stop, days + 86_400) - np.maximum(start, days)
        by_spans = np.clip(inside, 0, None).sum(axis=0) / 86_400
        assert by_spans == pytest.approx(occupied[p][: len(days)], abs=1e-4)


# -- scene --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shown():
    """The scene of the example's first replication."""
    result = example()
    return scene(result.simulated(0), result.plan, {"ward": "Ward north"}, days=100)


def levels(changes):
    """(hours,) level after each change."""
    pairs = np.array(changes).reshape(-1, 2)
    return np.cumsum(pairs[:, 0]), np.cumsum(pairs[:, 1])


def test_scene_names_and_times(shown):
    """The window begins after the warm-up; titles are used, names elsewhere."""
    assert shown["start"] == "2024-02-20"
    assert shown["hours"] == 2400
    titles = {pool["name"]: pool["title"] for pool in shown["pools"]}
    assert (titles["ward"], titles["step"]) == ("Ward north", "step")


def test_lanes_are_the_spans(shown):
    """Unpacked as the player does it, lanes give the spans of the window by whole hours."""
    result = example()
    found = spans(result.simulated(0), result.plan)
    first = result.plan.warm_up // HOUR
    for p, pool in enumerate(shown["pools"]):
        own = found.pool == p
        start = np.clip(found.start[own] // HOUR, first, first + 2400) - first
        stop = np.clip(found.stop[own] // HOUR, first, first + 2400) - first
        if "lanes" not in pool:
            continue
        unpacked = [
            (place, int(at), int(at + lane[4 * k + 1]), lane[4 * k + 2])
            for place, lane in enumerate(pool["lanes"])
            for k, at in enumerate(
                np.cumsum(lane[0::4]) + np.concatenate([[0], np.cumsum(lane[1::4])[:-1]])
                if lane
                else []
            )
        ]
        wanted = zip(found.place[own], start, stop, found.state[own], strict=True)
        assert sorted(unpacked) == sorted(row for row in wanted if row[1] < row[2])


def test_norm_follows_the_dates(shown):
    """A cut on a date is a step of the norm; unlimited is none."""
    norms = {pool["name"]: pool["norm"] for pool in shown["pools"]}
    assert norms["step"] == [(0, 2), (240, 1)]
    assert norms["home"] == [(0, None)]


def test_places_without_a_need_are_counted(shown):
    """Home has no cells: what is told is who moved in, as the register has it."""
    (home,) = (pool for pool in shown["pools"] if pool["name"] == "home")
    rows = example().register(0, dates=False)
    begun = rows[rows["pool"] == "home"]["admitted"]
    assert levels(home["arrived"])[1][-1] == ((begun >= 50) & (begun < 150)).sum()


def test_waiting_list_is_that_of_the_register(shown):
    """Requests ready and wanted, not granted, at noon of each day shown."""
    (step,) = (pool for pool in shown["pools"] if pool["name"] == "step")
    rows = example().register(0, dates=False)
    rows = rows[(rows["sought"] == "step") & rows["ready"].notna() & rows["wanted"].notna()]
    start = np.floor(24 * rows[["ready", "wanted"]].max(axis=1)) - 1200
    stop = np.floor(24 * rows["granted"].fillna(rows["ended"]).fillna(450)) - 1200
    hours, level = levels(step["waiting"])
    assert level.max() > 0
    for hour in range(12, 2400, 24):
        there = ((start <= hour) & (stop > hour)).sum()
        assert level[np.searchsorted(hours, hour, side="right") - 1] == there


def test_citizens_to_follow_waited_longest(shown):
    """The first offered has at least the hours of waiting of every other."""
    hours = dict.fromkeys(range(len(shown["citizens"])), 0)
    for pool in shown["pools"]:
        for lane in pool.get("lanes", []):
            for k in range(0, len(lane), 4):
                hours[lane[k + 3]] += lane[k + 1] * (lane[k + 2] in AWAITING)
    offered = [hours[c] for c in shown["offered"]]
    assert offered == sorted(hours.values(), reverse=True)[: len(offered)]
    assert offered[0] > 0


@pytest.mark.parametrize("first_day", [-1, 450, 10_000])
def test_no_day_to_show(first_day):
    """A day outside the run is refused."""
    result = example()
    with pytest.raises(ValueError, match="no day to show"):
        scene(result.simulated(0), result.plan, {}, first_day=first_day)


# -- HTML ---------------------------------------------------------------------------------------


def page(result, language="en", whole=document):
    """The animation of the first replication."""
    return whole(result.simulated(0), result.plan, result.scenario, language=Language(language))


def test_names_cannot_end_the_data():
    """A title that looks like HTML stays a title."""
    evil = "</script><script>alert('x')</script><b>&\u2028"
    text = page(retitled(example(), evil))
    assert "alert('x')</script>" not in text
    (data,) = re.findall(r'<script type="application/json" class="data">(.*?)</script>', text)
    (ward,) = (pool for pool in json.loads(data)["pools"] if pool["name"] == "ward")
    assert ward["title"].startswith("</script><script>alert")


def test_asks_nothing_of_a_network():
    """No address stands in it but that of the SVG name space."""
    text = page(example())
    assert set(re.findall(r"https?://[^`\"' ]+", text)) <= {"http://www.w3.org/2000/svg"}
    assert not re.search(r"@import|url\(", text)


def test_two_pieces_can_stand_on_one_page():
    """Nothing has an id, and the program looks only within its own figure."""
    text = page(example(), whole=fragment)
    assert not re.search(r"\sid=", text)
    assert "document.getElementById" not in text
    assert "document.querySelector" not in text


def test_a_year_of_a_small_network_is_small():
    """Well below what a report of a few megabytes can carry."""
    assert len(page(example())) < 60_000


# -- in a browser -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    """The Danish file, opened in Chromium."""
    path = tmp_path_factory.mktemp("animation") / "animation.html"
    path.write_text(page(retitled(example(), "Afsnit <b>nord</b> & øst"), "da"), encoding="utf-8")
    with chromium.page(700, 900) as view:
        faults = []
        view.on("pageerror", lambda error: faults.append(str(error)))
        view.goto(path.as_uri())
        yield view
        assert faults == []


@chromium.needs_chromium
@pytest.mark.ci
def test_first_picture(opened):
    """It opens at noon of the first day, in Danish, with a cell per place and the name as text."""
    assert "20. februar 2024, 12:00" in opened.locator(".date").inner_text()
    assert opened.locator("section h3").first.inner_text() == "Afsnit <b>nord</b> & øst (afdeling)"
    cells = opened.locator("section").nth(1).locator(".cell:not(.gone)")
    assert cells.count() == 2
    width = opened.evaluate("document.documentElement.scrollWidth")
    assert width <= 700


@chromium.needs_chromium
@pytest.mark.ci
def test_slider_by_keyboard_and_by_play(opened):
    """Arrow keys move the time by six hours; played, it runs until it is paused."""
    slider = opened.locator("input.time")
    slider.focus()
    before = int(slider.input_value())
    slider.press("ArrowRight")
    assert int(slider.input_value()) == before + 6
    slider.press("End")
    assert "18. februar 2025" in opened.locator(".date").inner_text()
    slider.press("Home")
    play = opened.locator("button.play")
    play.focus()
    play.press("Enter")
    opened.wait_for_function("document.querySelector('.time').value > 200")
    play.press("Enter")
    paused = slider.input_value()
    opened.wait_for_timeout(200)
    assert slider.input_value() == paused


@chromium.needs_chromium
@pytest.mark.ci
def test_cells_are_those_of_the_register(opened):
    """At some hours, the taken cells of the ward and the step-down places are the stays then."""
    rows = example().register(0, dates=False)
    slider = opened.locator("input.time")
    for hour in (240, 1200, 2100):
        slider.fill(str(hour))
        time = 50 + hour / 24
        for n, name in enumerate(("ward", "step")):
            begun, over = np.floor(24 * rows["admitted"]), np.floor(24 * rows["left"].fillna(450))
            there = (rows["pool"] == name) & (begun <= 24 * time) & (over > 24 * time)
            taken = opened.locator("section").nth(n).locator(".s0, .s1, .s2, .s3")
            assert taken.count() == there.sum()


@chromium.needs_chromium
@pytest.mark.ci
def test_a_citizen_can_be_followed(opened):
    """Chosen from the list, one cell is marked and its citizen named with place and state."""
    choice = opened.locator("select.follow")
    name = choice.locator("option").nth(1).inner_text()
    choice.select_option(index=1)
    slider = opened.locator("input.time")
    for hour in range(0, 8760, 72):
        slider.fill(str(hour))
        if opened.locator(".cell.mine").count():
            break
    assert opened.locator(".cell.mine").get_attribute("title").startswith(name)
    assert name in opened.locator(".followed").inner_text()


# -- on the command line ------------------------------------------------------------------------


def test_command_writes_one_file(tmp_path, monkeypatch, capsys):
    """The file is written where the scenario says, in its language; bad numbers are refused."""
    monkeypatch.chdir(tmp_path)
    words = ["animate", "scenario=wards_shared", "output.folder=out", "output.language=da"]
    assert cli.main([*words, "run.days=30", "run.warm_up_days=5"]) == 0
    assert "animation.html" in capsys.readouterr().out
    text = (tmp_path / "out" / "animation.html").read_text(encoding="utf-8")
    assert '<html lang="da">' in text
    assert cli.main(["animate", "--replication", "-1"]) == 2
    assert cli.main([*words, "run.days=30"]) == 2  # the folder holds files
