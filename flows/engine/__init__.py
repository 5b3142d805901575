"""What the flows need of Prefect."""
