"""VNPost's shape: token, order, cancel, and tracking in pages by `lastId`. Source: [VNPOST]."""
