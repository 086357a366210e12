module

public import Prover.Set

/-! Finite sets, their cardinality, sums and products, as quotients of duplicate-free lists. -/

@[expose] public noncomputable section

set_option linter.unusedSectionVars false
-- A notation must not need an auxiliary constant that importers do not see.
set_option compiler.extract_closed false

universe u v

/-- Duplicate-free lists with the same members are permutations of each other. -/
theorem List.Nodup.perm_of_mem_iff {α : Type u} : ∀ {l₁ l₂ : List α}, l₁.Nodup → l₂.Nodup →
    (∀ x, x ∈ l₁ ↔ x ∈ l₂) → l₁.Perm l₂
  | [], l₂, _, _, h => by
    cases l₂ with
    | nil => exact List.Perm.refl _
    | cons b l => exact absurd ((h b).2 (by simp)) (by simp)
  | a :: l, l₂, h₁, h₂, h => by
    obtain ⟨s, t, rfl⟩ := List.append_of_mem ((h a).1 (by simp))
    have h₃ : (a :: (s ++ t)).Nodup := (List.perm_middle.pairwise_iff (fun h => Ne.symm h)).1 h₂
    rw [List.nodup_cons] at h₁ h₃
    refine List.Perm.trans (List.Perm.cons a (perm_of_mem_iff h₁.2 h₃.2 fun x => ?_)) List.perm_middle.symm
    have hx := h x
    by_cases e : x = a
    · subst e; exact ⟨fun h => absurd h h₁.1, fun h => absurd h h₃.1⟩
    · simp [e] at hx ⊢; exact hx

/-- What Mathlib's `AddCommMonoid` says of `+` and `0`, as a property: so a sum uses the type's own `+` and `0`. -/
class AddLaws (β : Type v) [Add β] [OfNat β 0] : Prop where
  add_assoc' : ∀ a b c : β, a + b + c = a + (b + c)
  add_comm' : ∀ a b : β, a + b = b + a
  zero_add' : ∀ a : β, 0 + a = a

/-- What Mathlib's `CommMonoid` says of `*` and `1`, as a property. -/
class MulLaws (β : Type v) [Mul β] [OfNat β 1] : Prop where
  mul_assoc' : ∀ a b c : β, a * b * c = a * (b * c)
  mul_comm' : ∀ a b : β, a * b = b * a
  one_mul' : ∀ a : β, 1 * a = a

instance : AddLaws Nat := ⟨Nat.add_assoc, Nat.add_comm, Nat.zero_add⟩
instance : MulLaws Nat := ⟨Nat.mul_assoc, Nat.mul_comm, Nat.one_mul⟩
instance : AddLaws Int := ⟨Int.add_assoc, Int.add_comm, Int.zero_add⟩
instance : MulLaws Int := ⟨Int.mul_assoc, Int.mul_comm, Int.one_mul⟩
instance : AddLaws Rat := ⟨Rat.add_assoc, Rat.add_comm, Rat.zero_add⟩
instance : MulLaws Rat := ⟨Rat.mul_assoc, Rat.mul_comm, Rat.one_mul⟩
instance (priority := low) {β : Type v} [Lean.Grind.CommSemiring β] : AddLaws β where
  add_assoc' := Lean.Grind.Semiring.add_assoc
  add_comm' := Lean.Grind.Semiring.add_comm
  zero_add' a := by rw [Lean.Grind.Semiring.add_comm]; exact Lean.Grind.Semiring.add_zero a
instance (priority := low) {β : Type v} [Lean.Grind.CommSemiring β] : MulLaws β where
  mul_assoc' := Lean.Grind.Semiring.mul_assoc
  mul_comm' := Lean.Grind.CommSemiring.mul_comm
  one_mul' := Lean.Grind.Semiring.one_mul

/-- Mathlib's `Finset`: there a duplicate-free list up to permutation, here a duplicate-free list up to having the same
members, which for such lists is the same relation (`List.Nodup.perm_of_mem_iff`). -/
def Finset (α : Type u) : Type u :=
  Quot fun a b : {l : List α // l.Nodup} => ∀ x, x ∈ a.1 ↔ x ∈ b.1

namespace Finset

variable {α : Type u} {β : Type v}

/-- The finite set of a duplicate-free list's members. -/
def ofList (l : List α) (h : l.Nodup) : Finset α := Quot.mk _ ⟨l, h⟩

/-- A function of duplicate-free lists that does not see their order is one of finite sets. -/
def lift {γ : Sort v} (f : List α → γ) (h : ∀ a b : List α, a.Perm b → f a = f b) (s : Finset α) : γ :=
  Quot.lift (fun l : {l : List α // l.Nodup} => f l.1)
    (fun a b e => h a.1 b.1 (List.Nodup.perm_of_mem_iff a.2 b.2 e)) s

instance : Membership α (Finset α) :=
  ⟨fun s a => s.lift (fun l => a ∈ l) fun _ _ e => propext e.mem_iff⟩

/-- Mathlib's `Finset.card`: the length of the list. -/
def card (s : Finset α) : Nat := s.lift List.length fun _ _ e => e.length_eq

theorem ind {p : Finset α → Prop} (h : ∀ l hl, p (ofList l hl)) (s : Finset α) : p s := by
  induction s using Quot.ind with | mk l => exact h l.1 l.2

@[simp, grind =] theorem mem_ofList {l : List α} {h : l.Nodup} {a : α} : a ∈ ofList l h ↔ a ∈ l := Iff.rfl
@[simp] theorem card_ofList {l : List α} {h : l.Nodup} : card (ofList l h) = l.length := rfl

@[ext] theorem ext {s t : Finset α} (h : ∀ x, x ∈ s ↔ x ∈ t) : s = t := by
  induction s using ind with | _ l hl
  induction t using ind with | _ m hm
  exact Quot.sound h

instance [DecidableEq α] (a : α) (s : Finset α) : Decidable (a ∈ s) :=
  Quot.recOnSubsingleton (motive := fun s : Finset α => Decidable (a ∈ s)) s
    fun l => inferInstanceAs (Decidable (a ∈ l.1))

/-- A map of lists that keeps them free of duplicates and does not see the order is one of finite sets. -/
def mapList (f : List α → List β) (hn : ∀ l, l.Nodup → (f l).Nodup)
    (hm : ∀ a b : List α, (∀ x, x ∈ a ↔ x ∈ b) → ∀ y, y ∈ f a ↔ y ∈ f b) (s : Finset α) : Finset β :=
  Quot.lift (fun l : {l : List α // l.Nodup} => ofList (f l.1) (hn _ l.2))
    (fun a b e => Quot.sound (hm a.1 b.1 e)) s

/-- Mathlib's `Finset.filter`. -/
def filter (p : α → Prop) [DecidablePred p] (s : Finset α) : Finset α :=
  s.mapList (List.filter fun x => decide (p x)) (fun _ h => List.Pairwise.filter _ h)
    (fun a b h y => by simp [h y])

/-- `{x ∈ s | p x}` of a finite set, as in Mathlib. -/
@[simp, grind =] theorem mem_filter {p : α → Prop} [DecidablePred p] {s : Finset α} {a : α} :
    a ∈ s.filter p ↔ a ∈ s ∧ p a := by
  induction s using ind with | _ l hl
  exact (List.mem_filter (as := l)).trans (by simp)

/-- The list without repetitions (the last occurrence stays). -/
def dedup [DecidableEq α] : List α → List α
  | [] => []
  | a :: l => if a ∈ l then dedup l else a :: dedup l

theorem mem_dedup [DecidableEq α] {a : α} : ∀ {l : List α}, a ∈ dedup l ↔ a ∈ l
  | [] => Iff.rfl
  | b :: l => by
    by_cases h : b ∈ l
    · simp only [dedup, h, if_true, mem_dedup, List.mem_cons]
      exact ⟨Or.inr, fun e => e.elim (fun e => e ▸ h) id⟩
    · simp only [dedup, h, if_false, mem_dedup, List.mem_cons]

theorem nodup_dedup [DecidableEq α] : ∀ l : List α, (dedup l).Nodup
  | [] => List.nodup_nil
  | b :: l => by
    by_cases h : b ∈ l
    · simp only [dedup, h, if_true]; exact nodup_dedup l
    · simp only [dedup, h, if_false]
      exact List.nodup_cons.2 ⟨fun e => h (mem_dedup.1 e), nodup_dedup l⟩

end Finset

/-- Mathlib's `List.toFinset`. -/
def List.toFinset {α : Type u} [DecidableEq α] (l : List α) : Finset α :=
  Finset.ofList (Finset.dedup l) (Finset.nodup_dedup l)

@[simp, grind =] theorem List.mem_toFinset {α : Type u} [DecidableEq α] {l : List α} {a : α} :
    a ∈ l.toFinset ↔ a ∈ l := Finset.mem_dedup

namespace Finset

variable {α : Type u} {β : Type v}

/-- Mathlib's `Finset.image`. -/
def image [DecidableEq β] (f : α → β) (s : Finset α) : Finset β :=
  s.lift (fun l => (l.map f).toFinset) fun _ _ e => ext fun x => by simp [e.mem_iff]

instance : EmptyCollection (Finset α) := ⟨ofList [] List.nodup_nil⟩
instance : Singleton α (Finset α) := ⟨fun a => ofList [a] (by simp)⟩
instance [DecidableEq α] : Insert α (Finset α) :=
  ⟨fun a s => s.lift (fun l => (a :: l).toFinset) fun _ _ e => ext fun x => by simp [e.mem_iff]⟩
instance [DecidableEq α] : Union (Finset α) :=
  ⟨fun s t => s.lift (fun l => t.lift (fun m => (l ++ m).toFinset)
    fun _ _ e => ext fun x => by simp [e.mem_iff]) fun _ _ e => by
      induction t using ind with | _ m hm
      exact ext fun x => by simp [lift, ofList, e.mem_iff]⟩
instance [DecidableEq α] : Inter (Finset α) := ⟨fun s t => s.filter (· ∈ t)⟩
instance [DecidableEq α] : SDiff (Finset α) := ⟨fun s t => s.filter (· ∉ t)⟩
/-- Mathlib's `Finset.erase`. -/
def erase [DecidableEq α] (s : Finset α) (a : α) : Finset α := s.filter (· ≠ a)
instance : HasSubset (Finset α) := ⟨fun s t => ∀ ⦃a⦄, a ∈ s → a ∈ t⟩
/-- Mathlib's `Finset.Nonempty`. -/
protected def Nonempty (s : Finset α) : Prop := ∃ x, x ∈ s
/-- A finite set as a set, as in Mathlib. -/
instance : CoeTail (Finset α) (Set α) := ⟨fun s => setOf fun x => x ∈ s⟩
/-- A finite set used as a type is the subtype of its members. -/
instance : CoeSort (Finset α) (Type u) := ⟨fun s => {x : α // x ∈ s}⟩

@[simp, grind ←] theorem notMem_empty (a : α) : ¬ a ∈ (∅ : Finset α) := List.not_mem_nil
@[simp, grind =] theorem mem_singleton {a b : α} : a ∈ ({b} : Finset α) ↔ a = b := List.mem_singleton
@[simp, grind =] theorem mem_image [DecidableEq β] {f : α → β} {s : Finset α} {y : β} :
    y ∈ s.image f ↔ ∃ x, x ∈ s ∧ f x = y := by
  induction s using ind with | _ l hl
  exact List.mem_toFinset.trans List.mem_map
@[simp, grind =] theorem mem_insert [DecidableEq α] {a b : α} {s : Finset α} :
    a ∈ insert b s ↔ a = b ∨ a ∈ s := by
  induction s using ind with | _ l hl
  exact List.mem_toFinset.trans List.mem_cons
@[simp, grind =] theorem mem_union [DecidableEq α] {a : α} {s t : Finset α} :
    a ∈ s ∪ t ↔ a ∈ s ∨ a ∈ t := by
  induction s using ind with | _ l hl
  induction t using ind with | _ m hm
  exact List.mem_toFinset.trans List.mem_append
@[simp, grind =] theorem mem_inter [DecidableEq α] {a : α} {s t : Finset α} :
    a ∈ s ∩ t ↔ a ∈ s ∧ a ∈ t := mem_filter
@[simp, grind =] theorem mem_sdiff [DecidableEq α] {a : α} {s t : Finset α} :
    a ∈ s \ t ↔ a ∈ s ∧ a ∉ t := mem_filter
@[simp, grind =] theorem mem_erase [DecidableEq α] {a b : α} {s : Finset α} :
    a ∈ s.erase b ↔ a ∈ s ∧ a ≠ b := mem_filter

@[simp] theorem card_empty : card (∅ : Finset α) = 0 := rfl
@[simp] theorem card_singleton (a : α) : card ({a} : Finset α) = 1 := rfl
@[simp] theorem card_insert_of_notMem [DecidableEq α] {a : α} {s : Finset α} (h : a ∉ s) :
    card (insert a s) = card s + 1 := by
  induction s using ind with | _ l hl
  have e : (insert a (ofList l hl) : Finset α) = ofList (a :: l) (List.nodup_cons.2 ⟨h, hl⟩) :=
    ext fun x => by simp
  rw [e]; rfl
@[simp] theorem card_eq_zero {s : Finset α} : card s = 0 ↔ s = ∅ := by
  refine ⟨fun h => ?_, fun h => h ▸ rfl⟩
  induction s using ind with | _ l hl
  cases l with
  | nil => rfl
  | cons a l => exact absurd h (by simp)

/-- Mathlib's `LocallyFiniteOrder`: the closed interval is a finite set. -/
class LocallyFinite (α : Type u) [LE α] where
  /-- the closed interval -/
  finsetIcc : α → α → Finset α
  /-- its members -/
  mem_finsetIcc : ∀ a b x, x ∈ finsetIcc a b ↔ a ≤ x ∧ x ≤ b

theorem nodup_map_range (a : Int) (n : Nat) : ((List.range n).map fun i : Nat => a + i).Nodup := by
  refine List.Pairwise.map _ (fun x y h => ?_) List.nodup_range
  simp at h ⊢; omega

instance : LocallyFinite Nat where
  finsetIcc a b := ofList (List.range' a (b + 1 - a)) List.nodup_range'
  mem_finsetIcc a b x := by simp [List.mem_range'_1]; omega
instance : LocallyFinite Int where
  finsetIcc a b := ofList ((List.range (b + 1 - a).toNat).map fun i : Nat => a + i) (nodup_map_range _ _)
  mem_finsetIcc a b x := by
    simp only [mem_ofList, List.mem_map, List.mem_range]
    exact ⟨fun ⟨i, h, e⟩ => by omega, fun h => ⟨(x - a).toNat, by omega, by omega⟩⟩

/-- Mathlib's `Finset.range n`: the numbers below `n`. -/
def range (n : Nat) : Finset Nat := ofList (List.range n) List.nodup_range

section Intervals
variable [LE α] [LocallyFinite α] [DecidableEq α]
/-- Mathlib's closed interval `Finset.Icc`. -/
def Icc (a b : α) : Finset α := LocallyFinite.finsetIcc a b
/-- Mathlib's `Finset.Ico`: the closed interval without its right end. -/
def Ico (a b : α) : Finset α := (Icc a b).filter (· ≠ b)
/-- Mathlib's `Finset.Ioc`: the closed interval without its left end. -/
def Ioc (a b : α) : Finset α := (Icc a b).filter (· ≠ a)
/-- Mathlib's `Finset.Ioo`: the closed interval without its ends. -/
def Ioo (a b : α) : Finset α := (Icc a b).filter fun x => x ≠ a ∧ x ≠ b
end Intervals

@[simp, grind =] theorem mem_range {n m : Nat} : m ∈ range n ↔ m < n := List.mem_range
@[simp, grind =] theorem mem_Icc [LE α] [LocallyFinite α] {a b x : α} : x ∈ Icc a b ↔ a ≤ x ∧ x ≤ b :=
  LocallyFinite.mem_finsetIcc a b x
section Nat
variable {a b x : Nat}
@[simp, grind =] theorem mem_Ico : x ∈ Ico a b ↔ a ≤ x ∧ x < b := by simp [Ico]; omega
@[simp, grind =] theorem mem_Ioc : x ∈ Ioc a b ↔ a < x ∧ x ≤ b := by simp [Ioc]; omega
@[simp, grind =] theorem mem_Ioo : x ∈ Ioo a b ↔ a < x ∧ x < b := by simp [Ioo]; omega
end Nat
section Int
variable {a b x : Int}
@[simp, grind =] theorem mem_Ico_int : x ∈ Ico a b ↔ a ≤ x ∧ x < b := by simp [Ico]; omega
@[simp, grind =] theorem mem_Ioc_int : x ∈ Ioc a b ↔ a < x ∧ x ≤ b := by simp [Ioc]; omega
@[simp, grind =] theorem mem_Ioo_int : x ∈ Ioo a b ↔ a < x ∧ x < b := by simp [Ioo]; omega
end Int

@[simp, grind =] theorem card_range (n : Nat) : card (range n) = n := List.length_range
@[simp, grind =] theorem card_Icc (a b : Nat) : card (Icc a b) = b + 1 - a := List.length_range'
@[simp, grind =] theorem card_Icc_int (a b : Int) : card (Icc a b) = (b + 1 - a).toNat :=
  List.length_map _ |>.trans List.length_range

/-- A finite set of natural numbers that are all below `N` is known when its members are. -/
theorem eq_filter_range {S : Finset Nat} {p : Nat → Prop} [DecidablePred p] (h : ∀ n, n ∈ S ↔ p n) (N : Nat)
    (hN : ∀ n, p n → n < N) : S = (range N).filter p :=
  ext fun n => by simp only [h, mem_filter, mem_range]; exact ⟨fun e => ⟨hN n e, e⟩, And.right⟩

/-- The same for integers between two bounds. -/
theorem eq_filter_Icc {S : Finset Int} {p : Int → Prop} [DecidablePred p] (h : ∀ n, n ∈ S ↔ p n) (a b : Int)
    (hN : ∀ n, p n → a ≤ n ∧ n ≤ b) : S = (Icc a b).filter p :=
  ext fun n => by simp only [h, mem_filter, mem_Icc]; exact ⟨fun e => ⟨hN n e, e⟩, And.right⟩

end Finset

/-- Mathlib's `Fintype`: a finite set that holds every element. -/
class Fintype (α : Type u) where
  /-- all elements -/
  elems : Finset α
  /-- every element is one of them -/
  complete : ∀ x : α, x ∈ elems

/-- Mathlib's `Finset.univ`. -/
def Finset.univ {α : Type u} [Fintype α] : Finset α := Fintype.elems
@[simp, grind =] theorem Finset.mem_univ {α : Type u} [Fintype α] (x : α) : x ∈ (Finset.univ : Finset α) ↔ True :=
  iff_true_intro (Fintype.complete x)
/-- Mathlib's `Fintype.card`. -/
def Fintype.card (α : Type u) [Fintype α] : Nat := Finset.card (Finset.univ : Finset α)

instance (n : Nat) : Fintype (Fin n) where
  elems := (List.finRange n).toFinset
  complete x := List.mem_toFinset.2 (List.mem_finRange x)

/-- Mathlib's `Set.toFinset`: the members of a set whose type of members is finite. -/
def Set.toFinset {α : Type u} (s : Set α) [Fintype s] : Finset α :=
  (Finset.univ : Finset s).mapList (List.map Subtype.val)
    (fun _ h => List.Pairwise.map _ (fun _ _ h e => h (Subtype.ext e)) h)
    (fun a b h y => by simp [h])

@[simp, grind =] theorem Set.mem_toFinset {α : Type u} {s : Set α} [Fintype s] {a : α} : a ∈ s.toFinset ↔ a ∈ s := by
  unfold Set.toFinset
  have h := fun x : s => Finset.mem_univ x
  revert h
  generalize (Finset.univ : Finset s) = u
  induction u using Finset.ind with | _ l hl
  intro h
  refine List.mem_map.trans ⟨fun ⟨x, _, e⟩ => e ▸ x.2, fun e => ⟨⟨a, e⟩, (h ⟨a, e⟩).2 trivial, rfl⟩⟩

/-- Mathlib's `Set.Finite`. -/
def Set.Finite {α : Type u} (s : Set α) : Prop := ∃ t : Finset α, ∀ x, x ∈ t ↔ x ∈ s
open Classical in
/-- Mathlib's `Set.ncard`: the number of members, 0 for an infinite set. -/
def Set.ncard {α : Type u} (s : Set α) : Nat := if h : s.Finite then h.choose.card else 0
