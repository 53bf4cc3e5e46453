"""One file per stage: the sentences, facts and recommendations read off the tidy tables."""
