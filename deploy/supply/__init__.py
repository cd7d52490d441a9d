"""What we ship that is not ours: hashes, licences, the bill of materials, known weaknesses."""
