"""The parts of ./sop. Python standard library only: it runs before anything is installed."""
