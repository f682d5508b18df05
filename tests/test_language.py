"""Danish and English: every text is translated, and numbers are written as the language does."""

import datetime as dt
import re
import string
from dataclasses import replace

import pytest
from output_example import changed, example

from docs.languages import catalogue
from flexsim.errors import ScenarioError
from flexsim.language import ENGLISH, Language
from flexsim.output import terminal
from flexsim.scenario import load

DANISH = Language("da")


@pytest.fixture(scope="module")
def danish():
    return catalogue.translated()


def test_every_text_is_translated(danish):
    """No text that is used is missing or empty, and none is left that nobody uses.

    If not, run docs/languages/catalogue.py and translate what it adds.
    """
    used = {message.id for message in catalogue.texts() if message.id}
    known = {message.id for message in danish if message.id}
    assert used - known == set(), "new texts"
    assert known - used == set(), "texts that nobody uses"
    assert catalogue.untranslated(danish) == []


def test_texts_in_f_strings_are_found():
    """The extractor sees calls inside f-strings, which Babel's own does not before Python 3.12."""
    assert "warning" in {message.id for message in catalogue.texts()}


def test_translations_take_the_same_values(danish):
    """A translation has the {names} of its text, so that no value is lost or missing."""
    for message in danish:
        if message.id:
            texts = [message.id] if isinstance(message.id, str) else list(message.id)
            forms = [message.string] if isinstance(message.string, str) else list(message.string)
            names = {name for text in texts for name in _names(text)}
            assert all(set(_names(form)) == names for form in forms), message.id
            for text, form in zip(texts, forms, strict=True):
                assert _indent(text) == _indent(form), message.id


def _names(text):
    return [name for _, name, _, _ in string.Formatter().parse(text) if name is not None]


def _indent(text):
    return len(text) - len(text.lstrip())


@pytest.mark.parametrize(
    ("value", "decimals", "english", "danish"),
    [
        (0.125, 2, "0.12", "0,12"),
        (-0.001, 1, "0.0", "0,0"),
        (1234.5, 1, "1234.5", "1234,5"),
        (9999.96, 1, "10,000.0", "10.000,0"),
        (-1234567, 0, "-1,234,567", "-1.234.567"),
    ],
)
def test_numbers(value, decimals, english, danish):
    """Decimals and thousands are set apart as the language does; no minus before a zero."""
    assert ENGLISH.number(value, decimals) == english
    assert DANISH.number(value, decimals) == danish


def test_shares_dates_and_money():
    """Per cent with a space, months in words, kroner in whole or in millions."""
    assert (ENGLISH.share(0.289), DANISH.share(0.289)) == ("28.9 %", "28,9 %")
    day = dt.date(2026, 5, 6)
    assert (ENGLISH.date(day), DANISH.date(day)) == ("6 May 2026", "6. maj 2026")
    assert (ENGLISH.money(1243.4), DANISH.money(1243.4)) == ("DKK 1243", "1243 kr.")
    assert (ENGLISH.money(-8.152e6), DANISH.money(-8.152e6)) == (
        "DKK -8.15 million",
        "-8,15 mio. kr.",
    )


def test_one_and_many():
    """Each number has its form of the noun, and is written in the language."""
    assert DANISH.counted("{count} day", "{count} days", 1) == "1 dag"
    assert DANISH.counted("{count} day", "{count} days", 20_000) == "20.000 dage"


def test_unknown_texts_stay_as_they_are():
    """Somebody's own title is no text of ours, and braces in it are no places for values."""
    for text in ("", "Ward {north} 100 %", "{0.__class__}"):
        assert DANISH.text(text) == text
    assert DANISH.text("scenario {name}", name="{x}") == "scenarie {x}"


def test_unknown_language_is_refused():
    """Both in Python and in a scenario, with the languages that there are."""
    with pytest.raises(ScenarioError, match=r"'dk' is none; there are: da, en"):
        Language("dk")
    with pytest.raises(ScenarioError, match=r"output\.language"):
        load("aarhus_baseline", ["output.language=dk"])


def test_a_danish_table_has_no_english(danish, capsys):
    """No English text of the catalogue is left in a table (but warnings), and no decimal point."""
    result = changed(example(), language="da")
    own = result.scenario.model_copy(update={"title": "", "targets": {}})
    terminal.show(replace(result, scenario=own, warnings=[]))
    text = " ".join(capsys.readouterr().out.split())
    assert "belagte pladser" in text
    assert re.findall(r"\d\.\d", text) == []
    assert_danish(text, danish)


def assert_danish(text, danish):
    """Fail if a text of several words stands there in English; one word may be a name or a key."""
    for message in danish:
        if isinstance(message.id, str) and " " in message.id.strip() and "{" not in message.id:
            same = message.id.strip() in message.string
            words = re.escape(message.id.strip())
            assert same or not re.search(rf"(?<!\w){words}(?!\w)", text), message.id


def test_no_other_name_for_translation():
    """A text is found by the name of the call, so the method goes by no other name."""
    code = [path.read_text(encoding="utf-8") for path in catalogue.PACKAGE.rglob("*.py")]
    assert not [
        line
        for text in code
        for line in re.findall(r"(?<!\btext )= (?:\w+\.)*(?:language|say)\.text$", text, re.M)
    ]
