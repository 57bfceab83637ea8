"""Guard: harden a classifier of prompts against disguises."""
