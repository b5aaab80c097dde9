"""All that outlives a request, and the only place with threads, locks and caches."""
