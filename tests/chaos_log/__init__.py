"""A log that lies: rewound, recreated, with a hole, with a flipped bit."""
