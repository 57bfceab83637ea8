"""Policies: things that speak, whether scripted, local checkpoints or remote models."""
