"""A package whose tests live inside it."""
