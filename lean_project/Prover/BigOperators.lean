module

public import Prover.Finset

/-! Sums and products over finite sets, with Mathlib's notation and the lemmas that proofs use most. -/

@[expose] public noncomputable section

set_option linter.unusedSectionVars false
-- A notation must not need an auxiliary constant that importers do not see.
set_option compiler.extract_closed false

universe u v

/-- The sum of a list of values, from the right. -/
def List.addUp {α : Type u} {β : Type v} [Add β] [OfNat β 0] (f : α → β) : List α → β
  | [] => 0
  | a :: l => f a + List.addUp f l

/-- The product of a list of values, from the right. -/
def List.mulUp {α : Type u} {β : Type v} [Mul β] [OfNat β 1] (f : α → β) : List α → β
  | [] => 1
  | a :: l => f a * List.mulUp f l

theorem List.Perm.addUp_eq {α : Type u} {β : Type v} [Add β] [OfNat β 0] [AddLaws β] {f : α → β} {l m : List α}
    (h : l.Perm m) : l.addUp f = m.addUp f := by
  induction h with
  | nil => rfl
  | cons a _ ih => simp [List.addUp, ih]
  | swap a b l =>
    simp only [List.addUp]
    rw [← AddLaws.add_assoc', ← AddLaws.add_assoc', AddLaws.add_comm' (f b)]
  | trans _ _ h₁ h₂ => exact h₁.trans h₂

theorem List.Perm.mulUp_eq {α : Type u} {β : Type v} [Mul β] [OfNat β 1] [MulLaws β] {f : α → β} {l m : List α}
    (h : l.Perm m) : l.mulUp f = m.mulUp f := by
  induction h with
  | nil => rfl
  | cons a _ ih => simp [List.mulUp, ih]
  | swap a b l =>
    simp only [List.mulUp]
    rw [← MulLaws.mul_assoc', ← MulLaws.mul_assoc', MulLaws.mul_comm' (f b)]
  | trans _ _ h₁ h₂ => exact h₁.trans h₂

namespace Finset

variable {α : Type u} {β : Type v}

section Sum
variable [Add β] [OfNat β 0] [AddLaws β]

/-- Mathlib's `Finset.sum`: the sum of `f` over the members, in any order (`List.Perm.addUp_eq`). -/
def sum (s : Finset α) (f : α → β) : β := s.lift (fun l => l.addUp f) fun _ _ h => h.addUp_eq

end Sum

section Prod
variable [Mul β] [OfNat β 1] [MulLaws β]

/-- Mathlib's `Finset.prod`: the product of `f` over the members, in any order (`List.Perm.mulUp_eq`). -/
def prod (s : Finset α) (f : α → β) : β := s.lift (fun l => l.mulUp f) fun _ _ h => h.mulUp_eq

end Prod

/-- Mathlib's `∑ x ∈ s, f x`. -/
syntax (name := bigsum) "∑ " ident (" ∈ " <|> " in ") term ", " term:67 : term
/-- Mathlib's `∏ x ∈ s, f x`. -/
syntax (name := bigprod) "∏ " ident (" ∈ " <|> " in ") term ", " term:67 : term
/-- Mathlib's `∑ x, f x` over a finite type. -/
syntax (name := bigsumUniv) "∑ " ident (" : " term)? ", " term:67 : term
/-- Mathlib's `∏ x, f x` over a finite type. -/
syntax (name := bigprodUniv) "∏ " ident (" : " term)? ", " term:67 : term
macro_rules (kind := bigsum)
  | `(∑ $x:ident ∈ $s, $v) => `(Finset.sum $s fun $x:ident => $v)
  | `(∑ $x:ident in $s, $v) => `(Finset.sum $s fun $x:ident => $v)
macro_rules (kind := bigprod)
  | `(∏ $x:ident ∈ $s, $v) => `(Finset.prod $s fun $x:ident => $v)
  | `(∏ $x:ident in $s, $v) => `(Finset.prod $s fun $x:ident => $v)
macro_rules (kind := bigsumUniv)
  | `(∑ $x:ident, $v) => `(Finset.sum Finset.univ fun $x:ident => $v)
  | `(∑ $x:ident : $t, $v) => `(Finset.sum Finset.univ fun $x:ident : $t => $v)
macro_rules (kind := bigprodUniv)
  | `(∏ $x:ident, $v) => `(Finset.prod Finset.univ fun $x:ident => $v)
  | `(∏ $x:ident : $t, $v) => `(Finset.prod Finset.univ fun $x:ident : $t => $v)

/-- Shows a sum in Mathlib's notation. -/
@[app_unexpander Finset.sum] meta def unexpandSum : Lean.PrettyPrinter.Unexpander
  | `($_ $s fun $x:ident => $v) => `(∑ $x:ident ∈ $s, $v)
  | _ => throw ()
/-- Shows a product in Mathlib's notation. -/
@[app_unexpander Finset.prod] meta def unexpandProd : Lean.PrettyPrinter.Unexpander
  | `($_ $s fun $x:ident => $v) => `(∏ $x:ident ∈ $s, $v)
  | _ => throw ()

section SumLemmas
variable [Add β] [OfNat β 0] [AddLaws β]

theorem addUp_append (f : α → β) : ∀ l m : List α, (l ++ m).addUp f = l.addUp f + m.addUp f
  | [], m => by simp [List.addUp, AddLaws.zero_add']
  | a :: l, m => by simp [List.addUp, addUp_append f l m, AddLaws.add_assoc']

theorem addUp_congr {f g : α → β} : ∀ {l : List α}, (∀ x, x ∈ l → f x = g x) → l.addUp f = l.addUp g
  | [], _ => rfl
  | a :: l, h => by
    simp only [List.addUp]
    rw [h a (by simp), addUp_congr fun x hx => h x (by simp [hx])]

theorem sum_congr {s t : Finset α} {f g : α → β} (h : s = t) (hfg : ∀ x, x ∈ t → f x = g x) :
    s.sum f = t.sum g := by
  subst h
  induction s using ind with | _ l hl
  exact addUp_congr hfg

@[simp] theorem sum_empty (f : α → β) : (∅ : Finset α).sum f = 0 := rfl
@[simp] theorem sum_singleton (f : α → β) (a : α) : ({a} : Finset α).sum f = f a := by
  show f a + 0 = f a
  rw [AddLaws.add_comm', AddLaws.zero_add']
@[simp] theorem sum_insert [DecidableEq α] {f : α → β} {a : α} {s : Finset α} (h : a ∉ s) :
    (insert a s).sum f = f a + s.sum f := by
  induction s using ind with | _ l hl
  have e : (insert a (ofList l hl) : Finset α) = ofList (a :: l) (List.nodup_cons.2 ⟨h, hl⟩) :=
    ext fun x => by simp
  rw [e]; rfl
@[simp, grind =] theorem sum_range_zero (f : Nat → β) : (range 0).sum f = 0 := rfl
@[grind =] theorem sum_range_succ (f : Nat → β) (n : Nat) : (range (n + 1)).sum f = (range n).sum f + f n := by
  show (List.range (n + 1)).addUp f = (List.range n).addUp f + f n
  rw [List.range_succ, addUp_append]
  congr 1
  show f n + 0 = f n
  rw [AddLaws.add_comm', AddLaws.zero_add']
@[simp] theorem sum_range_one (f : Nat → β) : (range 1).sum f = f 0 := by
  rw [sum_range_succ, sum_range_zero, AddLaws.zero_add']
theorem sum_Icc_eq_addUp (f : Nat → β) (a b : Nat) : (Icc a b).sum f = (List.range' a (b + 1 - a)).addUp f := rfl
theorem sum_range_eq_addUp (f : Nat → β) (n : Nat) : (range n).sum f = (List.range n).addUp f := rfl
@[simp] theorem sum_Icc_of_lt (f : Nat → β) {a b : Nat} (h : b < a) : (Icc a b).sum f = 0 := by
  rw [sum_Icc_eq_addUp, Nat.sub_eq_zero_of_le h]; rfl
@[grind =>] theorem sum_Icc_succ_top {a b : Nat} (h : a ≤ b + 1) (f : Nat → β) :
    (Icc a (b + 1)).sum f = (Icc a b).sum f + f (b + 1) := by
  rw [sum_Icc_eq_addUp, sum_Icc_eq_addUp]
  have e : b + 1 + 1 - a = (b + 1 - a) + 1 := by omega
  rw [e, List.range'_concat, addUp_append]
  congr 1
  show f (a + 1 * (b + 1 - a)) + 0 = f (b + 1)
  rw [AddLaws.add_comm', AddLaws.zero_add']
  congr 1; omega
/-- A sum that starts at 1 grows by its last term. -/
@[grind =] theorem sum_Icc_one_succ (f : Nat → β) (n : Nat) :
    (Icc 1 (n + 1)).sum f = (Icc 1 n).sum f + f (n + 1) := sum_Icc_succ_top (by omega) f
@[simp, grind =] theorem sum_Icc_one_zero (f : Nat → β) : (Icc 1 0).sum f = 0 := rfl
@[simp] theorem sum_Icc_self (f : Nat → β) (a : Nat) : (Icc a a).sum f = f a := by
  rw [sum_Icc_eq_addUp, Nat.add_sub_cancel_left]
  show f a + 0 = f a
  rw [AddLaws.add_comm', AddLaws.zero_add']
theorem addUp_add (f g : α → β) : ∀ l : List α, l.addUp (fun x => f x + g x) = l.addUp f + l.addUp g
  | [] => (AddLaws.zero_add' (0 : β)).symm
  | a :: l => by
    simp only [List.addUp, addUp_add f g l]
    rw [AddLaws.add_assoc', AddLaws.add_assoc', ← AddLaws.add_assoc' (g a), AddLaws.add_comm' (g a) (l.addUp f),
      AddLaws.add_assoc']
theorem sum_add_distrib {s : Finset α} {f g : α → β} : s.sum (fun x => f x + g x) = s.sum f + s.sum g := by
  induction s using ind with | _ l hl
  exact addUp_add f g l
end SumLemmas

section ProdLemmas
variable [Mul β] [OfNat β 1] [MulLaws β]

theorem mulUp_append (f : α → β) : ∀ l m : List α, (l ++ m).mulUp f = l.mulUp f * m.mulUp f
  | [], m => by simp [List.mulUp, MulLaws.one_mul']
  | a :: l, m => by simp [List.mulUp, mulUp_append f l m, MulLaws.mul_assoc']

theorem mulUp_congr {f g : α → β} : ∀ {l : List α}, (∀ x, x ∈ l → f x = g x) → l.mulUp f = l.mulUp g
  | [], _ => rfl
  | a :: l, h => by
    simp only [List.mulUp]
    rw [h a (by simp), mulUp_congr fun x hx => h x (by simp [hx])]

theorem prod_congr {s t : Finset α} {f g : α → β} (h : s = t) (hfg : ∀ x, x ∈ t → f x = g x) :
    s.prod f = t.prod g := by
  subst h
  induction s using ind with | _ l hl
  exact mulUp_congr hfg

@[simp] theorem prod_empty (f : α → β) : (∅ : Finset α).prod f = 1 := rfl
@[simp] theorem prod_singleton (f : α → β) (a : α) : ({a} : Finset α).prod f = f a := by
  show f a * 1 = f a
  rw [MulLaws.mul_comm', MulLaws.one_mul']
@[simp, grind =] theorem prod_range_zero (f : Nat → β) : (range 0).prod f = 1 := rfl
@[grind =] theorem prod_range_succ (f : Nat → β) (n : Nat) :
    (range (n + 1)).prod f = (range n).prod f * f n := by
  show (List.range (n + 1)).mulUp f = (List.range n).mulUp f * f n
  rw [List.range_succ, mulUp_append]
  congr 1
  show f n * 1 = f n
  rw [MulLaws.mul_comm', MulLaws.one_mul']
@[simp] theorem prod_range_one (f : Nat → β) : (range 1).prod f = f 0 := by
  rw [prod_range_succ, prod_range_zero, MulLaws.one_mul']
theorem prod_Icc_eq_mulUp (f : Nat → β) (a b : Nat) : (Icc a b).prod f = (List.range' a (b + 1 - a)).mulUp f := rfl
@[grind =>] theorem prod_Icc_succ_top {a b : Nat} (h : a ≤ b + 1) (f : Nat → β) :
    (Icc a (b + 1)).prod f = (Icc a b).prod f * f (b + 1) := by
  rw [prod_Icc_eq_mulUp, prod_Icc_eq_mulUp]
  have e : b + 1 + 1 - a = (b + 1 - a) + 1 := by omega
  rw [e, List.range'_concat, mulUp_append]
  congr 1
  show f (a + 1 * (b + 1 - a)) * 1 = f (b + 1)
  rw [MulLaws.mul_comm', MulLaws.one_mul']
  congr 1; omega
/-- A product that starts at 1 grows by its last factor. -/
@[grind =] theorem prod_Icc_one_succ (f : Nat → β) (n : Nat) :
    (Icc 1 (n + 1)).prod f = (Icc 1 n).prod f * f (n + 1) := prod_Icc_succ_top (by omega) f
@[simp, grind =] theorem prod_Icc_one_zero (f : Nat → β) : (Icc 1 0).prod f = 1 := rfl
end ProdLemmas

section Semiring
variable [Lean.Grind.CommSemiring β]

theorem sum_const_nat (s : Finset α) (c : Nat) : s.sum (fun _ => c) = s.card * c := by
  induction s using ind with | _ l hl
  show l.addUp (fun _ => c) = l.length * c
  clear hl
  induction l with
  | nil => simp [List.addUp]
  | cons a l ih => simp [List.addUp, ih, Nat.add_mul, Nat.add_comm]

theorem mul_sum (s : Finset α) (f : α → β) (c : β) : c * s.sum f = s.sum fun x => c * f x := by
  induction s using ind with | _ l hl
  show c * l.addUp f = l.addUp fun x => c * f x
  clear hl
  induction l with
  | nil => exact Lean.Grind.Semiring.mul_zero c
  | cons a l ih => simp only [List.addUp]; rw [Lean.Grind.Semiring.left_distrib, ih]

theorem sum_mul (s : Finset α) (f : α → β) (c : β) : s.sum f * c = s.sum fun x => f x * c := by
  rw [Lean.Grind.CommSemiring.mul_comm, mul_sum]
  exact sum_congr rfl fun x _ => Lean.Grind.CommSemiring.mul_comm _ _
end Semiring

@[simp] theorem sum_const_zero_nat (s : Finset α) : s.sum (fun _ => (0 : Nat)) = 0 := by simp [sum_const_nat]
@[simp] theorem card_eq_sum_ones (s : Finset α) : s.sum (fun _ => (1 : Nat)) = s.card := by simp [sum_const_nat]

/-- Mathlib's `Finset.sum_range_id_mul_two`. -/
theorem sum_range_id_mul_two (n : Nat) : (range n).sum (fun i => i) * 2 = n * (n - 1) := by
  induction n with
  | zero => rfl
  | succ n ih =>
    rw [sum_range_succ, Nat.add_mul, ih]
    cases n with
    | zero => rfl
    | succ n => simp only [Nat.add_sub_cancel]; grind

end Finset
