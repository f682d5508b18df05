"""Single values: what is refused, and how the planner is told (probes A and B)."""

import pytest
from scenario_tree import folder, load_text, network, refusal, shipped_data  # noqa: F401

PLACES = "must be a whole number, 0 or more, or unlimited"
SEED = "must be a whole number from 0 to 9223372036854775807"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("-1", f"{PLACES} (got -1)"),
        ("7.5", f"{PLACES} (got 7.5)"),
        ("true", f"{PLACES} (got true)"),
        (".inf", f"{PLACES} (got .inf); write unlimited"),
        (".nan", f"{PLACES} (got .nan); write unlimited"),
        ('"8"', f'{PLACES} (got "8"); write it without quotes'),
        ("1.243 kr", f"{PLACES} (got 1.243 kr)"),
        ("12:30", f"{PLACES} (got 12:30)"),
        ("0x10", f"{PLACES} (got 0x10)"),
        ("1e3", f"{PLACES} (got 1e3)"),
        ("unlimitd", "did you mean 'unlimited'?"),
        ("9999999", "at most 1,000,000"),
        ("9" * 5000, PLACES),
        ("[4]", f"{PLACES} (got a list)"),
        ("{a: 4}", f"{PLACES} (got a mapping with a)"),
        ("", f"{PLACES} (got nothing)"),
    ],
)
def test_number_of_places(typed, said):
    """The message names file, line, key and value, and says what is allowed."""
    message = refusal(network(("places: 4", f"places: {typed}")))
    assert message.startswith("mine.yaml:11: pools.POLARIS.places")
    assert said in message
    assert len(message.splitlines()) == 1


def test_octal_looking_number_is_refused():
    message = refusal(network(("places: 4", "places: 010")))
    assert "pools.POLARIS.places begins with 0 (got 010)" in message
    assert '"010"' in message


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("-14", "must be a number, 0 or more (got -14)"),
        (".nan", "(got .nan); write a finite number"),
        (".inf", "(got .inf); write a finite number"),
        ("1,5", "(got 1,5); write 1.5"),
        ("no", "must be a number, 0 or more (got no)"),
        ("0", "mean_days of law exponential must be above 0"),
    ],
)
def test_duration(typed, said):
    assert said in refusal(network(("mean_days: 30", f"mean_days: {typed}")))


def test_decimal_comma_inside_braces():
    """YAML cuts the number in two; the message still says what to write."""
    text = network(
        ("stay:\n      law: exponential\n      mean_days: 30", "stay: {law: fixed, mean_days: 1,5}")
    )
    assert "write 1.5, not 1,5" in refusal(text)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("-1", SEED),
        ("1.5", SEED),
        ("abc", SEED),
        ("true", SEED),
        ("9223372036854775808", SEED),
    ],
)
def test_seed(typed, said):
    message = refusal(network(("replications: 3", f"seed: {typed}")))
    assert message == f"mine.yaml:34: run.seed {said} (got {typed})"


@pytest.mark.parametrize("days", ["0", "-5", "1.5"])
def test_horizon(days):
    message = refusal(network(("replications: 3", f"days: {days}")))
    assert f"run.days must be a whole number between 1 and 100000 (got {days})" in message


@pytest.mark.parametrize("typed", ["2026-02-29", "31-02-2026", "2026-13-01", "soon"])
def test_day_that_does_not_exist(typed):
    message = refusal(network(("replications: 3", f"start: {typed}")))
    assert f"run.start: no such day; write a date as YYYY-MM-DD (got {typed})" in message


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("40", "must be a share between 0 and 1 (got 40); did you mean 0.40?"),
        ("40 %", "(got 40 %); did you mean 0.40?"),
        ("12,5 %", "did you mean 0.125?"),
        ("0,4", "(got 0,4); write 0.4"),
        ("-0.1", "must be a share between 0 and 1 (got -0.1)"),
    ],
)
def test_share(typed, said):
    message = refusal(network(("go_home: 1", f"go_home: {typed}")))
    assert "pools.POLARIS.onward.go_home" in message
    assert said in message


def test_shares_that_do_not_sum_to_one():
    message = refusal(network(("go_home: 1", "go_home: 0.59\n      leave: 0.4")))
    assert "shares must sum to 1 (they sum to 0.99: go_home 0.59, leave 0.4)" in message


def test_shares_are_allowed_to_be_rounded():
    """Within 1e-9 they are normalised; beyond, refused."""
    pool = load_text(network(("go_home: 1", "go_home: 0.5\n      leave: 0.5000000001"))).pools
    assert sum(pool["POLARIS"].onward.values()) == 1
    message = refusal(network(("go_home: 1", "go_home: 0.5\n      leave: 0.501")))
    assert "sum to 1.001" in message


@pytest.mark.parametrize("word", ["no", "off", "yes", "True"])
def test_text_that_yaml_reads_as_a_boolean(word):
    message = refusal(network(("group: patients", f"group: {word}")))
    assert message.startswith("mine.yaml:29: streams.needs.group must be text")
    assert f"(got {word})" in message
    assert "put it in quotes" in message


def test_keys_are_always_text():
    """A trait may have the values yes and no."""
    scenario = load_text(network(("{active: 0.3, none: 0.7}", "{yes: 0.3, no: 0.7}")))
    assert scenario.groups["patients"].traits["abuse"] == {"yes": 0.3, "no": 0.7}


@pytest.mark.parametrize("code", ["0657", "0801", "010"])
def test_unquoted_code_with_a_leading_zero(code):
    message = refusal(network(('"0657"', code)))
    assert f'municipalities.herning.code begins with 0 (got {code}): a code goes in quotes ("' in (
        message
    )


@pytest.mark.parametrize(
    ("code", "said"),
    [("657", "must be text (got 657); put it in quotes"), ('"65"', "3 or 4 digits")],
)
def test_code_that_is_not_one(code, said):
    assert said in refusal(network(('"0657"', code)))


def test_misspelt_key():
    message = refusal(network(("places: 4", "plces: 4")))
    assert "pools.POLARIS.plces is not a key of pools.POLARIS; did you mean 'places'?" in message
    assert "pools.POLARIS.places is missing" in message


def test_misspelt_word():
    message = refusal(network(("kind: flexible", "kind: flexble")))
    assert "(got flexble); did you mean 'flexible'?" in message


def test_unknown_law():
    message = refusal(network(("law: exponential", "law: exponentiel")))
    assert "pools.POLARIS.stay.law must be one of exponential, gamma" in message
    assert "did you mean 'exponential'?" in message


def test_law_with_the_wrong_keys():
    message = refusal(network(("law: exponential", "law: gamma")))
    assert "pools.POLARIS.stay: law gamma takes mean_days + sd_days or" in message


def test_all_faults_are_listed_at_once():
    text = network(
        ("places: 4", "places: -1"), ("mean_days: 30", "mean_days: no"), ("rate_per", "rat_per")
    )
    assert len(refusal(text).splitlines()) == 4


def test_control_characters_are_not_printed():
    assert "\x1b" not in refusal(network(("kind: flexible", 'kind: "\\e[31mred"')))
