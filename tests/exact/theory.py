"""Exact values from queueing theory, without simulation. Time is in days throughout.

General functions only; which system needs which stands in `expected`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import integrate, linalg, optimize, stats

Floats = NDArray[np.float64]
State = tuple[int, ...]


# -- laws of duration ------------------------------------------------------------------------------


def exponential_survival(mean: float) -> Callable[[float], float]:
    """The probability that an exponential duration is longer than t."""
    return lambda t: float(np.exp(-t / mean))


def excess_survival(survival: Callable[[float], float], mean: float, lag: float) -> float:
    """The probability that somebody present now is still present after `lag` days."""
    return integrate.quad(survival, lag, np.inf, epsabs=0, epsrel=1e-12)[0] / mean


def mean_elapsed(survival: Callable[[float], float], mean: float) -> float:
    """Mean time since admission of those present at a random time: E[S^2] / (2 E[S])."""
    return integrate.quad(lambda t: t * survival(t), 0, np.inf, epsabs=0, epsrel=1e-12)[0] / mean


def limited_mean(survival: Callable[[float], float], limit: float) -> float:
    """Mean of a duration that is cut off at `limit`."""
    return integrate.quad(survival, 0, limit, epsabs=0, epsrel=1e-12)[0]


# -- birth-death chains and Erlang's formulas ------------------------------------------------------


def birth_death(births: Sequence[float], deaths: Sequence[float]) -> Floats:
    """Stationary law of 0..n, from the rates of n -> n + 1 and of n + 1 -> n."""
    logs = np.concatenate([[0.0], np.cumsum(np.log(births) - np.log(deaths))])
    weights = np.exp(logs - logs.max())
    return weights / weights.sum()


def departures(places: int, most: int, mean_stay: float) -> list[float]:
    """Departure rates with 1..most present or waiting, of whom at most `places` are served."""
    return [min(n, places) / mean_stay for n in range(1, most + 1)]


def erlang_b_law(places: int, load: float) -> Floats:
    """Law of the number present when whoever finds all places taken is refused."""
    return birth_death([load] * places, list(range(1, places + 1)))


def erlang_c(places: int, load: float) -> float:
    """The probability of waiting when everybody waits."""
    blocked = erlang_b_law(places, load)[-1]
    return blocked / (1 - load / places * (1 - blocked))


class Waiting(NamedTuple):
    """M/M/c: a wait is 0 with probability 1 - p, else exponential with mean `mean_if_waiting`."""

    p: float
    mean_if_waiting: float

    @property
    def mean(self) -> float:
        """Mean wait, zeros included."""
        return self.p * self.mean_if_waiting

    @property
    def sd(self) -> float:
        """Standard deviation of the wait."""
        return float(np.sqrt(2 * self.p * self.mean_if_waiting**2 - self.mean**2))

    def longer_than(self, days: float) -> float:
        """The probability of a wait longer than `days`."""
        return self.p * float(np.exp(-days / self.mean_if_waiting))

    def quantile(self, share: float) -> float:
        """The wait that this share does not exceed."""
        return max(0.0, self.mean_if_waiting * float(np.log(self.p / (1 - share))))


def waiting(places: int, rate: float, mean_stay: float) -> Waiting:
    """M/M/c with first come, first served."""
    return Waiting(erlang_c(places, rate * mean_stay), 1 / (places / mean_stay - rate))


def priority_waits(places: int, rates: Sequence[float], mean_stay: float) -> list[float]:
    """Mean waits by class, first class first, with the same exponential stay (Cobham)."""
    upto = np.concatenate([[0.0], np.cumsum(rates)]) * mean_stay / places
    delay = erlang_c(places, sum(rates) * mean_stay) * mean_stay / places
    return [delay / ((1 - a) * (1 - b)) for a, b in pairwise(upto)]


def fixed_stay_law(places: int, rate: float, stay: float, most: int = 400) -> Floats:
    """M/D/c: law of the number in the system.

    Whoever is in service now is gone one stay later, and nobody else is (Crommelin): the number
    then is what waits now plus the arrivals of one stay.
    """
    arrivals = stats.poisson.pmf(np.arange(most), rate * stay)
    step = np.zeros((most, most))
    for n in range(most):
        waits = max(n - places, 0)
        step[n, waits:] = arrivals[: most - waits]
    step[:, -1] += 1 - step.sum(axis=1)
    return stationary(step - np.eye(most))


# -- Markov chains ---------------------------------------------------------------------------------


class Chain(NamedTuple):
    """A Markov chain in continuous time: its states, and its generator."""

    states: list[State]
    generator: Floats

    def law(self) -> Floats:
        """The stationary law."""
        return stationary(self.generator)

    def mean(self, value: Callable[[State], float]) -> float:
        """Stationary mean of a function of the state."""
        return float(self.law() @ np.array([value(state) for state in self.states]))


def chain(start: State, moves: Callable[[State], Iterable[tuple[State, float]]]) -> Chain:
    """All states that can be reached from `start`, by moves given as (next state, rate)."""
    states = [start]
    number = {start: 0}
    rates: list[tuple[int, int, float]] = []
    for state in states:  # grows while new states are found
        for after, rate in moves(state):
            if rate > 0:
                if after not in number:
                    number[after] = len(states)
                    states.append(after)
                rates.append((number[state], number[after], rate))
    generator = np.zeros((len(states), len(states)))
    for i, j, rate in rates:
        generator[i, j] += rate
    return Chain(states, generator - np.diag(generator.sum(axis=1)))


def stationary(generator: Floats) -> Floats:
    """The law that a generator (or a transition matrix less the unit matrix) leaves alone."""
    equations = generator.T.copy()
    equations[-1] = 1.0
    return np.linalg.solve(equations, np.eye(len(generator))[-1])


def loss_generator(places: int, most: int, rate: float, mean_stay: float) -> Floats:
    """Number present, 0..most, when arrivals are refused from `places` on."""
    up = np.array([rate if n < places else 0.0 for n in range(most)])
    down = np.arange(1, most + 1) / mean_stay
    rates = np.diag(up, 1) + np.diag(down, -1)
    return rates - np.diag(rates.sum(axis=1))


def after(generator: Floats, days: float) -> tuple[Floats, Floats]:
    """Transition matrix over `days`, and the mean time spent in each state meanwhile."""
    n = len(generator)
    both = linalg.expm(np.block([[generator, np.eye(n)], [np.zeros((n, 2 * n))]]) * days)
    return both[:n, :n], both[:n, n:]


# -- arrivals that vary, places without limit ------------------------------------------------------


def mean_present(
    rate: Callable[[float], float], survival: Callable[[float], float], t: float, since: float
) -> float:
    """M(t)/G/inf: mean number present at t of those who arrived after `since`."""
    breaks = np.linspace(0, t - since, 41)
    return sum(
        integrate.quad(lambda u: rate(t - u) * survival(u), a, b, epsabs=1e-13, epsrel=1e-12)[0]
        for a, b in pairwise(breaks)
    )


def peak(function: Callable[[float], float], low: float, high: float) -> tuple[float, float]:
    """Where a smooth function is largest between two points, and how large."""
    step = 1e-2

    def slope(t: float) -> float:
        return function(t + step) - function(t - step)

    at = float(optimize.brentq(slope, low, high, xtol=1e-11))
    return at, function(at)
