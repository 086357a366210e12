module

public import Prover.Complex
public import Prover.NNReal

/-! `Real.sqrt`, `Real.pi`, `Complex.I` and their like as words of their own. A statement does not say over which field
they are meant: the header does, by giving these words their meaning for its variables `ℝ` and `ℂ`. -/

@[expose] public section

-- A notation must not need an auxiliary constant that importers do not see.
set_option compiler.extract_closed false

/-- Mathlib's `Real.sqrt`, over the field that the header names. -/
syntax:max (name := realSqrt) "Real.sqrt" : term
/-- Mathlib's `Real.exp`, over the field that the header names. -/
syntax:max (name := realExp) "Real.exp" : term
/-- Mathlib's `Real.log`, over the field that the header names. -/
syntax:max (name := realLog) "Real.log" : term
/-- Mathlib's `Real.logb`, over the field that the header names. -/
syntax:max (name := realLogb) "Real.logb" : term
/-- Mathlib's `Real.sin`, over the field that the header names. -/
syntax:max (name := realSin) "Real.sin" : term
/-- Mathlib's `Real.cos`, over the field that the header names. -/
syntax:max (name := realCos) "Real.cos" : term
/-- Mathlib's `Real.tan`, over the field that the header names. -/
syntax:max (name := realTan) "Real.tan" : term
/-- Mathlib's `Real.pi`, in the field that the header names. -/
syntax:max (name := realPi) "Real.pi" : term
/-- Mathlib's notation for `Real.pi`. -/
syntax:max (name := realPiSymbol) "π" : term
/-- Mathlib's notation for `Real.sqrt`. -/
macro:100 "√" x:term:100 : term => `(Real.sqrt $x)
/-- Mathlib's `NNReal`: the non-negative elements of the field that the header names. -/
syntax:max (name := nnrealStx) "NNReal" : term
/-- Mathlib's `NNReal.sqrt`. -/
syntax:max (name := nnrealSqrt) "NNReal.sqrt" : term
/-- Mathlib's `Complex.I`, in the field that the header names. -/
syntax:max (name := complexI) "Complex.I" : term

/-- Shows `Real.sqrt` under its name. -/
@[app_unexpander _root_.Real.sqrt] meta def Real.unexpandSqrt : Lean.PrettyPrinter.Unexpander
  | `($_ $x) => `(Real.sqrt $x)
  | _ => throw ()
/-- Shows `Real.exp` under its name. -/
@[app_unexpander _root_.Real.exp] meta def Real.unexpandExp : Lean.PrettyPrinter.Unexpander
  | `($_ $x) => `(Real.exp $x)
  | _ => throw ()
/-- Shows `Real.log` under its name. -/
@[app_unexpander _root_.Real.log] meta def Real.unexpandLog : Lean.PrettyPrinter.Unexpander
  | `($_ $x) => `(Real.log $x)
  | _ => throw ()
/-- Shows `Real.logb` under its name. -/
@[app_unexpander _root_.Real.logb] meta def Real.unexpandLogb : Lean.PrettyPrinter.Unexpander
  | `($_ $a $x) => `(Real.logb $a $x)
  | _ => throw ()
/-- Shows `Real.sin` under its name. -/
@[app_unexpander _root_.Real.sin] meta def Real.unexpandSin : Lean.PrettyPrinter.Unexpander
  | `($_ $x) => `(Real.sin $x)
  | _ => throw ()
/-- Shows `Real.cos` under its name. -/
@[app_unexpander _root_.Real.cos] meta def Real.unexpandCos : Lean.PrettyPrinter.Unexpander
  | `($_ $x) => `(Real.cos $x)
  | _ => throw ()
/-- Shows `Real.tan` under its name. -/
@[app_unexpander _root_.Real.tan] meta def Real.unexpandTan : Lean.PrettyPrinter.Unexpander
  | `($_ $x) => `(Real.tan $x)
  | _ => throw ()
/-- Shows `Real.pi` as Mathlib does. -/
@[app_unexpander _root_.Real.pi] meta def Real.unexpandPi : Lean.PrettyPrinter.Unexpander
  | `($_ $_) => `(π)
  | _ => throw ()
/-- Shows the type of non-negative numbers under its name. -/
@[app_unexpander NonnegSubtype] meta def NonnegSubtype.unexpand : Lean.PrettyPrinter.Unexpander
  | `($_ $_) => `(NNReal)
  | _ => throw ()
/-- Shows `NNReal.sqrt` under its name. -/
@[app_unexpander _root_.NNReal.sqrt] meta def NNReal.unexpandSqrt : Lean.PrettyPrinter.Unexpander
  | `($_ $x) => `(NNReal.sqrt $x)
  | _ => throw ()
/-- Shows the imaginary unit under its name. -/
@[app_unexpander _root_.Complex.I] meta def Complex.unexpandI : Lean.PrettyPrinter.Unexpander
  | `($_:ident) => `(Complex.I)
  | _ => throw ()
