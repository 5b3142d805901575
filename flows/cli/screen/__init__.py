"""How the commands print their results: text for a person, JSON for a program."""
