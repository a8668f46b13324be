"""What only a process of the product can tell. Called by benchmarks.database.run_inside."""
