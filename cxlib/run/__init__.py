"""The run: ten notebooks in order, in one process, each leaving a page whatever happens."""
