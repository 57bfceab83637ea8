"""Measures beyond a rate: diversity, discovery, comparison, fronts, drift, rewards, advantages."""
