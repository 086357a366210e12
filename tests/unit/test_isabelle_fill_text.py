"""The text side of filling holes: words for a hammer, what Sledgehammer prints, and where a script goes."""

from __future__ import annotations

from prover.isabelle.backend import Hole
from prover.isabelle.fill import FilledHole, put_back, with_holes
from prover.isabelle.hammer import proposals
from prover.isabelle.theory import header, split_statement, statement_of
from prover.types import Position

STATEMENT = statement_of('theorem t: "True"', header(()))


def hole(line: int, column: int, script: str | None) -> FilledHole:
    return FilledHole(Hole(STATEMENT, Position(line, column), ""), script)


def test_a_hammer_is_a_hole_but_not_in_a_string_or_comment() -> None:
    assert with_holes('show "sledgehammer" sledgehammer (* sledgehammer *)') == (
        'show "sledgehammer" sorry (* sledgehammer *)'
    )


def test_scripts_go_where_their_holes_were_and_keep_the_indentation() -> None:
    proof = "proof -\n  have a sorry\n  show b sorry and c sorry\nqed"
    filled = [hole(2, 9, "apply x\ndone"), hole(3, 9, None), hole(3, 21, "by z")]
    assert put_back(proof, filled) == ("proof -\n  have a apply x\n    done\n  show b sorry and c by z\nqed")


def test_a_script_goes_where_its_hole_was_though_characters_before_it_have_several_bytes() -> None:
    line = 'have a (* naïf *) and "b" sorry (* fini *)'
    column = len(line[: line.index("sorry")].encode())
    assert put_back(line, [hole(1, column, "by z")]) == line.replace("sorry", "by z")


def test_what_sledgehammer_proposes_is_read_without_its_timing() -> None:
    printed = [
        "Sledgehammering...",
        "e: Try this: by (metis add.commute (no_types)) (12 ms)",
        "cvc5: Try this: by (simp add: foo) (> 1.0 s, timed out)",
        "cvc5: Try this: by (metis add.commute (no_types)) (0.2 ms)",
        "Try this: using assms by auto",
        "vampire: No proof found",
    ]
    assert proposals(printed) == [
        "by (metis add.commute (no_types))",
        "by (simp add: foo)",
        "using assms by auto",
    ]


def test_a_statement_with_a_place_is_divided_at_its_proof() -> None:
    text = 'theorem t:\n  shows "True"\nproof -\n  show ?thesis sorry\nqed'
    plain, proof, above = split_statement(type(STATEMENT)("t", text, STATEMENT.header, place=Position(4, 15)))
    assert (plain.text, above, plain.place) == ('theorem t:\n  shows "True"', 2, None)
    assert proof == "proof -\n  show ?thesis sorry\nqed"
