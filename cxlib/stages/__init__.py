"""The ten stages: one room each, and in each room what its notebook may call."""
