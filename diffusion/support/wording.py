"""Numbers in words, as several tabs say them."""

FAR = 100 * 60   # seconds from which a time is told in hours


def duration(seconds: float) -> str:
    """A time as people say it, such as "40 s" or "4 min 10 s"."""
    seconds = round(seconds)
    if seconds < 60:
        return f"{seconds} s"
    if seconds < FAR:
        return f"{seconds // 60} min {seconds % 60:02} s"
    return f"{seconds / 3600:.1f} hours"
