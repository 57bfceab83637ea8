"""What a model can both make and choose among: items, candidates, and questions about its own work.

Data sets, the worlds `chains` and `requests`, and pictures of shapes; nothing here knows a model.
"""
