"""The parts of pages that are written from code and data are what code and data say."""

from scripts.pages import marks, origins
from tests.documents import page


def test_where_servers_come_from_is_what_their_manifests_say() -> None:
    begin, end = marks("origins")
    written = page("servers").partition(begin)[2].partition(end)[0]
    assert written == origins(), "`make pages` writes it anew"
