"""Chains: take a learner past what people can label, on arithmetic whose truth is known."""
