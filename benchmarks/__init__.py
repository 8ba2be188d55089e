"""The benchmarks: Amanah beside its peers, each in a process of its own, medians of several runs."""
