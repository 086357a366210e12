"""The red team: every exploit is refused, by the rung that its file names; every honest proof passes."""

from __future__ import annotations

import pytest

from benchmarks.redteam_cases import Case, exploits, honest, refusing_rung
from prover.judge import LeanJudge


def test_there_are_exploits_and_honest_proofs_of_every_kind() -> None:
    numbers = {case.about.split(",")[0] for case in exploits()}
    assert {str(number) for number in (*range(1, 12), *range(14, 22), *range(23, 31), 34, 35)} <= numbers
    assert len(honest()) >= 50


@pytest.mark.parametrize("case", exploits(), ids=lambda case: case.name)
async def test_an_exploit_is_refused(judge: LeanJudge, case: Case) -> None:
    verdict = await judge.judge_file(case.solution, case.challenge)
    assert not verdict.proved
    assert refusing_rung(verdict) == case.rung, verdict


@pytest.mark.parametrize("case", honest(), ids=lambda case: case.name)
async def test_an_honest_proof_passes_though_it_looks_suspicious(judge: LeanJudge, case: Case) -> None:
    verdict = await judge.judge_file(case.solution, case.challenge)
    assert verdict.proved, verdict
