"""One `plot_` per picture: a tidy table in, axes out, nothing computed."""
