"""bisectops names the commits that broke what Flux reconciles.

The pipeline, each arrow one public function, nothing flowing back:

    commit → Snapshot → Resources → Cluster → ResourceGraph → Findings → Walk → Incident → report

`git` reads commits from the object store and never from a checkout; `yaml` reads as kustomize
does; `kustomize` builds a folder; `flux` simulates the controllers until nothing new appears;
`graph` is what would run and what it refers to; `rules` say which references fail; `search` walks
the history; `incident` tells what happened; `report` writes it down; `cli` is the door.
"""
