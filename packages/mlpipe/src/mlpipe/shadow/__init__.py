"""Compares a shadow variant with production, and makes it production or drops it."""
