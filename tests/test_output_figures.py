"""Figures: what is drawn, and in which words."""

import dataclasses
import datetime as dt
import subprocess
import sys

import numpy as np
import pytest
from matplotlib.dates import num2date
from output_example import example, once, retitled

from flexsim.output import figures
from flexsim.result import Daily

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(scope="module")
def result():
    return example()


def axes_of(result, pool):
    (axes,) = figures.draw(result, pool).axes
    return axes


def labels(axes):
    return axes.get_legend_handles_labels()[1]


def line(axes, label):
    return next(line for line in axes.lines if line.get_label() == label)


def with_daily(result, days, replications=3):
    """Give the result series that rise by one a day, one more per replication."""
    pools = len(result.plan.pools)
    rising = np.arange(days) + np.arange(replications)[:, None, None]
    occupied = np.broadcast_to(rising, (replications, pools, days)).astype(float)
    nothing = np.zeros_like(occupied)
    daily = Daily(occupied, nothing, nothing, np.full((pools, days), np.inf))
    return dataclasses.replace(result, daily=daily)


def test_a_file_for_every_pool(result, tmp_path):
    """Every pool has its own figure, named after it."""
    written = figures.write(result, tmp_path)
    assert [path.name for path in written] == [f"{pool}.png" for pool in result.scenario.pools]
    assert all(path.read_bytes().startswith(PNG) for path in written)


def test_ward(result):
    """A ward shows mean, spread, capacity, completed treatment and warm-up; axes have units."""
    axes = axes_of(result, "ward")
    assert labels(axes) == [
        *("5-95 % of replications", "mean of replications", "of these, treatment completed"),
        "norm",
    ]
    assert axes.get_ylabel() == "places in use, mean of day"
    assert axes.get_xlabel() == "date"
    assert [text.get_text() for text in axes.texts] == [
        *(" warm-up", "Ward north (ward, norm 5)", "A ward that sends on to two places")
    ]


def test_mean_is_that_of_the_replications(result):
    """The line is the mean over replications, in the middle of each day, from the start date."""
    drawn = line(axes_of(result, "ward"), "mean of replications")
    mean = result.daily.occupied[:, 0].astype(float).mean(axis=0)
    np.testing.assert_allclose(drawn.get_ydata(), mean)
    first = num2date(drawn.get_xdata()[0])
    assert first.replace(tzinfo=None) == dt.datetime(2024, 1, 1, 12)


def test_norm_follows_its_steps(result):
    """The capacity line falls on the date of the cut."""
    drawn = line(axes_of(result, "step"), "norm")
    day, norm = np.asarray(drawn.get_xdata()), np.asarray(drawn.get_ydata())
    cut = np.flatnonzero(np.diff(norm))
    assert num2date(day[cut + 1][0]).date() == dt.date(2024, 3, 1)
    assert set(norm) == {2.0, 1.0}


def test_unlimited_has_no_capacity(result):
    """No norm is drawn where there is none."""
    axes = axes_of(result, "home")
    assert "norm" not in labels(axes)
    assert axes.get_ylabel().startswith("citizens present")


def test_nobody_came(result):
    """A pool that nobody used says so."""
    texts = [text.get_text() for text in axes_of(result, "empty").texts]
    assert "nobody in any replication" in texts


def test_one_replication():
    """One replication is one line, without a band."""
    result = once()
    figure = figures.draw(result, "ward")
    assert "5-95 % of replications" not in labels(figure.axes[0])
    assert "1 replication," in figure.texts[0].get_text()


def test_long_runs_are_weekly(result):
    """More than two years are drawn as weekly means; a last part of a week counts as such."""
    axes = axes_of(with_daily(result, 7 * 110 + 2), "home")
    values = line(axes, "mean of replications").get_ydata()
    assert len(values) == 111
    np.testing.assert_allclose(values[[0, 1, 110]], [4.0, 11.0, 771.5])
    assert axes.get_ylabel() == "citizens present, mean of week"


def test_part_of_the_replications(result):
    """The note says so when only the first replications are drawn."""
    many = dataclasses.replace(result, replications=500)
    assert "first 3 of 500 replications" in figures.draw(many, "ward").texts[0].get_text()


def test_note(result):
    """The note below has what is needed to run it again."""
    text = figures.draw(result, "ward").texts[0].get_text()
    assert text.startswith("scenario scenario, seed 7, 3 replications, flexsim ")


def test_nothing_overlaps_or_is_cut(result):
    """Words and axes stand apart from each other and inside the picture."""
    figure = figures.draw(retitled(result, "A long title of a pool " * 9), "ward")
    figure.savefig("/dev/null", format="png")
    (axes,) = figure.axes
    plot = axes.get_window_extent()
    legend = figure.legends[0].get_window_extent()
    note = figure.texts[0].get_window_extent()
    title, below = (text.get_window_extent() for text in axes.texts[1:])
    assert title.y0 > below.y1 > below.y0 > plot.y1
    assert axes.xaxis.label.get_window_extent().y0 > legend.y1
    assert legend.y0 > note.y1
    for box in (title, below, legend, note, axes.yaxis.label.get_window_extent()):
        assert box.x0 >= 0
        assert box.x1 <= figure.bbox.x1
        assert 0 <= box.y0 < box.y1 <= figure.bbox.y1


def test_user_text_is_no_formula(result, tmp_path):
    """Dollar signs and backslashes in a title are text."""
    title = r"$\frac{$ costs $x^2$ \undefined"
    figures.draw(retitled(result, title), "ward").savefig(tmp_path / "ward.png")


@pytest.mark.ci
@pytest.mark.ci
def test_no_global_state():
    """Neither reading a result nor drawing brings in pyplot."""
    code = (
        "import sys, flexsim.output, flexsim.output.terminal, flexsim.output.files;"
        "heavy = 'matplotlib' in sys.modules; import flexsim.output.figures;"
        "sys.exit(heavy or 'matplotlib.pyplot' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
