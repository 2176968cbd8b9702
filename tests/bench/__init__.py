"""`make bench`: how fast the site is, against an empty page of its own, and races at full size."""
