"""What the values of our labels are called on a board, by the legend that shows them."""

LABEL_WORDS = {
    "{{stage}}": {
        "not_due": "Chưa đến hạn", "due_soon": "Sắp đến hạn", "overdue": "Quá hạn",
        "paused": "Tạm dừng",
    },
    "{{timeliness}}": {"early": "Trước hạn", "on_time": "Đúng hạn", "late": "Trễ hạn"},
    "{{channel}}": {"direct": "Trực tiếp", "online": "Trực tuyến", "postal": "Bưu chính"},
    "{{group}}": {
        "CKMB": "Công khai, minh bạch", "TDGQ": "Tiến độ giải quyết",
        "DVCTT": "Dịch vụ công trực tuyến", "TTTT": "Thanh toán trực tuyến",
        "MDHL": "Mức độ hài lòng", "MDSH": "Mức độ số hóa",
    },
}  # fmt: skip
