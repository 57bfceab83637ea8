"""BabyAI in words: the five kinds of task, what the player sees, and the world.

Chevalier-Boisvert et al. 2019 (arXiv 1810.08272), told in text as by Carta et al. 2023 (GLAM, arXiv
2302.02662), rebuilt on minigrid.
"""
