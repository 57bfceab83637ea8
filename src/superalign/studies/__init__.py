"""Studies: one readable file per question about oversight."""
