"""Learns how likely the portfolio's tactics are to work, by rule, from what was tried in expert iteration.

python -m training.chances --attempts round0 --attempts round1 --out model

Each folder is a round: its steps worked, its failed tactics did not. A tactic that no rule of the portfolio
proposes for its state was the model's. Where a rule was tried seldom, its chance is drawn to that of all
rules, and that of a tactic within it to that of its rule, as if so many more tries had gone the usual way.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from prover.errors import InputError
from prover.lean.messages import goal_of
from prover.policy.chances import CHANCES, Chances
from prover.policy.portfolio import proposals
from training.rounds import learn, tried, write_json

PLACES = 6
"""Tactics of a rule that are told apart; later ones count as the last."""

RULE_TRIES, PLACE_TRIES = 4, 6
"""Tries that are added, as the rules or the rule usually go."""


@dataclass(slots=True)
class _Tries:
    """Of one rule: tries and successes, by place."""

    tried: Counter[int] = field(default_factory=Counter)
    worked: Counter[int] = field(default_factory=Counter)

    def share(self, prior: float) -> float:
        return (self.worked.total() + RULE_TRIES * prior) / (self.tried.total() + RULE_TRIES)

    def shares(self, prior: float) -> list[float]:
        usual = self.share(prior)
        return [
            round((self.worked[place] + PLACE_TRIES * usual) / (self.tried[place] + PLACE_TRIES), 4)
            for place in range(max(self.tried) + 1)
        ]


def learnt_chances(attempts: Iterable[tuple[str, str, bool]]) -> Chances:
    """The chances that triples of a goal's text, a tactic and whether it worked show.

    Raises `InputError` where no tactic is of the portfolio, or none of a model.
    """
    rules: dict[str, _Tries] = {}
    model: dict[str, bool] = {}
    for goal, tactic, worked in attempts:
        if (found := proposals(goal_of(goal)).get(tactic)) is None:
            model[goal] = model.get(goal, False) or worked
            continue
        rule, place = found
        tries = rules.setdefault(rule, _Tries())
        tries.tried[min(place, PLACES - 1)] += 1
        tries.worked[min(place, PLACES - 1)] += worked
    if not rules or not model:
        raise InputError("tactics of the portfolio and of a model are needed to learn from")
    shares = [one.worked.total() / one.tried.total() for one in rules.values()]
    usual = min(max(sum(shares) / len(shares), 0.01), 0.99)
    # One success and one failure more: no share of what was seen is the certainty of what was not.
    by_model = (sum(model.values()) + 1) / (len(model) + 2)
    learnt = {name: one.shares(usual) for name, one in sorted(rules.items())}
    return Chances(learnt, round(usual, 4), round(by_model, 4))


def write_chances(chances: Chances, folder: Path) -> None:
    """Write them beside a model, where `prover.policy.chances.read_chances` finds them."""
    content = {"rules": dict(chances.rules), "other": chances.other, "model": chances.model}
    write_json(folder / CHANCES, content)


def _learn(rounds: list[Path], model: Path) -> str:
    chances = learnt_chances((goal, tactic, worked) for goal, tactic, _, worked in tried(rounds))
    write_chances(chances, model)
    shown = ", ".join(f"{name} {row[0]:.0%}" for name, row in chances.rules.items())
    return f"first tactics work: {shown}; one of the model's: {chances.model:.0%}"


def main(arguments: Sequence[str] | None = None) -> None:
    learn(__doc__, _learn, arguments)


if __name__ == "__main__":
    main()
