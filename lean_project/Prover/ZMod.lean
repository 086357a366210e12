module

public import Prover.Finset

/-! The integers modulo `n`, as in Mathlib: the integers for 0, `Fin n` otherwise. -/

@[expose] public noncomputable section

/-- Mathlib's `ZMod`, by the same two cases. -/
def ZMod : Nat → Type
  | 0 => Int
  | n + 1 => Fin (n + 1)

namespace ZMod

instance commRing : (n : Nat) → Lean.Grind.CommRing (ZMod n)
  | 0 => inferInstanceAs (Lean.Grind.CommRing Int)
  | n + 1 => inferInstanceAs (Lean.Grind.CommRing (Fin (n + 1)))

instance decEq : (n : Nat) → DecidableEq (ZMod n)
  | 0 => inferInstanceAs (DecidableEq Int)
  | n + 1 => inferInstanceAs (DecidableEq (Fin (n + 1)))

instance (n : Nat) : NatCast (ZMod n) := Lean.Grind.Semiring.natCast
instance (n : Nat) : IntCast (ZMod n) := Lean.Grind.Ring.intCast

instance (n : Nat) : Fintype (ZMod (n + 1)) := inferInstanceAs (Fintype (Fin (n + 1)))

/-- The extended Euclidean algorithm of Mathlib's `Nat.xgcdAux`: the coefficient of the first number. -/
def xgcdAux : Nat → Nat → Int → Nat → Int → Int
  | 0, _, _, _, s' => s'
  | fuel + 1, r, s, r', s' => if r = 0 then s' else xgcdAux fuel (r' % r) (s' - (r' / r : Nat) * s) r s

/-- Mathlib's `Nat.gcdA`: the Bézout coefficient of `x`. The first argument falls at each step, so `x + 1` steps do. -/
def gcdA (x y : Nat) : Int := xgcdAux (x + 1) x 1 y 0

/-- Mathlib's `ZMod.val`. -/
def val : {n : Nat} → ZMod n → Nat
  | 0, a => Int.natAbs a
  | _ + 1, a => Fin.val a

/-- Mathlib's `ZMod.inv`: the sign for `n = 0`, else the Bézout coefficient, so that `a * a⁻¹ = gcd a n`. -/
def inv : {n : Nat} → ZMod n → ZMod n
  | 0, a => Int.sign a
  | n + 1, a => ((gcdA (Fin.val a) (n + 1) : Int) : ZMod (n + 1))

instance (n : Nat) : Inv (ZMod n) := ⟨inv⟩
instance (n : Nat) : Div (ZMod n) := ⟨fun a b => a * b⁻¹⟩

/-- Statements about every residue are decided by trying them all. -/
instance decidableForall {n : Nat} {p : ZMod (n + 1) → Prop} [DecidablePred p] : Decidable (∀ x, p x) :=
  inferInstanceAs (Decidable (∀ x : Fin (n + 1), p x))

end ZMod
