"""A line of commits, judged: one after another, in pieces, by several processes, from the cache."""
