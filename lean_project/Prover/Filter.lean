module

public import Prover.Set

/-! Limits: filters, `atTop`, neighbourhoods in the order topology and `Tendsto`. -/

@[expose] public noncomputable section

set_option linter.unusedSectionVars false
-- A notation must not need an auxiliary constant that importers do not see.
set_option compiler.extract_closed false

universe u v

/-- Mathlib's `Filter`: the same four fields. -/
structure Filter (α : Type u) where
  /-- the sets of the filter -/
  sets : Set (Set α)
  /-- everything is in it -/
  univ_sets : Set.univ ∈ sets
  /-- it is closed under supersets -/
  sets_of_superset : ∀ {s t : Set α}, s ∈ sets → s ⊆ t → t ∈ sets
  /-- it is closed under intersections -/
  inter_sets : ∀ {s t : Set α}, s ∈ sets → t ∈ sets → s ∩ t ∈ sets

namespace Filter
variable {α : Type u} {β : Type v}

/-- Mathlib's `Filter.atTop`; in a nonempty linear order its sets are those that hold all large elements
(`Filter.mem_atTop_sets`). -/
def atTop [LE α] [Std.IsLinearOrder α] [h : Nonempty α] : Filter α where
  sets := setOf fun s => ∃ a, ∀ b, a ≤ b → b ∈ s
  univ_sets := h.elim fun a => ⟨a, fun _ _ => trivial⟩
  sets_of_superset := fun ⟨a, h⟩ hst => ⟨a, fun b hb => hst b (h b hb)⟩
  inter_sets := fun ⟨a, h⟩ ⟨b, k⟩ => (Std.le_total (a := a) (b := b)).elim
    (fun e => ⟨b, fun c hc => ⟨h c (Std.le_trans e hc), k c hc⟩⟩)
    (fun e => ⟨a, fun c hc => ⟨h c hc, k c (Std.le_trans e hc)⟩⟩)

/-- Mathlib's `Filter.Tendsto` (there `map f l₁ ≤ l₂`, which says this). -/
def Tendsto (f : α → β) (l₁ : Filter α) (l₂ : Filter β) : Prop := ∀ s, s ∈ l₂.sets → f ⁻¹' s ∈ l₁.sets

/-- `x` is above the bound, if there is one. -/
def above [LT α] (lo : Option α) (x : α) : Prop := ∀ l, lo = some l → l < x
/-- `x` is below the bound, if there is one. -/
def below [LT α] (hi : Option α) (x : α) : Prop := ∀ u, hi = some u → x < u

theorem above_or [LE α] [LT α] [Std.LawfulOrderLT α] [Std.IsLinearOrder α] (l m : Option α) :
    ∃ k, (k = l ∨ k = m) ∧ ∀ x, above k x → above l x ∧ above m x := by
  cases l with
  | none => exact ⟨m, Or.inr rfl, fun x h => ⟨nofun, h⟩⟩
  | some a => cases m with
    | none => exact ⟨some a, Or.inl rfl, fun x h => ⟨h, nofun⟩⟩
    | some b => rcases Std.le_total (a := a) (b := b) with e | e
                · exact ⟨some b, Or.inr rfl, fun x h => ⟨fun _ f => by have := h b rfl; grind, h⟩⟩
                · exact ⟨some a, Or.inl rfl, fun x h => ⟨h, fun _ f => by have := h a rfl; grind⟩⟩

theorem below_or [LE α] [LT α] [Std.LawfulOrderLT α] [Std.IsLinearOrder α] (l m : Option α) :
    ∃ k, (k = l ∨ k = m) ∧ ∀ x, below k x → below l x ∧ below m x := by
  cases l with
  | none => exact ⟨m, Or.inr rfl, fun x h => ⟨nofun, h⟩⟩
  | some a => cases m with
    | none => exact ⟨some a, Or.inl rfl, fun x h => ⟨h, nofun⟩⟩
    | some b => rcases Std.le_total (a := a) (b := b) with e | e
                · exact ⟨some a, Or.inl rfl, fun x h => ⟨h, fun _ f => by have := h a rfl; grind⟩⟩
                · exact ⟨some b, Or.inr rfl, fun x h => ⟨fun _ f => by have := h b rfl; grind, h⟩⟩
end Filter

open Filter in
/-- Mathlib's neighbourhood filter `𝓝 a`, for types that carry the order topology (ℕ, ℤ, ℝ, NNReal): the sets that hold
an open interval or ray around `a`. -/
def nhds {α : Type u} [LE α] [LT α] [Std.LawfulOrderLT α] [Std.IsLinearOrder α] (a : α) : Filter α where
  sets := setOf fun s => ∃ lo hi, above lo a ∧ below hi a ∧ ∀ x, above lo x → below hi x → x ∈ s
  univ_sets := ⟨none, none, nofun, nofun, fun _ _ _ => trivial⟩
  sets_of_superset := fun ⟨l, u, h₁, h₂, h⟩ hst => ⟨l, u, h₁, h₂, fun x hl hu => hst x (h x hl hu)⟩
  inter_sets := fun ⟨l, u, h₁, h₂, h⟩ ⟨m, w, k₁, k₂, k⟩ => by
    obtain ⟨p, hp, hp'⟩ := above_or l m
    obtain ⟨q, hq, hq'⟩ := below_or u w
    refine ⟨p, q, ?_, ?_, fun x hx kx => ⟨h x (hp' x hx).1 (hq' x kx).1, k x (hp' x hx).2 (hq' x kx).2⟩⟩
    · rcases hp with rfl | rfl <;> assumption
    · rcases hq with rfl | rfl <;> assumption

namespace Topology
@[inherit_doc] scoped notation "𝓝" => nhds
end Topology
