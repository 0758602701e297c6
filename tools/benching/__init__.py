"""What tools/bench is made of: workloads, the emulators that run them, measuring, and tables."""
