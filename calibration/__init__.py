"""Are the intervals, verdicts and charts what they say they are? `make calibrate` simulates and counts."""
