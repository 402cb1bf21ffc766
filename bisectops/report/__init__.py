"""An incident becomes text: deterministic, and no secret value ever."""
