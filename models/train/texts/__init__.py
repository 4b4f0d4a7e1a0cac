"""Texts to learn from: every function takes a seeded `random.Random`. See each module's first lines.

What is invented: names, numbers, tokens, contents, and the vendors of `tokens.invented`. What is not: the shapes, which
follow RFCs, public documentation and published code.
"""
