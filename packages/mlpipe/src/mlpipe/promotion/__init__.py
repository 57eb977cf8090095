"""Promotes a model version: registry, artefact, image, and the value that an environment reads."""
