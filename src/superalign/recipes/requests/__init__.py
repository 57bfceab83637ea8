"""Requests: make a learner safer under attack without making it refuse what is harmless."""
