import smtplib

import pytest

LETTER = "Message-ID: <{0}@test>\r\nSubject: {0}\r\n\r\nGood day.\r\n"


def send(sink, name="one", to="dana@agency.test", timeout=5):
    with smtplib.SMTP(sink.host, sink.port, timeout=timeout) as client:
        client.sendmail("portal@office.test", [to], LETTER.format(name))


def test_mail_server_keeps_letter_and_journal(smtp_sink):
    send(smtp_sink)

    assert [row["recipient"] for row in smtp_sink.journal] == ["dana@agency.test"]
    assert [row["message_id"] for row in smtp_sink.journal] == ["<one@test>"]
    assert [letter["Subject"] for letter in smtp_sink.messages()] == ["one"]


def test_mail_server_answers_has_taken(smtp_sink):
    from crm_portal.embedded.mail import has_taken

    assert not has_taken("<one@test>")
    send(smtp_sink)
    assert has_taken("<one@test>")


@pytest.mark.parametrize("step", ["mail", "dot"])
def test_mail_server_refuses_as_often_as_told(smtp_sink, step):
    smtp_sink.behave(step, "451 later", times=1)

    with pytest.raises(smtplib.SMTPException):
        send(smtp_sink)
    assert smtp_sink.journal == []
    send(smtp_sink)
    assert len(smtp_sink.journal) == 1


def test_mail_server_refuses_one_recipient(smtp_sink):
    smtp_sink.behave("rcpt", "550 unknown", to="gone@agency.test")

    with pytest.raises(smtplib.SMTPRecipientsRefused):
        send(smtp_sink, to="gone@agency.test")
    send(smtp_sink)
    assert len(smtp_sink.journal) == 1


def test_mail_server_can_take_letter_and_cut_the_line(smtp_sink):
    smtp_sink.behave("taken", drop=True, times=1)

    with pytest.raises(smtplib.SMTPServerDisconnected):
        send(smtp_sink)
    assert len(smtp_sink.journal) == 1


def test_mail_server_can_be_slow(smtp_sink):
    smtp_sink.behave("taken", delay=0.5)

    with pytest.raises((TimeoutError, smtplib.SMTPServerDisconnected)):
        send(smtp_sink, timeout=0.1)
    assert len(smtp_sink.wait_for(1)) == 1
