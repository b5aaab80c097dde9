"""Numbers about models: the judge, the measures, what they come to, and what is kept of them."""
