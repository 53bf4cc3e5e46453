"""Mutation testing: does a test fail when the code is changed in a small way? `make mutate`, not part of `make test`."""
