"""The floor that the API and the workers share."""
