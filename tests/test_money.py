"""Who pays: exact sums, cases computed by hand, published budgets line by line."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
import yaml
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from money_cases import (
    SOURCE,
    Stay,
    calendar_year,
    days_of,
    flow,
    money_of,
    price,
    register,
    scenario_of,
)

import flexsim as fs
from flexsim.economics import prices, tariff
from flexsim.economics.asking import of_registers
from flexsim.errors import ScenarioError
from flexsim.output import money as output
from flexsim.plan.build import build
from flexsim.scenario import files
from flexsim.scenario.money import Offer, Price

END = 730
#: Failing cases are found as they are; to make them smaller takes minutes.
QUICK = (Phase.explicit, Phase.reuse, Phase.generate)
MUNICIPALITIES = ("herning", "struer", "lemvig")

# -- counting ---------------------------------------------------------------------------------

TIME = st.integers(0, 4 * END - 1).map(lambda quarter: quarter / 4)


@st.composite
def stays(draw: st.DrawFn) -> list[Stay]:
    """Stays of a few citizens, one after the other, some of them not over."""
    found = []
    for citizen in range(draw(st.integers(0, 4))):
        times = sorted(draw(st.lists(TIME, min_size=2, max_size=8, unique=True)))
        residence, payer = (draw(st.sampled_from(MUNICIPALITIES)) for _ in range(2))
        group = draw(st.sampled_from(("adults", "young")))
        for begin, end in zip(times[::2], [*times[1::2], None], strict=False):
            pool = draw(st.sampled_from(("ward", "flex", "shelter")))
            last = END if end is None else end
            share = draw(st.sampled_from((None, 0.0, 0.5, 1.0)))
            done = None if share is None else round((begin + share * (last - begin)) * 4) / 4
            found.append(Stay(pool, begin, end, citizen, done, residence, payer, group))
    return found


@settings(max_examples=40, deadline=None, phases=QUICK)
@given(stays(), st.booleans(), st.integers(1, 40), st.integers(1, 5))
def test_days_are_counted_as_one_by_one(found, registered, limit, from_day):
    """Billed, refunded and charged days equal those of a count day by day, payer by payer."""
    word = "registered_days" if registered else "midnights"
    money = money_of(
        found,
        {
            "money.offers.shelter.counts": word,
            "money.offers.shelter.refund.days": limit,
            "money.charges.completed_treatment.counts": word,
            "money.charges.completed_treatment.from_day": from_day,
        },
    )
    billed: Counter[tuple[int, str]] = Counter()
    refunded: Counter[tuple[int, str]] = Counter()
    charged: Counter[tuple[int, str]] = Counter()
    used: Counter[tuple[int, int]] = Counter()
    for stay in sorted(found, key=lambda s: (s.citizen, s.begin)):
        for day in days_of(stay, END, registered) if stay.pool == "shelter" else []:
            if day < END:
                billed[day // 365, stay.payer] += 1
                used[stay.citizen, calendar_year(day)] += 1
                refunded[day // 365, stay.payer] += used[stay.citizen, calendar_year(day)] <= limit
        if stay.pool == "ward" and stay.completed is not None:
            after = Stay("ward", stay.completed, stay.end)
            for day in days_of(after, END, registered)[from_day - 1 :]:
                charged[day // 365, stay.residence] += day < END
    for year in (0, 1):
        for name in MUNICIPALITIES:
            purse = f"{name}.authority"
            ends = {"from_": purse, "year": year + 1}
            assert flow(money, "sale to others", offer="shelter", **ends) == (
                billed[year, name] * 159_900
            )
            refund = flow(money, "state refund", year + 1, to=purse)
            assert refund == refunded[year, name] * 79_950
            due = flow(money, "completed_treatment", **ends)
            assert due == charged[year, name] * 200_000


def test_midnights_are_those_of_the_measure():
    """The nights that are billed are the measure `nights`, in a run with everything in it."""
    result = fs.run(
        fs.load("baseline", ["run.days=730", "run.replications=1", "run.warm_up_days=100"])
    )
    money, rows = fs.money(result), result.measures
    for basis in money.bases:
        if basis.offer.pool is not None:
            mine = (rows["pool"] == basis.offer.pool) & (rows["measure"] == "nights")
            mine &= (rows["group"] == "all") & (rows["municipality"] == "all")
            years = rows[mine & rows["year"].isin(["1", "2"])]
            assert basis.used[0].tolist() == years["value"].tolist()
    assert money.total_cost.sum() > 0
    assert np.array_equal(sum(money.net.values()), money.total_cost)


# -- conservation -----------------------------------------------------------------------------

AMOUNT = st.integers(0, 1_000_000).map(lambda ore: ore / 100)


@st.composite
def budgets(draw: st.DrawFn) -> dict[str, object]:
    """Changes of everything that money moves by."""
    flex = "money.offers.flex"
    found: dict[str, object] = {
        f"{flex}.model": draw(st.sampled_from(("own", "frame", "tariff", "grant", "project"))),
        f"{flex}.run_by": draw(st.sampled_from(("herning", "region", "state", "ngo"))),
        f"{flex}.host": draw(st.sampled_from(("struer", "herning"))),
        f"{flex}.tariff": price(draw(AMOUNT), times_by_payer={"lemvig": draw(st.floats(0, 3))}),
        f"{flex}.budgeted_use": draw(st.sampled_from((0.5, 0.8, 0.97, 1.0))),
        f"{flex}.enrolled_200": draw(st.sampled_from((0.0, 0.1, 0.333))),
        f"{flex}.own_payment": price(draw(AMOUNT)),
        f"{flex}.empty_places": draw(st.sampled_from(("operator", "by_population"))),
        f"{flex}.refund": {"share": draw(st.sampled_from((0.5, 0.123))), "source": SOURCE},
        f"{flex}.support_saved": {"hours": 1.5, "per_hour": price(draw(AMOUNT))},
        "money.charges.completed_treatment.returned": draw(st.booleans()),
        "money.charges.completed_treatment.to": draw(st.sampled_from(("region", "state"))),
        "money.index_per_year": draw(st.sampled_from((0.0, 0.017))),
        "money.price_year": 2023,
    }
    if draw(st.booleans()):
        deficit = {"amount": draw(AMOUNT), "in_tariff": draw(st.booleans()), "source": SOURCE}
        found[f"{flex}.opening_deficit"] = deficit
    if draw(st.booleans()):
        cost = {"per_year": draw(AMOUNT), "per_place_year": draw(AMOUNT), "per_day": draw(AMOUNT)}
        found[f"{flex}.cost"] = {name: price(amount) for name, amount in cost.items()}
    return found


@settings(max_examples=40, deadline=None, phases=QUICK)
@given(stays(), budgets())
def test_purses_pay_the_total_cost_and_nothing_else(found, changes):
    """Under any model and whatever is paid between them, the purses together pay the cost."""
    money = money_of(found, changes)
    assert np.array_equal(sum(money.net.values(), np.zeros((1, 2), int)), money.total_cost)
    spent = money.ledger[money.ledger["to"] == "resources"]["ore"].sum()
    saved = money.ledger[money.ledger["from"] == "resources"]["ore"].sum()
    assert spent - saved == money.total_cost.sum()
    assert all(flow.source != flow.target for flow in money.flows)
    own = money.settled["flex"].basis
    assert np.array_equal(own.cost, money.under("flex", "tariff").basis.cost)
    table = money.models().query("offer == 'flex'")
    if len(table):
        assert np.allclose(table["total"], table["total"].iloc[0])
        assert np.allclose(table["income"] - table["cost"], table["balance"])


def test_parts_by_population_add_up():
    """To the øre, whatever the shares."""
    total = np.array([[1, 10_000_001], [0, 99_999_999_999]])
    parts = prices.split(total, np.array([1.0, 3.0, 7.5]))
    assert np.array_equal(parts.sum(axis=-1), total)
    assert parts[0, 1].tolist() == [869_565, 2_608_696, 6_521_740]


# -- by hand ----------------------------------------------------------------------------------


def test_refund_ends_after_so_many_days_of_a_calendar_year():
    """100 nights from 20 November 2025: 42 in that year, 58 in the next; both below 90 days.

    Then 40 more in March 2026, of which 32 are within the limit.
    """
    found = [Stay("shelter", 323, 423), Stay("shelter", 430, 470)]
    money = money_of(found)
    assert flow(money, "state refund", 1) == 42 * 79_950
    assert flow(money, "state refund", 2) == (58 + 32) * 79_950
    without = money_of(found, {"money.offers.shelter.refund.days": None})
    assert flow(without, "state refund", 2) == 98 * 79_950
    later = {"money.offers.shelter.refund.days_from": "2026-02-01"}  # day 396
    assert flow(money_of(found, later), "state refund", 2) == (31 + 27 + 40) * 79_950


def test_two_municipalities_of_one_citizen():
    """Struer is where the citizen lives and is charged for the ward; Lemvig pays for the place."""
    found = [
        Stay("ward", 0.5, 20.5, completed=10.5, residence="struer", payer="lemvig"),
        Stay("flex", 20.5, 50.5, residence="struer", payer="lemvig"),
    ]
    money = money_of(found)
    assert flow(money, "completed_treatment", from_="struer.authority", to="region") == 10 * 200_000
    assert flow(money, "sale to others", from_="lemvig.authority") == 30 * 100_000
    net = {name: int(ore[0, 0]) for name, ore in money.net.items()}
    cost = round(2 * 365 * 0.8) * 100_000  # 584,000 DKK for two places, used or not
    assert net["struer.authority"] == 10 * 200_000
    assert net["lemvig.authority"] == 30 * 100_000
    assert net["herning.offer"] == cost - 30 * 100_000
    assert net["region"] == 4 * 10_000_000 + 20 * 100_000 - 10 * 200_000


def test_hand_back_and_the_next_tariff():
    """500 of 584 budgeted days: 84,000 DKK go back, the deficit enters the next year's tariff."""
    first = [Stay("flex", 0, 250, citizen=0), Stay("flex", 0, 250, citizen=1)]
    money = money_of(first, {"money.offers.flex.model": "frame"})
    one = money.settled["flex"]
    assert flow(money, "frame") == 584 * 100_000
    assert flow(money, "handed back") == 84 * 100_000
    assert one.balance[0, 0] == -84 * 100_000
    assert one.tariff[0, -1] == round((584 + 84) * 100_000 / 584)
    assert flow(money, "frame", 2) == one.tariff[0, -1] * 584


@pytest.mark.parametrize(("in_tariff", "second"), [(True, 1000 - 239), (False, 1000 + 239)])
def test_a_deficit_of_the_year_before_is_counted_once(in_tariff, second):
    """Recovered by the first tariff it is not in the second one; else it is.

    All 730 days are used and budgeted, 239 DKK of each are of the year before.
    """
    full = [Stay("flex", 0, 730, citizen=0), Stay("flex", 0, 730, citizen=1)]
    deficit = {"amount": 239 * 730, "in_tariff": in_tariff, "source": SOURCE}
    money = money_of(
        full,
        {
            "money.offers.flex.model": "frame",
            "money.offers.flex.budgeted_use": 1.0,
            "money.offers.flex.opening_deficit": deficit,
        },
    )
    one = money.settled["flex"]
    assert one.basis.cost[0, 0] == (1000 - 239 * in_tariff) * 730 * 100
    assert one.tariff[0, 0] == 100_000
    assert one.tariff[0, -1] == second * 100


def test_twice_the_tariff_for_twice_the_hours():
    """A fifth of 100 days: 20 more are billed, and cost as much."""
    stay = [Stay("flex", 0, 100)]
    plain = money_of(stay).settled["flex"]
    money = money_of(stay, {"money.offers.flex.enrolled_200": 0.2})
    assert flow(money, "tariff") == 120 * 100_000
    assert flow(money, "hours of 200 % enrolment") == 20 * 100_000
    assert np.array_equal(money.settled["flex"].balance, plain.balance)


def test_most_for_one_stay():
    """An older rule: so much a day, and at most 8,862 DKK for an admission, when it ends."""
    found = [Stay("ward", 0, 2), Stay("ward", 360, 370, citizen=1), Stay("ward", 700, None, 2)]
    charge = {"days": "all", "price": price(3000), "most_per_stay": price(8862)}
    money = money_of(found, {"money.charges": {"co_financing": charge}})
    assert flow(money, "co_financing", 1) == 600_000
    assert flow(money, "co_financing", 2) == 886_200


def test_empty_special_places_are_shared_by_population():
    """Of 730 place-days 30 are used; 700 are paid by 90, 20 and 19 of 129."""
    money = money_of([Stay("flex", 0, 30)], {"money.offers.flex.empty_places": "by_population"})
    paid = [flow(money, "empty places", from_=f"{name}.authority") for name in MUNICIPALITIES]
    assert sum(paid) == 700 * 100_000
    assert paid == [48_837_209, 10_852_713, 10_310_078]


def test_grants_and_projects_as_given():
    """Fixed, whatever the use; a project pays by the days of its period."""
    grants = {
        "council": {"per_year": price(1_200_000), "paid_by": "herning.treasury"},
        "departments": {"per_year": price(1_000_000), "paid_by": "herning.authority"},
    }
    changes = {"money.offers.flex.model": "grant", "money.offers.flex.grants": grants}
    money = money_of([], changes | {"money.offers.flex.run_by": "ngo"})
    assert flow(money, "grant", from_="herning.treasury", to="ngo") == 120_000_000
    assert flow(money, "grant", 2, from_="herning.authority", to="ngo") == 100_000_000
    project = {"total": price(4_900_000), "from": "2024-07-01", "to": "2026-06-30"}
    changes = {"money.offers.flex.model": "project", "money.offers.flex.project": project}
    money = money_of([], changes)
    assert flow(money, "project grant", 1) == pytest.approx(4_900_000_00 * 365 / 730, abs=1)
    assert flow(money, "project grant", 2) == pytest.approx(4_900_000_00 * 181 / 730, abs=1)


def test_dated_and_indexed_amounts():
    """A step holds from its day on; an amount of another year is indexed to that of the results."""
    step = {"from": "2025-04-11", "amount": 1200, "source": SOURCE}
    changes = {"money.offers.flex.tariff": price(1000, later={"up": step})}
    money = money_of([Stay("flex", 90, 110)], changes)  # day 100 is 11 April
    assert flow(money, "tariff") == (10 * 1000 + 10 * 1200) * 100
    scenario = scenario_of({"money.index_per_year": 0.02})
    old = Price(amount=1976, price_year=2016, source=SOURCE)
    assert prices.at(old, np.array([1]), scenario.money)[0] == round(197_600 * 1.02**9)


# -- published --------------------------------------------------------------------------------

HERNING = {
    "polaris_skovlyset": (584, 1243, 725_912),
    "polaris_gl_ringkoebingvej": (292, 1267, 369_964),
    "polaris_pavillon": (292, 932, 272_144),
    "polaris_gaesteseng": (219, 431, 94_389),
    "polaris_packages": (None, None, 21_120),
    "polaris_noerregade": (876, 1311, 1_148_436),
}
HOUSING = {
    "polaris_level_3": (4_380, 1458, 6_386_040),
    "polaris_level_4": (5_110, 1661, 8_487_710),
}


def lines(overrides: list[str] | None = None) -> dict[str, tuple[float, float, float]]:
    """Days, tariff and income of each line of Herning's budget."""
    table = tariff.budget(fs.load("polaris_supported_housing", overrides or []))
    table = table[table["offer"].str.startswith("polaris")].set_index("offer")
    return {
        str(name): (row["days"], row["tariff"], row["income"]) for name, row in table.iterrows()
    }


def test_herning_line_by_line():
    """VIVE 2023, table 2.1, to the krone."""
    found = lines()
    for name, (days, rate, income) in (HERNING | HOUSING).items():
        assert found[name][2] == income
        if days is not None:
            assert found[name][:2] == (days, rate)
    flexible = sum(found[name][2] for name in HERNING)
    assert flexible == 2_631_965
    assert sum(found[name][0] for name in HERNING if name != "polaris_packages") == 2_263
    assert sum(income for _, _, income in found.values()) == 17_505_715


@pytest.mark.parametrize(
    ("override", "name", "income"),
    [
        ("money.offers.polaris_pavillon.tariff.amount=1000", "polaris_pavillon", 292_000),
        ("money.offers.polaris_noerregade.budgeted_use=0.6", "polaris_noerregade", 861_327),
        ("pools.polaris_skovlyset.places=4", "polaris_skovlyset", 1_451_824),
    ],
)
def test_one_change_moves_its_line_and_the_total(override, name, income):
    """And no other line."""
    before, after = lines(), lines([override])
    assert after.pop(name)[2] == income != before.pop(name)[2]
    assert str(after) == str(before)


def test_mpo_tariff_and_basis():
    """1,019,000 DKK a place-year over 365 days is 2,792; 2,793 a day are 1,019,445 a year."""
    assert 2_793 * 365 == 1_019_445
    assert round(tariff.tariff(1_019_000, 1, 1.0)) == 2_792
    assert tariff.break_even_use(8 * 1_019_000, 8, 2_793) == pytest.approx(0.99956, abs=1e-5)
    gap = 8 * 1_019_000 - 0.8 * 8 * 365 * 2_793
    assert gap == pytest.approx(1.63e6, rel=5e-3)  # at 80 % use, unless costs fall


def test_pitstop_per_used_day():
    """2.2 m DKK over six of eight rooms in use: 1,005 DKK a used day, whatever the grant pays."""
    scenario = fs.load("aarhus_baseline", ["run.days=365", "run.warm_up_days=0"])
    changed = fs.load("aarhus_baseline", ["run.days=365", "money.price_year=2022"])
    assert scenario.pools["pitstop"].places == 8
    plan = build(changed)
    six = [Stay("pitstop", 0, None, n, residence="aarhus", group="citizens") for n in range(6)]
    money = of_registers(changed, plan, [register(plan, six)])
    (row,) = money.models().query("model == 'grant (as it is)'").to_dict("records")
    used = 6 * (plan.end - plan.warm_up) // 86_400
    assert row["used_days"] == used == 2_190
    assert row["cost"] == row["income"] == 2_200_000
    assert round(row["cost_per_day"]) == 1_005
    assert row["host"] == 2_200_000
    assert row["ngo"] == 0


def test_the_national_charge_of_2016():
    """66 patients a day, all year, 1,976 DKK each: 47.6 m DKK."""
    long = [Stay("ward", 0, None, n, completed=0) for n in range(66)]
    charge = {"days": "completed_treatment", "price": price(1976)}
    money = money_of(long, {"money.charges": {"completed_treatment": charge}})
    assert flow(money, "completed_treatment") == 66 * 365 * 197_600
    assert round(66 * 365 * 1_976 / 1e6, 1) == 47.6


# -- bad input --------------------------------------------------------------------------------

OFFER = "money.offers.mpo"


@pytest.mark.parametrize(
    ("override", "words"),
    [
        (f"{OFFER}.tariff.amount='1.243 kr'", "must be"),
        (f"{OFFER}.tariff.amount=-1", "0 or more"),
        (f"{OFFER}.tariff.amount=nan", "finite"),
        (f"{OFFER}.tariff.amount=1.234", "two decimals"),
        (f"{OFFER}.tariff.amount=true", "must be"),
        (f"{OFFER}.model=tarif_90", "did you mean 'tariff_90'"),
        (f"{OFFER}.run_by=holstbro", "did you mean 'holstebro'"),
        (f"{OFFER}.pool=polaris_pavillon", "already"),
        (f"{OFFER}.budgeted_use=40", "0.40"),
        (f"{OFFER}.tarif.amount=3", "tariff"),
        (
            "+money.offers.shelter.cost.per_place_year={amount: 1, source: a long source}",
            "number of",
        ),
        ("+money.offers.pitstop={pool: pitstopp, run_by: ngo, model: grant}", "no pool"),
    ],
)
def test_a_fault_names_its_key(override, words):
    """Refused when loaded, with the key, the value and what is allowed."""
    with pytest.raises(ScenarioError, match=words) as error:
        fs.load("baseline", [override])
    assert "money.offers" in str(error.value)


def test_only_money_changes_without_a_run():
    """Whatever moves a citizen needs a new run; so does a run without a whole year."""
    result = fs.run(fs.load("baseline", ["run.days=90", "run.replications=1"]))
    with pytest.raises(ScenarioError, match="only keys of money"):
        fs.money(result, ["pools.mpo.places=9"])
    with pytest.raises(ScenarioError, match="365 or more"):
        fs.money(result)


def test_wards_alone_have_purses_and_no_budget_models(capsys):
    """They are within the region's budget; the tables keep their columns."""
    run = ["run.days=365", "run.warm_up_days=0", "run.replications=2", "~money.offers.shelter"]
    money = fs.money(fs.run(fs.load("randers_baseline", run)))
    assert money.models().empty
    assert {"offer", "break_even_use", "total"} <= set(money.models())
    purses = money.by_purse().set_index("purse")["net"]
    assert purses["region"] > 0.9 * purses["total"] > 0
    output.show(money)
    said = capsys.readouterr().out
    assert "Who pays" in said
    assert "Budget models" not in said


@pytest.mark.parametrize(("amount", "unit"), [(2_566_000, "1,000"), (25_660_000, "million")])
def test_large_amounts_are_shown_in_millions(amount, unit, capsys):
    """From a thousand million DKK a year on, so that no number is long."""
    run = ["run.days=365", "run.warm_up_days=0", "run.replications=2"]
    cost = f"money.offers.randers.cost.per_place_year.amount={amount}"
    money = fs.money(fs.run(fs.load("randers_baseline", [*run, cost])))
    net = money.by_purse().set_index("purse")["net"]["region"] / (1e6 if unit == "million" else 1e3)
    output.show(money)
    said = capsys.readouterr().out
    assert f"Who pays, {unit} DKK a year" in said
    assert f"the region {net:.0f} " in " ".join(said.replace(",", "").split())


def test_special_places_are_billed_and_the_empty_ones_shared():
    """4,165 DKK a day of 2022 to the paying municipality; empty days by population."""
    run = ["run.days=365", "run.replications=2"]
    money = fs.money(fs.run(fs.load("special_places_west", run)))
    ledger = money.ledger[money.ledger["offer"] == "special_places_west"]
    billed = ledger[ledger["what"] == "sale to others"]["ore"]
    assert len(billed) > 2
    assert (billed % round(416_500 * 1.0166) == 0).all()
    empty = ledger[ledger["what"] == "empty places"].groupby("from")["ore"].sum()
    homes = money.scenario.municipalities
    people = np.array([homes[name.removesuffix(".authority")].population for name in empty.index])
    assert len(empty) == len(homes)
    assert empty.to_numpy() == pytest.approx(empty.sum() * people / people.sum(), abs=len(ledger))


# -- shipped ----------------------------------------------------------------------------------


@pytest.mark.parametrize("path", sorted(files.configs_folder().glob("money/*.yaml")), ids=str)
def test_shipped_numbers_have_sources(path):
    """Every amount has one, as the schema demands; so have numbers that are no amounts."""
    values = yaml.safe_load(path.read_text(encoding="utf-8"))
    offer = Offer.model_validate({"pool": None, **values})
    for key in {"budgeted_use", "enrolled_200"} & offer.model_fields_set:
        assert len(offer.sources[key].split()) > 2
