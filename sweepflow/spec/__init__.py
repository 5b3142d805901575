"""The spec: everything that a user asks for, checked."""
