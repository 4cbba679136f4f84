"""Fenced blocks of a document, as commands and as settings."""

import pytest

from harness.case.document import Block, blocks
from harness.errors import UsageError

TEXT = """\
# First
```
# not a heading
one --option
```
## Second
words
```
$ mysql -h one \\
      --ssl

```
more
```
[mysqld]
...
(From /etc/my.cnf)
 ssl
 ssl-ca=/a/b
# ssl-cipher=X
# a comment of words
```
"""


def test_blocks_stand_below_their_own_heading() -> None:
    assert [block.commands() for block in blocks(TEXT, "First")] == [("one --option",)]
    assert len(blocks(TEXT, "Second")) == 2


def test_a_command_has_no_prompt_and_goes_on_after_a_backslash() -> None:
    assert blocks(TEXT, "Second")[0].commands() == ("mysql -h one --ssl",)


def test_settings_are_lines_of_one_word_or_those_in_comments() -> None:
    block = blocks(TEXT, "Second")[1]
    assert block.settings() == ("ssl", "ssl-ca=/a/b")
    assert block.settings(commented=True) == ("ssl-cipher=X",)


@pytest.mark.parametrize("section", ["Third", "not a heading"])
def test_a_section_without_a_block_is_an_error(section: str) -> None:
    with pytest.raises(UsageError):
        blocks(TEXT, section)


def test_an_empty_block_has_nothing() -> None:
    assert Block("x", ()).commands() == Block("x", ()).settings() == ()


YAML = Block("s", ("one:", "# a comment", "    useSSL: true", "    timeout: 15000", "    url: file:/a/b"))


def test_values_are_as_they_are_written() -> None:
    assert YAML.values("one") == (("useSSL", "true"), ("timeout", "15000"), ("url", "file:/a/b"))


def test_values_that_begin_in_different_columns_are_read_where_that_is_known() -> None:
    askew = Block("s", (" a: 1", "b: 2"))
    assert askew.values(askew=True) == (("a", "1"), ("b", "2"))
    with pytest.raises(UsageError, match="below `s` is no YAML"):
        askew.values()


@pytest.mark.parametrize(("lines", "name"), [(("- a",), ""), (("a: 1",), "b"), (("a:", "  b: [1]"), "a"), (("a",), "")])
def test_what_is_no_mapping_of_words_is_no_settings(lines: tuple[str, ...], name: str) -> None:
    with pytest.raises(UsageError, match="below `s` are no settings"):
        Block("s", lines).values(name)
