"""Own: the loop on your models and your problems."""
