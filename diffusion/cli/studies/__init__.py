"""The studies behind the tables: what the README and ABLATION.md say was measured by these."""
