"""Measures beyond a rate: diversity, discovery, comparison, fronts, drift, rewards of a search."""
