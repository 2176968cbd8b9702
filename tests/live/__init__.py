"""The site as it runs at a clinic, with real processes and sockets: for benchmarks and drills."""
