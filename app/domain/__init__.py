"""The vocabulary: what an experiment is, as data. No I/O, and no Keras until something is built."""
