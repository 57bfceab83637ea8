"""Problems: where questions come from, with levels; answers stay with the critics."""
