"""What runs and what it refers to; the one door to networkx."""
