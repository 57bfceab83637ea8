"""What a person sees of a run: the terminal while it goes on, and a page when it ends."""
