"""Isabelle's symbols: Unicode as people and models write it, and the ASCII form that the prover reads."""

from __future__ import annotations

import re

_NAMED = """
∀ forall ∃ exists ∄ nexists λ lambda ⇒ Rightarrow → rightarrow ⟶ longrightarrow ⟹ Longrightarrow ⟷
longleftrightarrow ↔ leftrightarrow ⟺ Longleftrightarrow ⇔ Leftrightarrow ⋀ And ⋁ Or ∧ and ∨ or ¬ not ≠
noteq ≤ le ≥ ge ≪ lless ≫ ggreater ∈ in ∉ notin ∪ union ∩ inter ⋃ Union ⋂ Inter ⊆ subseteq ⊂ subset ⊇
supseteq ⊃ supset ∅ emptyset × times ⋅ cdot ∘ circ ∙ bullet ⊢ turnstile ⊨ Turnstile ≡ equiv ≈ approx ∼ sim ≃
simeq ≅ cong ∝ propto ∞ infinity ∂ partial ∇ nabla ∑ Sum ∏ Prod ∫ integral √ surd ± plusminus ∓ minusplus ÷
div … dots ⌊ lfloor ⌋ rfloor ⌈ lceil ⌉ rceil ⟨ langle ⟩ rangle ⟦ lbrakk ⟧ rbrakk ⦇ lparr ⦈ rparr ‹ open ›
close « guillemotleft » guillemotright ↦ mapsto ⟼ longmapsto ← leftarrow ⟵ longleftarrow ⇐ Leftarrow ⟸
Longleftarrow ⊥ bottom ⊤ top ⊓ sqinter ⊔ squnion ⊕ oplus ⊗ otimes ⊙ odot ⊖ ominus ∥ parallel ∖
setminus ° degree ½ onehalf ¼ onequarter ℕ nat ℤ int ℚ rat ℝ real ℂ complex ℵ aleph α alpha β beta γ
gamma δ delta ε epsilon ζ zeta η eta θ theta ι iota κ kappa μ mu ν nu ξ xi π pi ρ rho σ sigma τ tau υ
upsilon φ phi χ chi ψ psi ω omega Γ Gamma Δ Delta Θ Theta Λ Lambda Ξ Xi Π Pi Σ Sigma Υ Upsilon Φ Phi Ψ Psi Ω
Omega ⇩ ^sub ⇧ ^sup ― comment ⌦ ^cancel ✐ ^marker
""".split()

TO_ASCII = {char: f"\\<{name}>" for char, name in zip(_NAMED[::2], _NAMED[1::2], strict=True)}
_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")

_CONTROL = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x9f\u200b-\u200f\u2028-\u202f\u2066-\u2069\ufeff]"
)
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")


def encode(text: str) -> str:
    """The text with Isabelle's ASCII names for the symbols that have one, and LF line ends."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text if text.isascii() else _NOT_ASCII.sub(lambda found: _encoded(found[0]), text)


def _encoded(char: str) -> str:
    if char.isascii():
        return char
    if char in "₀₁₂₃₄₅₆₇₈₉":
        return "\\<^sub>" + char.translate(_SUBSCRIPTS)
    if char in "⁰¹²³⁴⁵⁶⁷⁸⁹":
        return "\\<^sup>" + char.translate(_SUPERSCRIPTS)
    return TO_ASCII.get(char, char)


def source_column(line: str, column: int) -> int:
    """The column in `line` (code points, from 0) that is byte `column` of its encoded form."""
    size = 0
    for index, char in enumerate(line):
        if size >= column:
            return index
        size += len(_encoded(char).encode())
    return len(line)


def stray_character(text: str) -> int | None:
    """The index of the first control or invisible character that no source text should have, or None."""
    found = _CONTROL.search(text)
    return found.start() if found else None
