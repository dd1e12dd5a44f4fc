"""The experiment as posted, and its resolved arms."""
