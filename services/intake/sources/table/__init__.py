"""Tables that people export (CSV, Excel, JSON lines), turned into facts by a TOML mapping."""
