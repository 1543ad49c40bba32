"""Ids, codes and code words."""

from dispatch.mint import ALPHABET, CODE_WORDS, Mint, task_code
from dispatch.sms import is_gsm7


def test_codes_are_short_different_and_have_no_look_alikes() -> None:
    first = [task_code(n) for n in range(5000)]
    assert len(set(first)) == 5000
    assert all(len(code) == 4 and set(code) <= set(ALPHABET) for code in first)
    assert not set(ALPHABET) & set("0O1ILSZ25B8GQ6")
    last = len(ALPHABET) ** 4
    assert len(task_code(last - 1)) == 4
    assert len(task_code(last)) == 5


def test_every_code_of_a_length_is_used_once() -> None:
    count = len(ALPHABET) ** 4
    assert len({task_code(n) for n in range(count)}) == count


def test_neighbouring_codes_look_unlike() -> None:
    for n in range(1000):
        assert sum(a != b for a, b in zip(task_code(n), task_code(n + 1), strict=True)) >= 2


def test_code_words_can_be_said_and_sent() -> None:
    assert len(set(CODE_WORDS)) == len(CODE_WORDS) >= 100
    assert all(word.isalpha() and 4 <= len(word) <= 14 and is_gsm7(word) for word in CODE_WORDS)


def test_numbers_are_used_in_order_and_run_out() -> None:
    mint = Mint(seed=1)
    assert mint.short_of(1)
    mint.stock(range(1, 501))
    mint.stock(range(501, 1001))
    assert [mint.task_code() for _ in range(1000)] == [task_code(n) for n in range(1, 1001)]
    assert mint.short_of(1)
