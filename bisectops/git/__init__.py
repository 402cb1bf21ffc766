"""A commit comes in: values, snapshots of trees, histories, and the one door to pygit2."""
