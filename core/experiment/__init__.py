"""An experiment as posted, and resolved into arms."""
