"""The Prefect server that a flow uses: it starts and ends with the flow, and its loss is reported."""
