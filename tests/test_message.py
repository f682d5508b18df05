"""Messages: English text that can be said in Danish, whatever was done to it on the way."""

from __future__ import annotations

import pickle

import pytest

import flexsim as fs
from flexsim import cli
from flexsim.errors import ScenarioError
from flexsim.language import ENGLISH, Language
from flexsim.message import Message, Number, joined, rounded, without

DANISH = Language("da")
MUST = Message("a number") + Message(", {low} or more", low="0")


def test_a_message_is_its_english_text():
    """Whoever wants text has it, and English says just that."""
    assert MUST == "a number, 0 or more"
    assert ENGLISH.said(MUST) == MUST


@pytest.mark.parametrize(
    "text",
    [
        MUST,
        pickle.loads(pickle.dumps(MUST)),
        ScenarioError([MUST]).faults[0],
        pickle.loads(pickle.dumps(ScenarioError([MUST]))).faults[0],
    ],
)
def test_a_message_survives_the_way_to_the_edge(text):
    """Put together, pickled or carried by an error, it can still be said."""
    assert DANISH.said(text) == "et tal, 0 eller mere"


def test_plain_text_is_said_as_it_is():
    """What is no message, such as a planner's own title with braces, is left alone."""
    assert DANISH.said("a {number}") == "a {number}"
    assert DANISH.said("file.yaml: " + Message("a number")) == "file.yaml: et tal"


def test_numbers_in_messages_are_local():
    """Decimals and thousands as the language writes them, the digits that were asked for."""
    text = Message("about {draws} draws are needed to find it within 10 %", draws=rounded(12345, 2))
    assert text.startswith("about 12,000 draws")
    assert "omkring 12.000 udtrækninger" in DANISH.said(text)
    assert str(rounded(0.12345)) == "0.123"
    assert DANISH.said(Message("{days} days", days=Number(7.04, 1))) == "7,0 dage"


def test_parts_can_be_left_out():
    """A hidden folder goes from all that a message is made of, and the message stays one."""
    hidden = "/secret/mine.yaml: " + Message("a number")
    assert DANISH.said(without(hidden, "/secret/")) == "mine.yaml: et tal"
    assert without("/secret/mine.yaml", "/secret/") == "mine.yaml"


def test_joined():
    """One after the other, with a word between them that is translated too."""
    assert joined(", ", []) == ""
    assert DANISH.said(joined(Message(" and "), ["a", "b", "c"])) == "a og b og c"


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("pools.mpo.places=-1", "pools.mpo.places skal være et helt tal, 0 eller mere"),
        ("pools.mpo.surg=1", "pools.mpo.surg er ikke en nøgle i pools.mpo; mente du 'surge'?"),
        ("pools.mpo.reserve=9", "pools.mpo.reserve må højst være pools.mpo.places"),
        ("pools.mpo.stay.mean_days=2days", "eller mere (fik 2days)"),
        ("streams.ward_admissions.search=wrd", "mente du 'ward'?"),
        ("scenario=nothing", "'nothing' findes ikke"),
        ("pools.mpo.stay={law: gamma, mean_days: 3, cv: 1, sd_days: 1}", "fordelingen gamma tager"),
    ],
)
def test_faults_are_said_in_danish(override, said, capsys):
    """On the command line in the language that it asks for, and in English otherwise."""
    assert cli.main(["check", override, "output.language=da"]) == 2
    danish = " ".join(capsys.readouterr().err.split())
    assert said in danish
    assert cli.main(["check", override]) == 2
    assert said not in capsys.readouterr().err


def test_warnings_are_said_in_danish(capsys):
    """Warnings of a scenario follow it; numbers too."""
    assert cli.main(["check", "run.replications=1", "output.language=da"]) == 0
    err = capsys.readouterr().err
    assert err.startswith("advarsel: run.replications er 1: der kan ikke gives")


def test_a_journey_in_danish(capsys):
    """Dates, places, waits and reasons; nothing is left in English."""
    words = ["trace", "scenario=example_citizen", "--citizen", "street#0", "output.language=da"]
    assert cli.main(words) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "22.01.2024 flytter ind i" in told
    assert "efter at have ventet 7,7 dage på plads" in told
    assert "moves" not in told
    assert " days" not in told


def test_offers_in_danish(capsys):
    """The frame is Danish, the name too; notes stay as they are written."""
    assert cli.main(["offers", "pitstop", "output.language=da"]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert told.startswith("pitstop: Omsorgscenter Pitstop på engelsk Pitstop care centre")
    assert "budget, kr. pr. år 2.200.000" in told


def test_results_keep_their_warnings_as_messages():
    """A run's warnings can be said wherever they are shown."""
    result = fs.run("baseline", replications=1, seed=1)
    assert any("der kan ikke gives" in DANISH.said(line) for line in result.warnings)
