"""The catalog: everything that an experiment can be made of, one class an entry."""
