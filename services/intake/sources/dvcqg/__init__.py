"""What provincial systems already send to the national portal (Cổng DVCQG), turned into facts."""
