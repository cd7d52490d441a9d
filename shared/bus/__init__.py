"""The wire: subjects, streams, hostile bytes, and what "published" means."""
