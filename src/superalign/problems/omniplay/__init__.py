"""OmniPlay: five games whose hidden state is told by text, picture, sound and clip, or by some.

After Bie et al. 2025 (arXiv 2508.04361), built anew: headless, by turns, seeded, and with channels
that can be left out, degraded or made to lie. The games know no model.
"""
