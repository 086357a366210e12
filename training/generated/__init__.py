"""Statements in the style of competition mathematics and of basic library facts, true by construction."""
