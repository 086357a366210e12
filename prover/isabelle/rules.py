"""What a text may not contain before Isabelle sees it: decided on tokens, never on raw text.

ML in a theory is arbitrary code, and some commands change what a statement means or add an axiom. A proof may
contain none of that, nor diagnostic commands, which prove nothing and cost time. The kernel's word on the
finished fact (judge.ML) comes on top.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from prover.isabelle.lexer import Token, position, tokens
from prover.isabelle.symbols import stray_character
from prover.types import Position

MAX_CHARS = 1_000_000
"""The longest text that is given to Isabelle."""

ML_METHODS = frozenset({"tactic", "raw_tactic"})
"""Methods that run ML."""

ML = ML_METHODS | frozenset(
    """
    ML ML_val ML_prf ML_command ML_export ML_file ML_file_debug ML_file_no_debug SML_export SML_file
    SML_file_debug SML_file_no_debug SML_import setup local_setup declaration syntax_declaration
    attribute_setup method_setup simproc_setup parse_ast_translation parse_translation print_translation
    typed_print_translation print_ast_translation oracle
    """.split()
)
"""Commands and methods that run ML."""

OUTSIDE = frozenset(
    """
    external_file export_generated_files generate_file export_code code_printing code_reflect
    code_reserved code_identifier code_monad code_pred code_runtime compile_generated_files bibtex_file
    ROOTS_file scala_build_generated_files spark_open spark_open_vcg boogie_file import_file import_tptp
    smt_status
    """.split()
)
"""Commands that read or write files, or reach another language."""

LANGUAGE = frozenset(
    """
    axiomatization judgment consts typedecl overloading translations no_translations syntax no_syntax
    notation no_notation type_notation no_type_notation nonterminal syntax_consts syntax_types
    hide_class hide_const hide_fact hide_type unbundle bundle open_bundle adhoc_overloading
    no_adhoc_overloading default_sort write alias type_alias
    """.split()
)
"""Commands that add axioms or change what a term means."""

DIAGNOSTIC = frozenset(
    """
    nitpick nitpick_params quickcheck quickcheck_params quickcheck_generator value values values_prolog
    sledgehammer sledgehammer_params try try0 solve_direct find_theorems find_consts find_unused_assms
    unused_thms refute refute_params thm thm_deps thm_oracles prf full_prf prop term typ print_commands
    print_theorems print_state print_context print_methods print_facts print_theory welcome help
    kill_proof mirabelle print_attributes print_bundles print_rules print_simpset print_syntax
    print_cases print_options class_deps
    """.split()
)
"""Commands that only print."""

THEORY = frozenset(
    """
    theory imports begin end theorem lemma corollary proposition schematic_goal definition abbreviation
    type_synonym datatype codatatype record primrec primcorec primcorecursive fun function termination
    partial_function inductive inductive_set coinductive coinductive_set inductive_cases inductive_simps
    fun_cases typedef quotient_type quotient_definition lift_definition instantiation instance class
    subclass locale sublocale interpretation global_interpretation context experiment notepad lemmas
    named_theorems declare section subsection subsubsection chapter paragraph subparagraph text text_raw
    txt method free_constructors copy_bnf lift_bnf bnf bnf_axiomatization old_rep_datatype specification
    private qualified code_datatype code_abort code_deps code_thms lifting_forget lifting_update
    rewrite_rule realizers realizability extract extract_type functor parametric_constant derive
    nominal_datatype oops
    """.split()
)
"""Commands of a theory's body, which a proof has no use for."""

GIVES_UP = frozenset({"sorry", "oops", "\\<proof>"})

_IN_PROOF = ML | OUTSIDE | LANGUAGE | DIAGNOSTIC | THEORY
_IN_CONTEXT = ML | OUTSIDE | LANGUAGE | frozenset({"bnf_axiomatization", "specification", "oops"})
_MARKUP = ("\\<comment>", "\\<marker>", "\\<^marker>", "\\<^cancel>", "\\<^latex>", "@")

_DOCUMENT = frozenset(
    "chapter section subsection subsubsection paragraph subparagraph text txt text_raw".split()
)
_METHOD = re.compile(r"(?<![A-Za-z])tactic(?![A-Za-z0-9_']|\.[A-Za-z])")
_ANTIQUOTATION = re.compile(rf"(?<![A-Za-z])(?:define_)?ML(?![A-Za-z0-9'])|{_METHOD.pattern}")
_CONTROL = re.compile(r"\\<\^(?:define_)?ML")
_CODE = re.compile(r'\\(?:([01]\d\d|2[0-4]\d|25[0-5])|([\\"`]))')
_NESTING = 8
"""How often one string may stand in another."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a text is not given to Isabelle, and where the reason stands in the text as encoded."""

    reason: str
    place: Position


def refusal_in_proof(text: str, holes: bool = False) -> Refusal | None:
    """Why an encoded proof body is refused; `holes`: whether it may still have `sorry`s."""
    return _refusal(text, _IN_PROOF, settings=False, holes=holes)


def refusal_in_context(text: str) -> Refusal | None:
    """Why the encoded text before a statement is refused: definitions and lemmas are welcome there."""
    return _refusal(text, _IN_CONTEXT, settings=True, holes=True)


def _refusal(text: str, denied: frozenset[str], settings: bool, holes: bool) -> Refusal | None:
    if len(text) > MAX_CHARS:
        return Refusal(f"longer than {MAX_CHARS} characters", Position(1, 0))
    stray = stray_character(text)
    if stray is not None:
        return Refusal(f"control character U+{ord(text[stray]):04X}", position(text, stray))
    before: Token | None = None
    for token in tokens(text):
        reason = _reason(token, before, denied, settings, holes)
        if reason:
            return Refusal(reason, position(text, token.start))
        if token.kind != "comment":
            before = token
    return None


def _reason(token: Token, before: Token | None, denied: frozenset[str], settings: bool, holes: bool) -> str:
    """Why this token cannot pass; empty where it can."""
    if token.kind == "unclosed":
        return f"{token.text[:2].strip()} is never closed"
    if token.kind == "ambiguous":
        return f"{token.text} means different things to different versions of Isabelle"
    if token.text in GIVES_UP and token.kind in ("word", "symbol"):
        return "" if holes and token.text == "sorry" else f"{token.text} gives the proof up"
    if token.kind == "word" and (token.text in denied or token.text.rpartition(".")[2] in ML_METHODS):
        return f"{token.text} is forbidden"
    if token.kind in ("string", "cartouche"):
        in_document = before is not None and before.kind == "word" and before.text in _DOCUMENT
        return "ML in a text is forbidden" if _holds_ml(token.text, in_document) else ""
    if token.kind == "symbol" and token.text in _MARKUP:
        return f"{token.text} is forbidden"
    twice = token.text == "[" and before is not None and before.text == "["
    return "[[…]] sets an option, which is forbidden" if twice and not settings else ""


def _holds_ml(text: str, in_document: bool) -> bool:
    """Whether a string or cartouche may make Isabelle run ML: as a method's name or text, or in a document.

    A name may be qualified, and each string in a string may spell its characters by codes (`"tac\\116ic"`).
    """
    for _ in range(_NESTING):
        start = text.find("@{")
        antiquoted = start >= 0 and _ANTIQUOTATION.search(text, start)
        in_method = not in_document and ("\\<comment>" in text or _METHOD.search(text))
        if antiquoted or in_method or _CONTROL.search(text):
            return True
        decoded = _CODE.sub(_character, text)
        if decoded == text:
            return False
        text = decoded
    return True


def _character(code: re.Match[str]) -> str:
    return chr(int(code[1])) if code[1] else code[2]
