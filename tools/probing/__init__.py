"""The rule guests of tests/probes on ringstep and on other emulators: what they print, and what that is worth."""
