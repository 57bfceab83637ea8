"""Intelligent Go-Explore: worlds to explore, the archive, and every way of playing them.

Lu, Hu and Clune 2025 (arXiv 2405.15143), after Ecoffet et al. 2021 (arXiv 2004.12919): return to a
promising place, then explore from there. No model is needed here.
"""
