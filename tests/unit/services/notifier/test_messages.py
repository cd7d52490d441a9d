"""The words of a message."""

from services.notifier.channels.mail import mail_of
from services.notifier.domain.messages import Message, digest, worst
from tests.support.dossiers import AGENCIES, code_of
from tests.unit.services.notifier.builders import epoch, record, row, rules

NOW = epoch(10)


def test_a_burst_is_one_message_with_counts_and_the_worst_ten() -> None:
    burst = [
        record(f"a{n}", dossier=code_of(n), agency=AGENCIES[n % 2], since=epoch(2) + n)
        for n in range(5000)
    ]

    message = digest(burst, NOW, rules(), agencies={AGENCIES[0]: "Sở Xây dựng"})

    assert message.title == "Một Cửa: 5000 hồ sơ quá hạn"
    assert "Sở Xây dựng: 2500" in message.body
    assert message.body.count("- H44.01-260302-") == 10
    assert "… và 4990 cảnh báo khác" in message.body
    assert len(message.body) < 2000


def test_the_worst_are_the_most_severe_and_then_the_oldest() -> None:
    by = rules(row("overdue", 0), row("overdue_5", 40, severity="critical"))
    old = record("old", since=epoch(2))
    new = record("new", since=epoch(3), dossier=code_of(2))
    grave = record("grave", stage="overdue_5", since=epoch(9), dossier=code_of(3))
    same = record("same", since=epoch(2), dossier=code_of(3))  # told by its gravest alert

    assert [one.alert_id for one in worst([new, old, same, grave], by)] == ["grave", "old", "new"]


def test_what_may_have_been_told_before_is_labelled() -> None:
    message = digest([record()], NOW, rules(), agencies={}, is_repeat=True)

    assert message.title.startswith("[Nhắc lại] ")
    assert "Nhắc lại: không rõ lần báo trước đã tới nơi chưa." in message.body


def test_a_line_names_dossier_agency_and_delay_and_no_person() -> None:
    message = digest([record()], epoch(4, 19), rules(), agencies={})

    line = next(line for line in message.body.splitlines() if line.startswith("- "))
    expected = (
        "- H44.01-260302-00001 (H44.01): hồ sơ quá hạn, hạn 02/03/2026 17:00, đã quá 2 ngày 2 giờ"
    )
    assert line == expected


def test_what_is_still_ahead_says_how_long_is_left_and_what_has_no_limit_since_when() -> None:
    ahead = digest([record(due=epoch(4, 17))], epoch(4, 9), rules(), agencies={})
    silent = digest([record(due=None, since=epoch(4, 9))], epoch(4, 15), rules(), agencies={})

    assert "hạn 04/03/2026 17:00, còn 8 giờ" in ahead.body
    assert "từ 04/03/2026 09:00, đã 6 giờ" in silent.body


def test_what_comes_back_unfinished_says_so_and_where_to_go() -> None:
    message = digest(
        [record()], NOW, rules(), agencies={}, is_again=True, desk_url="http://127.0.0.1:8403/"
    )

    assert message.title.startswith("[Nhắc lại] ")
    assert "đã báo trước đây mà vẫn chưa xong" in message.body
    assert message.body.endswith("Bàn Cảnh báo: http://127.0.0.1:8403/")


def test_a_mail_says_the_words_of_the_text_and_lets_no_code_in() -> None:
    body = "Sở A & B: 3\n\nDanh sách:\n- H44-1 (<b>A</b>): quá hạn\n\nBàn Cảnh báo: https://a.vn/?a=1&b"

    drawn = mail_of(Message("Một Cửa: 3 <hồ sơ>", body))

    assert "Một Cửa: 3 &lt;hồ sơ&gt;</h1>" in drawn
    assert "Sở A &amp; B: <strong>3</strong></p>" in drawn
    assert "<li><strong>H44-1 (&lt;b&gt;A&lt;/b&gt;)</strong>: quá hạn</li>" in drawn
    assert '<a href="https://a.vn/?a=1&amp;b">https://a.vn/?a=1&amp;b</a>' in drawn
