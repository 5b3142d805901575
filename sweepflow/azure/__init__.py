"""What was written for Azure Machine Learning, run on this machine."""
