"""What several stages compute with: intervals, scores, periods, power, random draws."""
