"""Where facts are looked up: a corpus of the user's own, or a search service."""

from superalign.critics.factuality.search.corpus import Corpus, read_corpus
from superalign.critics.factuality.search.protocol import NOTHING_FOUND, Search, SearchError

__all__ = ["NOTHING_FOUND", "Corpus", "Search", "SearchError", "read_corpus"]
