"""KUMO: find the one valid truth by actions whose outcomes rule truths out.

The game of Lin et al. 2025 (arXiv 2504.02810): domains and tasks as published or freshly drawn, an
exact optimum, a simulator, knowledge books and the protocol of a player. No model is needed here.
"""
