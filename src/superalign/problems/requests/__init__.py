"""The world of requests: who asks what, in which words and wrappers, and what is a fit reply."""
