"""One question a file: which references would Flux fail to resolve?"""
