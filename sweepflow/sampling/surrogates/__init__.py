"""Models of the objective that the bayesian sampler proposes by."""
