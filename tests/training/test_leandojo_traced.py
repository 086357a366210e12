"""A repository that LeanDojo traced becomes steps and statements.

The trace is made up in the layout that LeanDojo's guide shows (“Getting Started”).
"""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

import pytest

from prover.errors import InputError
from prover.lean.native.dojo import SOURCE as SOURCE_FORM
from training.jsonl import read_jsonl
from training.leandojo.__main__ import main
from training.leandojo.theorems import statement_of, steps
from training.leandojo.traced import read_traced
from training.statements import load_statements

SOURCE = """import Mathlib

namespace Made

/-- Less than is kept. -/
@[simp]
theorem kept (a b : ℕ) (h : a < b) : a < b ∧ True := by
  constructor
  · exact h.trans_le le_rfl
  · trivial

lemma zero : 0 = 0 := rfl
"""

PREMISE = (
    'mod_name="Mathlib.Order.Basic" def_path=".lake/packages/mathlib/Mathlib/Order/Basic.lean" '
    'def_start="(10, 9)" def_end="(10, 15)"'
)

TRACE = f"""<TracedFile path="Made/Basic.lean" md5="MD5">
  <FileNode start="(1, 1)" end="(12, 26)">
    <ModuleHeaderNode/>
    <CommandNamespaceNode start="(3, 1)" end="(3, 15)" name="Made"/>
    <CommandDeclarationNode start="(5, 1)" end="(10, 12)" name="kept" full_name="Made.kept">
      <CommandDeclmodifiersNode start="(5, 1)" end="(6, 8)"/>
      <CommandTheoremNode start="(7, 1)" end="(10, 12)" name="kept" full_name="Made.kept"
          _is_private_decl="False">
        <TacticTacticseq1IndentedNode>
          <NullNode>
            <OtherNode kind="Lean.Parser.Tactic.constructor" start="(8, 3)" end="(8, 14)" tactic="constructor"
                state_before="a b : ℕ&#10;h : a &amp;lt; b&#10;⊢ a &amp;lt; b ∧ True"
                state_after="case left&#10;⊢ a &amp;lt; b&#10;&#10;case right&#10;⊢ True"/>
            <OtherNode kind="Lean.cdot" start="(9, 3)" end="(9, 28)" tactic="· exact h.trans_le le_rfl"
                state_before="case left&#10;⊢ a &amp;lt; b" state_after="no goals">
              <OtherNode kind="Lean.Parser.Tactic.exact" start="(9, 5)" end="(9, 28)"
                  tactic="exact h.trans_le le_rfl" state_before="⊢ a &amp;lt; b" state_after="no goals">
                <IdentNode val="h.trans_le" full_name="LT.lt.trans_le" {PREMISE}/>
                <IdentNode val="le_rfl" full_name="le_rfl" {PREMISE}/>
                <IdentNode val="h"/>
                <IdentNode val="le_rfl" full_name="le_rfl" {PREMISE}/>
              </OtherNode>
            </OtherNode>
          </NullNode>
        </TacticTacticseq1IndentedNode>
      </CommandTheoremNode>
    </CommandDeclarationNode>
    <LemmaNode start="(12, 1)" end="(12, 26)" name="zero" full_name="Made.zero"/>
    <CommandDeclarationNode start="(12, 1)" end="(12, 26)" name="d" full_name="Made.d"/>
  </FileNode>
  <Comments/>
</TracedFile>
"""


def git(folder: Path, *words: str) -> str:
    command = ["git", "-C", str(folder), "-c", "user.name=n", "-c", "user.email=e@x", *words]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "made"
    traces = folder / ".lake" / "build" / "ir" / "Made"
    traces.mkdir(parents=True)
    (folder / "Made").mkdir()
    (folder / "Made" / "Basic.lean").write_text(SOURCE)
    (traces / "Basic.trace.xml").write_text(TRACE.replace("MD5", hashlib.md5(SOURCE.encode()).hexdigest()))
    package = folder / ".lake" / "packages" / "other" / ".lake" / "build" / "ir"
    package.mkdir(parents=True)
    (package / "Other.trace.xml").write_text("<TracedFile/>")
    git(folder, "init", "-q")
    git(folder, "remote", "add", "origin", "https://github.com/made/up.git")
    git(folder, "add", "Made")
    git(folder, "commit", "-q", "-m", "all")
    return folder


def test_theorems_are_those_of_the_repository_with_their_place(repository: Path) -> None:
    kept, zero = read_traced(repository)
    assert (kept.name, kept.file, kept.start, kept.end) == ("Made.kept", "Made/Basic.lean", (7, 1), (10, 12))
    assert (zero.name, zero.tactics) == ("Made.zero", ())
    assert kept.source == f"https://github.com/made/up@{git(repository, 'rev-parse', 'HEAD')}:Made/Basic.lean"
    assert SOURCE_FORM.fullmatch(kept.source)


def test_steps_have_states_as_lean_shows_them_and_each_premise_once(repository: Path) -> None:
    first, bullet, inner = steps(read_traced(repository)[0])
    assert first["goal"] == "a b : ℕ\nh : a < b\n⊢ a < b ∧ True"
    assert first["goals_after"] == ["case left\n⊢ a < b", "case right\n⊢ True"]
    assert inner["tactic"] == "exact h.trans_le le_rfl" and inner["closes"]
    assert inner["premises"] == ["LT.lt.trans_le", "le_rfl"] == bullet["premises"]
    assert first["premises"] == []


def test_a_statement_has_the_documentation_and_attributes_that_stand_before_it(repository: Path) -> None:
    kept, zero = (statement_of(theorem, repository) for theorem in read_traced(repository))
    assert kept is not None and zero is not None
    assert kept.text.startswith("/-- Less than is kept. -/\n@[simp]\ntheorem kept (a b : ℕ)")
    assert kept.header == "import Mathlib\n\nnamespace Made\n\n"
    assert zero.text == "lemma zero : 0 = 0"


def test_a_source_that_has_changed_since_is_not_read(repository: Path) -> None:
    (repository / "Made" / "Basic.lean").write_text("-- new\n" + SOURCE)
    with pytest.raises(InputError, match=r"Basic\.lean has changed since Basic\.trace\.xml was written"):
        read_traced(repository)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("</TracedFile>", "", "no complete trace"),
        ('tactic="constructor"', "", r"OtherNode at \(8, 3\) has no tactic"),
        ('start="(7, 1)"', 'start="here"', "CommandTheoremNode has no place in start: 'here'"),
    ],
)
def test_a_broken_trace_is_named_with_the_place(repository: Path, old: str, new: str, says: str) -> None:
    trace = repository / ".lake" / "build" / "ir" / "Made" / "Basic.trace.xml"
    trace.write_text(trace.read_text().replace(old, new))
    with pytest.raises(InputError, match=f"{trace.name}: {says}"):
        read_traced(repository)


def test_a_folder_that_is_no_checkout_says_so(repository: Path) -> None:
    (repository / ".git").rename(repository / "git")
    with pytest.raises(InputError, match="is no Git checkout"):
        read_traced(repository)


def test_the_command_writes_both_files(repository: Path, tmp_path: Path) -> None:
    out, stated = tmp_path / "steps.jsonl.zst", tmp_path / "statements.jsonl"
    main([str(repository), "--out", str(out), "--statements", str(stated)])
    assert len(list(read_jsonl(out))) == 3
    assert [one.name for one in load_statements(stated)] == ["Made.kept", "Made.zero"]
    with pytest.raises(InputError, match="leave out --checkout"):
        main([str(repository), "--out", str(out), "--checkout", str(repository)])
    with pytest.raises(InputError, match="neither a split of a LeanDojo benchmark nor a traced repository"):
        main([str(tmp_path), "--out", str(out)])
