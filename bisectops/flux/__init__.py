"""Resources become a cluster, as the Flux controllers reconcile them."""
