-- honest: a file that imports nothing
-- challenge: h_core
theorem t : (2 : Nat) + 2 = 4 := rfl
