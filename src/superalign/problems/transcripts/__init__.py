"""Transcripts of conversations, each labelled as an evaluation of the model or as real use."""
