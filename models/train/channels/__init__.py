"""The channel model: its features, made channels to learn from, folds and figures."""
