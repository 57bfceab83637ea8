"""What a language model can do, area by area: one registry, one profile."""
