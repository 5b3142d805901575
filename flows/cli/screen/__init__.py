"""How a command answers: text for a person, JSON for a program."""
