"""From a proof in words to a checked one: a model writes it formally with holes, a search fills them."""
