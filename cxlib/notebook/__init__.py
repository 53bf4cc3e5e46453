"""What an open notebook says by itself, whoever runs its cells."""
