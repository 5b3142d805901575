"""The Prefect server that a flow uses: started with the flow, ended with it, and missed if it is lost."""
