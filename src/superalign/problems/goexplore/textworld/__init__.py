"""TextWorld (Côté et al. 2018, arXiv 1806.11532): games that are made by a seed, and the world."""
