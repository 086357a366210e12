"""The library of the real Lean, extracted: texts that read back, and headers that hide the theorem."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from prover.lean.backend import LeanProver
from prover.lean.embedded.launch import embedded_launch
from prover.lean.embedded.setup import ensure_lean
from prover.statements.preludes import prelude
from prover.types import Closed
from training.library.assemble import assemble
from training.library.lean import Extractor, Found
from training.library.names import NAMESPACES, Theorem, flat_names, select
from training.statements import TrainingStatement

CORE = prelude("core").header
MODULES = ["Init.Data.Nat.Dvd", "Init.Data.Prod"]

Extracted = tuple[list[Theorem], list[Found], dict[str, TrainingStatement]]


@pytest_asyncio.fixture(scope="module")
async def extracted(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Extracted]:
    scratch = tmp_path_factory.mktemp("scratch")
    extractor = Extractor(embedded_launch(ensure_lean(), scratch=scratch), scratch, CORE)
    theorems, _ = select(await extractor.theorems(), list(NAMESPACES), MODULES)
    found = await extractor.texts(
        flat_names([*(theorem.name for theorem in theorems), "Nat.no_such_theorem"])
    )
    await extractor.close()
    statements, _ = assemble(theorems, found, CORE)
    yield theorems, found, {statement.without: statement for statement in statements}


def test_most_theorems_of_a_module_are_extracted(extracted: Extracted) -> None:
    theorems, found, statements = extracted
    assert {theorem.module for theorem in theorems} == set(MODULES)
    assert len(theorems) > 20
    assert len(statements) > 0.7 * len(theorems)
    assert [item.lost for item in found][-1] == "unknown constant"


def test_a_text_is_what_a_person_would_write(extracted: Extracted) -> None:
    statement = extracted[2]["Nat.dvd_iff_mod_eq_zero"]
    assert statement.text == "theorem lib_Nat_dvd_iff_mod_eq_zero {m n : ℕ} : m ∣ n ↔ n % m = 0"
    assert statement.group == "Init.Data.Nat.Dvd"


async def test_each_text_is_proved_by_its_own_theorem(extracted: Extracted, prover: LeanProver) -> None:
    for name, statement in extracted[2].items():
        state = await prover.start(statement.statement())
        result = await prover.step(state, f"first | exact @{name} | (intros; apply {name} <;> assumption)")
        assert isinstance(result, Closed), (statement.text, result)
        await prover.release(state.statement)


async def test_automation_does_not_find_the_theorem_under_its_header(
    extracted: Extracted, prover: LeanProver
) -> None:
    hidden = extracted[2]["Prod.forall"]
    assert "attribute [-simp] Prod.forall" in hidden.header
    plain = TrainingStatement(hidden.name, hidden.text, CORE, "library", "", "train").statement()
    for statement, closes in ((plain, True), (hidden.statement(), False)):
        state = await prover.start(statement)
        assert isinstance(await prover.step(state, "simp"), Closed) is closes
        await prover.release(statement)
