"""Names that lead nowhere, and rules that cannot be kept together."""

import pytest
from scenario_tree import folder, load_text, network, refusal, shipped_data  # noqa: F401

HOME = "  home:\n    kind: community\n    places: unlimited"
TEAM = "\n  t: {kind: team, places: 9"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("pools: [POLARIS]", "pools: [Polars]",
         "no pool 'Polars'; there are: POLARIS, home; did you mean 'POLARIS'?"),
        ("pools: [POLARIS]", "pools: [POLARIS, POLARIS]", "names POLARIS a second time"),
        ("pools: [POLARIS]", "pools: []", "searches.flexible.pools must not be empty"),
        ("otherwise: leave\n", "otherwise: hme\n", "did you mean 'home'?"),
        ("{search: home}", "{search: hom}", "goals.go_home.search: no search 'hom'"),
        ("{search: home}", "{search: home, bridge: flex}", "did you mean 'flexible'?"),
        ("go_home: 1\n", "go_hme: 1\n", "pools.POLARIS.onward.go_hme names no goal"),
        ("group: patients", "group: patient", "streams.needs.group: no group 'patient'"),
        ("search: flexible", "search: flexibel", "streams.needs.search: no search 'flexibel'"),
        ("search: flexible", "search: flexible\n    residence: {hernin: 1}",
         "streams.needs.residence.hernin names no municipality; there are: herning; did you"),
        ("places: 4", "places: 4\n    admits: {residence: {herninng: admitted}}", "'herning'?"),
        ("places: 4", "places: 4\n    admits: {traits: {abus: {active: refused}}}", "'abuse'?"),
        ("places: 4", "places: 4\n    admits: {traits: {abuse: {activ: refused}}}", "'active'?"),
        ("places: 4", "places: 4\n    priority_by_group: {patient: 1}", "'patients'?"),
        ("places: 4", "places: 4\n    stay_by_group: {p: {law: fixed, mean_days: 1}}",
         "stay_by_group.p names no group"),
        ("places: 4", "places: 4\n    onward_by_group: {patients: {hom: 1}}", "names no goal"),
        ("places: 4", "places: 4\n    limit: {days: 9, otherwise: hom}", "did you mean 'home'?"),
        (HOME, HOME + "\n    relapse: {share: 0.1, delay: {law: exponential, mean_days: 9},"
         " search: flexibl}", "pools.home.relapse.search: no search 'flexibl'"),
        ("places: 4", "places: 4\n    reserve: 5", "reserve must be at most pools.POLARIS.places,"
         " which is 4 (got 5)"),
        ("places: 4", "places: 4\n    outside_wait: {law: fixed, mean_days: 1}",
         "is for pools with unlimited places"),
        ("places: 4", "places: 4\n    later: {a: {from: 2025-01-01, places: 5},"
         " b: {from: 2025-01-01, places: 6}}", "later.b.from is the same day as in step a"),
        ("kind: community", "kind: ward", "pools.home.stay is missing"),
        ("kind: community", "kind: team", "cannot be home, which is a team: nobody lives there"),
        (HOME, HOME + TEAM + "}", "pools.t.enrols must name a pool in on_leaving or on_entering"),
        (HOME, HOME + TEAM + ", enrols: {on_leaving: [homme]}}", "did you mean 'home'?"),
        (HOME, HOME + TEAM + ", enrols: {on_leaving: [t]}}", "cannot be t, which is a team"),
        (HOME, HOME + TEAM + ", enrols: {on_leaving: [home, home]}}", "names home a second time"),
        (HOME, HOME + TEAM + ", enrols: {on_leaving: [home]}, surge: 2}",
         "pools.t.surge is not for a team"),
        ("places: 4", "places: 4\n    relapse_ratio: 0.5", "pools.POLARIS.relapse_ratio is for"),
        ("otherwise: leave\n", "otherwise: here\n", "cannot be here: stream needs"),
        ("{pools: [home], otherwise: leave}", "{pools: [home], otherwise: here}",
         "cannot be here: goal go_home"),
    ],
)  # fmt: skip
def test_refused(old, new, said):
    message = refusal(network((old, new)))
    assert said in message
    assert message.startswith("mine.yaml:")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("places: 3", "limited places and surge"),
        ("places: unlimited\n    assessment: {law: fixed, mean_days: 1}", "an assessment"),
        (
            "places: unlimited\n    assessment_by_residence: {others: {law: fixed, mean_days: 1}}",
            "an assessment by residence",
        ),
        ("places: unlimited\n    move_in: {law: fixed, mean_days: 1}", "a move_in"),
        ("places: unlimited\n    outside_wait: {law: fixed, mean_days: 1}", "an outside_wait"),
        ("places: unlimited\n    reserve: 1", "a reserve"),
        ("places: unlimited\n    intake: {sun: closed}", "times without intake"),
        ("places: unlimited\n    admits: {residence: {others: refused}}", "a target group"),
        ("places: unlimited\n    later: {a: {from: 2025-01-01, places: 5}}", "limited places"),
    ],
)
def test_otherwise_takes_everybody_at_once(change, reason):
    text = network(("otherwise: leave", "otherwise: home"), ("places: unlimited", change))
    message = refusal(text)
    assert "searches.flexible.otherwise must be a pool that takes everybody at once" in message
    assert reason in message


def test_otherwise_may_be_a_pool_with_unlimited_surge():
    text = network(
        ("otherwise: leave", "otherwise: home"),
        ("places: unlimited", "places: 3\n    surge: unlimited"),
    )
    assert load_text(text).searches["flexible"].otherwise == "home"


@pytest.mark.parametrize(
    ("start", "said"),
    [
        ("{POLARIS: {occupied: 5, stream: needs}}", "at most places + surge, which is 4 (got 5)"),
        ("{POLARIS: {occupied: 4, stream: need}}", "did you mean 'needs'?"),
        ("{POLARS: {occupied: 4, stream: needs}}", "start.POLARS names no pool"),
    ],
)
def test_start(start, said):
    assert said in refusal(network(add=f"start: {start}\n"))


def test_group_that_nobody_has():
    message = refusal(network(("groups:\n", "groups:\n  patient: {}\n")))
    assert "mine.yaml:3: groups.patient is a group that no stream has; did you mean" in message


def test_incomplete_search_is_refused():
    message = refusal(network(("goals:", "  extra: {when_full: wait}\ngoals:")))
    assert "searches.extra.pools is missing" in message
    assert "searches.extra.otherwise is missing" in message


def test_targets_name_pools():
    target = (
        "{title: t, measure: m, pool: POLARS, published: 1, unit: days, role: input, source: s}"
    )
    assert "did you mean 'POLARIS'?" in refusal(network(add=f"targets: {{a: {target}}}\n"))


@pytest.mark.parametrize("section", ["pools", "streams"])
def test_network_is_not_empty(section):
    text = f"region: none\n{section}: {{}}\n"
    assert f"{section} must not be empty" in refusal(text)
