"""The catalog of data sets, layers, constraints, regularisers and training options: one class for each entry."""
