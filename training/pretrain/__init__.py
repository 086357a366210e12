"""Continued pretraining of a Llama-family model, on one processor or many GPUs. docs/pretraining.md."""
