"""The page: what can be chosen and changed, what it says of bad values, who can reach it."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import chromium
import pytest
from output_example import example
from streamlit.testing.v1 import AppTest

import flexsim as fs
from flexsim import cli
from flexsim.app import choices, controls, results, serving
from flexsim.app.simulate import Runs, stages
from flexsim.errors import ScenarioError, WorkplaceError
from flexsim.language import Language
from flexsim.scenario.loading import with_overrides
from flexsim.scenario.showing import as_yaml

WEST = "midtjylland_west"


@pytest.fixture(scope="module")
def west():
    return choices.opened(WEST, choices.AS_PUBLISHED, "en")


# -- what can be chosen and changed -------------------------------------------------------------


def test_every_region_can_be_chosen_and_has_its_scenarios():
    """All regions but the empty one; every scenario is of a region that can be chosen."""
    regions = choices.regions()
    assert regions[0] == WEST
    assert "none" not in regions
    assert {choice.region for choice in choices.known(choices.stamp()).scenarios.values()} <= set(
        regions
    )
    assert choices.known(choices.stamp()).scenarios["pitstop_plus_two"].region == "aarhus"


def test_controls_are_keys_of_the_scenario(west):
    """Each control holds the value that its key has, and a changed value is taken by the checks."""
    found = controls.controls(west)
    assert len({control.key for control in found}) == len(found) > 20
    for control in found:
        value = west
        for name in control.key.split("."):
            value = value[name] if isinstance(value, dict) else getattr(value, name)
        assert value == control.value, control.key
        assert control.low <= control.value <= control.reach <= control.high
        new = control.value + 1 if control.whole else control.value / 2 + 0.1
        if control.key.endswith("reserve"):
            continue  # not more than there are places: see below
        (line,) = controls.overrides([control], {control.key: new})
        assert with_overrides(west, [line]) != west


def test_limits_are_those_of_the_schema(west):
    """A share ends at one; a value below the limit is refused by the checks as well."""
    found = {control.key: control for control in controls.controls(west)}
    share = found["pools.goedstrup.early_assessment.share"]
    assert (share.low, share.high) == (0, 1)
    with pytest.raises(ScenarioError):
        with_overrides(west, [f"{share.key}={share.high + 0.1}"])


def test_sources_stand_beside_the_numbers(west):
    """Where the scenario says where a number comes from, so does the control."""
    found = {control.key: control.source for control in controls.controls(west)}
    assert "VIVE 2023" in found["streams.mpo_street.rate_per_year"]


# -- a file of one's own ------------------------------------------------------------------------


def test_what_is_saved_loads_again(west):
    """The file saved is the scenario shown, on the page and on the command line."""
    made = ["pools.mpo.places=10"]
    shown = results.changed(with_overrides(west, made), made)
    again = choices.uploaded("mine.yaml", as_yaml(shown).encode(), "en")
    assert again.pools == shown.pools
    assert again.title.endswith("pools.mpo.places=10")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("mine.txt", b"", "must be a YAML file"),
        ("mine.yaml", b"!!python/object/apply:os.system ['true']", "mine.yaml"),
        ("../../etc/mine.yaml", b"pools: [", "mine.yaml"),
        ("mine.yaml", b"\xff\xfe\x00", "mine.yaml"),
        ("mine.yaml", b"region: aarhus\npools: {pitstopp: {places: 3}}", "pitstop"),
    ],
)
def test_strangers_files_are_refused_in_words(name, content, words, tmp_path):
    """No code is run, no path of the server is told."""
    with pytest.raises(ScenarioError) as error:
        choices.uploaded(name, content, "en")
    assert words in str(error.value)
    assert "/tmp" not in str(error.value)


# -- results that grow --------------------------------------------------------------------------


def test_first_pictures_are_the_first_replications(west):
    """Two of thirty are the first two, so that a picture is refined and not replaced."""
    assert stages(30) == [2, 8, 30]
    assert stages(2) == [2]
    short = with_overrides(west, ["run.days=365", "run.warm_up_days=30"])
    runs = Runs(kept=2)
    few, more = runs.result(short, 1), runs.result(short, 3)
    rows = more.measures[more.measures["replication"] == 0]
    assert rows["value"].tolist() == few.measures["value"].tolist()
    assert runs.has(short, 1)
    assert runs.result(short, 1) is few
    runs.result(short, 2)
    assert not runs.has(short, 3)


# -- the page -----------------------------------------------------------------------------------


def page(language="en"):
    """The page, run once without a browser."""
    app = AppTest.from_file(str(serving.PAGE), default_timeout=300)
    app.query_params["language"] = language
    return app.run()


def labelled(elements, start):
    """The element whose label begins so."""
    return next(element for element in elements if element.label.startswith(start))


@pytest.mark.ci
def test_page_shows_changes_and_refuses_what_is_bad():
    """Both languages, a slider moved, a fault said in place, another region, another baseline."""
    app = page("da")
    assert not app.exception
    assert not app.error
    first = {metric.label: metric.value for metric in app.metric}
    assert "Færdigbehandlingsdage pr. år" in first
    assert all(metric.delta in ("", None) for metric in app.metric)
    labelled(app.slider, "MPO (").set_value(12).run()
    assert labelled(app.metric, "Færdigbehandlingsdage").delta
    assert any("pools.mpo.places=12" in caption.value for caption in app.caption)
    app.text_area[0].set_value("pools.mpo.surg=2").run()
    assert [len(app.error), len(app.metric)] == [1, 0]
    assert "surge" in app.error[0].value
    app.text_area[0].set_value("").run()
    labelled(app.slider, "POLARIS Pavillon: pladser forbeholdt").set_value(3).run()
    assert "reserve" in app.error[0].value
    app.radio(key="language").set_value("en").run()
    assert labelled(app.slider, "MPO (").value == 12  # kept when the language changes
    app.selectbox(key="region").set_value("aarhus").run()
    assert not app.error
    app.selectbox(key="baseline aarhus").set_value("pitstop_plus_two").run()
    assert not app.exception
    assert labelled(app.metric, "Completed-treatment days").delta


# -- the server ---------------------------------------------------------------------------------


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def listening(port):
    """Addresses at which something listens on a port, as the kernel has them."""
    found = set()
    for name in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{name}").read_text(encoding="ascii").splitlines()[1:]:
            local, state = line.split()[1], line.split()[3]
            if state == "0A" and int(local.split(":")[1], 16) == port:
                found.add(local.split(":")[0])
    return found


@pytest.fixture(scope="module")
def served():
    """The page served by `flexsim app`, and its address."""
    port = free_port()
    command = [sys.executable, "-m", "flexsim", "app", "--port", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(600):
        time.sleep(0.1)
        if listening(port):
            break
    yield server, port
    server.terminate()
    server.wait(20)


@pytest.mark.ci
def test_listens_on_this_machine_only(served):
    """One socket, at 127.0.0.1; and the page is there."""
    _, port = served
    assert listening(port) == {"0100007F"}
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=20) as answer:
        assert answer.status == 200


def test_others_are_let_in_only_if_asked_and_with_a_warning(monkeypatch, capsys):
    """Another address needs --host, and the warning says what that means."""
    hosts = []
    monkeypatch.setattr(serving, "serve", lambda host, port, browser: hosts.append(host) or 0)
    assert cli.main(["app"]) == 0
    assert capsys.readouterr().err == ""
    assert cli.main(["app", "--host", "0.0.0.0"]) == 0
    assert "no password" in capsys.readouterr().err
    assert hosts == ["127.0.0.1", "0.0.0.0"]


def test_bad_addresses_are_refused(capsys):
    """A port that is none or taken, a host that is none, words that belong elsewhere."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(WorkplaceError, match="cannot listen"):
            serving.check_free("127.0.0.1", taken.getsockname()[1])
    for words in (["--port", "0"], ["--port", "x"], ["--host", "no.such.host.invalid"], ["a=1"]):
        assert cli.main(["app", *words]) == 2
        assert "command line" in (said := capsys.readouterr().err) or "--" in said


def test_nothing_is_reported_to_anybody():
    """Usage statistics are off, whatever a user's own settings say."""
    assert "--browser.gatherUsageStats=false" in serving.command("127.0.0.1", 8501, False)


@chromium.needs_chromium
@pytest.mark.ci
def test_in_a_browser(served, tmp_path):
    """Load, move a slider by keyboard, compare, download, bad input, the other language."""
    _, port = served
    with chromium.page(1300, 1200) as view:
        view.set_default_timeout(200_000)
        view.goto(f"http://127.0.0.1:{port}/")
        done = view.get_by_text(re.compile(r"^30 replications$")).first
        done.wait_for()
        slider = view.get_by_test_id("stSlider").filter(has_text="MPO (").locator("input").first
        slider.focus()
        slider.press("ArrowRight")
        view.get_by_text("Changed: MPO: places (pools.mpo.places=9)").wait_for()
        done.wait_for()
        view.get_by_role("tab", name="Differences").click()
        view.get_by_alt_text("Differences with their intervals").wait_for()
        view.get_by_role("tab", name="Save").click()
        with view.expect_download() as download:
            view.get_by_text("The scenario (YAML)").click()
        path = tmp_path / "saved.yaml"
        download.value.save_as(path)
        assert fs.load(path).pools["mpo"].places == 9
        for label, start in (("The report (HTML)", b"<!"), ("The tables (Excel)", b"PK")):
            with view.expect_download() as download:
                view.get_by_text(label).click()
            download.value.save_as(tmp_path / "saved")
            assert (tmp_path / "saved").read_bytes().lstrip().startswith(start)
        view.get_by_role("tab", name="See it move").click()
        view.get_by_text("Show one replication, hour by hour").click()
        frame = view.frame_locator("iframe").first
        frame.locator(".cell.s0").first.wait_for()
        box = view.get_by_role("textbox", name="Any other key")
        box.fill("pools.mpo.places=-1")
        box.press("Control+Enter")
        view.get_by_text("Nothing is simulated until this is put right.").wait_for()
        view.get_by_text("0 or more").first.wait_for()
        view.get_by_text("Dansk").click()
        view.get_by_text("Der simuleres ikke, før dette er rettet.").wait_for()
        view.set_viewport_size({"width": 400, "height": 900})
        width = view.evaluate("document.documentElement.scrollWidth")
        assert width <= 400


@pytest.mark.ci
def test_stops_when_told(served):
    """SIGTERM ends the server too, with the exit code that says so."""
    server, port = served
    server.send_signal(signal.SIGTERM)
    assert server.wait(30) == cli.TERMINATED
    assert not listening(port)


def test_who_pays_is_said_where_there_are_prices(west):
    """Net payments by purse of one scenario, differences of two; words alone without prices."""
    short = with_overrides(west, ["run.days=365", "run.warm_up_days=30", "run.replications=2"])
    before, after = (fs.run(with_overrides(short, [f"pools.mpo.places={n}"])) for n in (8, 16))
    labels, danish = ("before", "after"), Language("da")
    _, alone = results.who_pays(after, after, labels, danish)
    said, gap = results.who_pays(before, after, labels, danish)
    assert len(alone) > 1
    assert len(gap) > 1
    assert alone.columns[1] != gap.columns[1]
    assert "kr." in gap.iloc[0, 1]
    bare = fs.run(example().scenario)
    said, nothing = results.who_pays(bare, bare, labels, danish)
    assert len(said) == 1
    assert nothing.empty


def test_a_changed_region_is_not_as_published(west):
    """The heading and the title of what is saved do not say that nothing was changed."""
    made = ["pools.mpo.places=10"]
    assert "nothing changed" in results.heading(west, False, Language("en"))
    assert results.heading(west, True, Language("en")) == "West of Region Midtjylland"
    assert results.changed(west, made).title == "West of Region Midtjylland: pools.mpo.places=10"


def test_table_names_parts_by_their_whole(west):
    """Each row of the table has a name of its own; before and after stand side by side."""
    short = with_overrides(west, ["run.days=365", "run.warm_up_days=30", "run.replications=2"])
    more = with_overrides(short, ["pools.mpo.places=16"])
    table = results.side_by_side(*(fs.run(one) for one in (short, more)), Language("en"))
    assert not table.duplicated(["place", "measure"]).any()
    mpo = table[(table["place"] == "MPO") & (table["measure"] == "places in use")].iloc[0]
    assert float(mpo["before"]) <= 8 < float(mpo["after"])
