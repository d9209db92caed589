"""`mail`: an account for the vault, an address for a line, and lines that live on mail alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from backchannel.app.mail import MailAccount
from backchannel.errors import ConfigRefused, LineUnknown, MailRefused, MailUnreachable
from tests.cli.people import Person
from tests.support.mail_imap import PASSWORD, Store
from tests.support.mail_server import Provider, shuffled, troubled

ANN, BOB = "ann@north.example", "bob@south.example"


@pytest.fixture
def provider() -> Iterator[Provider]:
    with Provider(Store()).running() as provider:
        yield provider


@pytest.fixture
def word(home: Path) -> Path:
    file = home / "mail.password"
    file.write_text(PASSWORD + "\n", "utf-8")
    return file


def has_account(person: Person, address: str, account: MailAccount, word: Path, *more: str) -> None:
    person.runs(
        "mail", "account", address, "--smtp", str(account.smtp), "--imap", str(account.imap),
        "--password-file", str(word), *more,
    )  # fmt: skip


def by_mail(ann: Person, bob: Person, provider: Provider, word: Path) -> None:
    """Open a line that has nothing but mail."""
    text = ann.runs("invite", "bob").out
    has_account(ann, ANN, provider.account(ANN), word)
    has_account(bob, BOB, provider.account(BOB), word)
    ann.runs("mail", "to", "bob", BOB)
    bob.runs("join", "ann", "--text", "-", stdin=text)
    bob.runs("mail", "to", "ann", ANN)
    for _ in range(2):
        bob.runs("sync", "ann")
        ann.runs("sync", "bob")


def test_a_line_lives_on_mail_alone(ann: Person, bob: Person, provider: Provider, word: Path) -> None:
    by_mail(ann, bob, provider, word)
    assert ann.status("bob")["phase"] == bob.status("ann")["phase"] == "open"
    assert ann.status("bob")["mails"] == [BOB]
    ann.says("bob", "שלום")
    bob.runs("sync", "ann")
    ann.runs("sync", "bob")
    assert ann.texts("bob") == bob.texts("ann") == ["שלום"]
    assert ann.status("bob")["unacknowledged"] == 0
    assert provider.store.raws(BOB) == [], "what is safe in the vault is deleted"


def test_a_provider_in_trouble_loses_and_doubles_nothing(ann: Person, bob: Person, word: Path) -> None:
    with Provider(Store(troubled(3), shuffled(4))).running() as provider:
        by_mail(ann, bob, provider, word)
        ann.says("bob", *(f"north {at}" for at in range(4)))
        bob.says("ann", *(f"south {at}" for at in range(4)))
        for _ in range(2):
            bob.runs("sync", "ann")
            ann.runs("sync", "bob")
        assert sorted(ann.texts("bob")) == sorted(f"{side} {at}" for side in ("north", "south") for at in range(4))
        assert ann.texts("bob") == bob.texts("ann")
        assert ann.status("bob")["unacknowledged"] == bob.status("ann")["unacknowledged"] == 0


def test_other_peoples_mail_is_left_as_it_was(ann: Person, bob: Person, provider: Provider, word: Path) -> None:
    letters = [
        b"From: <x@north.example>\r\nSubject: dinner\r\n\r\n" + b"Come at eight. " * 100,
        b"Subject: " + b"0f" * 28 + b"\r\nContent-Type: application/octet-stream\r\n\r\n" + bytes(1024),
    ]
    for letter in letters:
        provider.store.keep(BOB, letter)
    by_mail(ann, bob, provider, word)
    assert provider.store.raws(BOB) == letters
    assert all(not kept.flags for kept in provider.store.of(BOB))
    assert not any(b"BODY[" in line for line in provider.asked), "looking marks nothing as read"


def test_the_password_is_nowhere_but_in_the_vault(ann: Person, provider: Provider, word: Path) -> None:
    has_account(ann, ANN, provider.account(ANN), word)
    shown = ann.runs("mail", "account"), ann.runs("mail", "account", "--json"), ann.runs("doctor")
    assert all(PASSWORD not in done.out + done.err for done in shown)
    assert shown[1].value["account"] == {
        "address": ANN, "user": ANN, "folders": ["INBOX"],
        "smtp": str(provider.account(ANN).smtp), "imap": str(provider.account(ANN).imap),
    }  # fmt: skip
    assert f"mail {ANN}: both servers answer" in shown[2].out
    ann.runs("mail", "account", "--remove")
    assert ann.runs("mail", "account").out == "none\n"
    assert ann.runs("mail", "account", "--json").value["account"] is None


def test_a_wrong_password_is_said_by_doctor_and_by_sync(
    ann: Person, bob: Person, provider: Provider, word: Path
) -> None:
    by_mail(ann, bob, provider, word)
    word.write_text("another word", "utf-8")
    has_account(ann, ANN, provider.account(ANN), word)
    done = ann.runs("doctor")
    assert f"look  mail {ANN}: {MailRefused.sentence()}" in done.out
    assert "another word" not in done.out
    failed = ann.tries("sync", "bob", "--json")
    assert (failed.code, failed.error["error"]) == (MailRefused.exit_code, MailRefused.code)


def test_a_provider_that_is_away(ann: Person, bob: Person, word: Path) -> None:
    with Provider(Store()).running() as provider:
        by_mail(ann, bob, provider, word)
    done = ann.runs("say", "bob", "kept")
    assert MailUnreachable.sentence() in done.err
    assert ann.status("bob")["unacknowledged"] == 1


def test_an_address_without_an_account_is_said(ann: Person) -> None:
    ann.runs("invite", "bob")
    assert "mail account" in ann.runs("mail", "to", "bob", BOB).err
    assert "there is no account" in ann.runs("doctor").out
    assert ann.runs("mail", "to", "bob", BOB, "--remove").out == ""
    assert ann.status("bob")["mails"] == []
    assert ann.tries("mail", "to", "nobody", BOB).code == LineUnknown.exit_code


@pytest.mark.parametrize(
    "address", ["bob", "bob@", "@south.example", "a b@c.example", "a@b\r\nX: y", "ב@c.example", "a@b@c"]
)
def test_what_is_no_address_is_refused(ann: Person, address: str) -> None:
    ann.runs("invite", "bob")
    assert ann.tries("mail", "to", "bob", address).code == ConfigRefused.exit_code


@pytest.mark.parametrize("server", ["http://mail.example", "mail.example/x", "user@mail.example", "mail.example:0", ""])
def test_what_is_no_server_is_refused(ann: Person, word: Path, server: str) -> None:
    done = ann.tries("mail", "account", ANN, "--smtp", server, "--imap", "mail.example", "--password-file", str(word))
    assert done.code in (2, ConfigRefused.exit_code)
    assert ann.runs("mail", "account").out == "none\n"


@pytest.mark.parametrize(
    "arguments", [("--user", "x"), (ANN,), (ANN, "--smtp", "mail.example"), (ANN, "--remove")], ids=" ".join
)
def test_half_an_account_is_refused(ann: Person, arguments: tuple[str, ...]) -> None:
    assert ann.tries("mail", "account", *arguments).code == 2


def test_without_a_terminal_the_password_needs_a_file(ann: Person) -> None:
    done = ann.tries("mail", "account", ANN, "--smtp", "mail.example", "--imap", "mail.example", "--json")
    assert done.error["error"] == ConfigRefused.code
    assert "--password-file" in done.error["hint"]


def test_plain_is_an_explicit_word_and_is_warned_of(ann: Person, word: Path) -> None:
    def shown(smtp: str, imap: str) -> tuple[str, dict[str, object]]:
        done = ann.runs("mail", "account", ANN, "--smtp", smtp, "--imap", imap, "--password-file", str(word))
        return done.err, ann.runs("mail", "account", "--json").value["account"]

    err, account = shown("mail.example", "mail.example")
    assert (account["smtp"], account["imap"]) == ("tls://mail.example:465", "tls://mail.example:993")
    assert "warning" not in err
    err, account = shown("mail.example:587", "starttls://mail.example")
    assert (account["smtp"], account["imap"]) == ("starttls://mail.example:587", "starttls://mail.example:143")
    assert "warning" not in err
    assert "warning" in shown("plain://mail.example", "mail.example")[0]
    assert "warning" not in shown("plain://127.0.0.1:2525", "plain://[::1]:1143")[0]
    assert json.dumps(shown("plain://[::1]:25", "mail.example")[1]).count("[::1]:25") == 1
