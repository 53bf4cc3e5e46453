"""From a client's folder to a draft of the brief: what each file is, which table it fills and why, and what has to be asked."""
