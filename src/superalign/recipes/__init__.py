"""Recipes: functions that return a whole configuration, and the runs they configure."""
