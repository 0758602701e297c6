"""Cases of the integer instruction set, measured on the processor of this host (see tools/make-cases)."""
