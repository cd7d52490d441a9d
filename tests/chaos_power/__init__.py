"""Power cuts: what was acknowledged is on the disk, and not only in somebody's memory."""
