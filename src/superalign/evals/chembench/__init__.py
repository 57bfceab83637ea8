"""ChemBench: questions of chemistry in words, by letter or by number (Mirza et al. 2024).

Source: arXiv 2404.01475. What the original scores otherwise than it says is put right; `compat`
follows the original instead, reply for reply.
"""
