"""Learners: policy and examples in, new policy out; the old one stays usable."""
