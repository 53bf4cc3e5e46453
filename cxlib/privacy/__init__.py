"""Small groups are hidden, texts are redacted."""
