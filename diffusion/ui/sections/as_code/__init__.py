"""What a tab shows as Python."""
