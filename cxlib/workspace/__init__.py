"""A place of one's own for an engagement: notebooks that can be changed, upgraded and brought back, in JupyterLab."""
