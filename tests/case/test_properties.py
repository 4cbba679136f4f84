"""A driver's own properties as values."""

import pytest

from harness.case.difference import difference
from harness.case.properties import FILES, ClientFile, DriverProperties
from harness.errors import UsageError
from harness.model.material import KeyStoreFile, StoreKind, TextFile
from tests.case.beds import bed

PROPERTIES = DriverProperties((("useSSL", "true"), ("url", f"file:{FILES}/keystore")))


def test_one_is_changed_added_or_left_out_and_the_rest_stays_in_order() -> None:
    assert PROPERTIES.with_(useSSL="false").pairs == (("useSSL", "false"), PROPERTIES.pairs[1])
    assert PROPERTIES.with_(more="1").pairs == (*PROPERTIES.pairs, ("more", "1"))
    assert PROPERTIES.without("useSSL").pairs == PROPERTIES.pairs[1:]


def test_one_that_is_not_there_cannot_be_left_out() -> None:
    with pytest.raises(UsageError, match="no property `requireSSL` to leave out"):
        PROPERTIES.without("requireSSL")


def test_files_are_in_a_folder_that_is_named_later() -> None:
    assert PROPERTIES.in_folder("/x") == (("useSSL", "true"), ("url", "file:/x/keystore"))


def test_a_difference_tells_the_properties_that_differ_and_no_others() -> None:
    good = bed().two_way().with_(client_properties=PROPERTIES)
    changed = good.with_(client_properties=PROPERTIES.with_(useSSL="false", more="1"))
    assert difference(good, changed) == "useSSL: true → false, more: none → 1"
    assert difference(good, good.with_(client_properties=None)).startswith("client properties: useSSL=true url=")


def test_a_difference_tells_a_file_by_how_it_is_made_and_the_others_not() -> None:
    kept, keys = ClientFile("a", TextFile(text="a")), KeyStoreFile(kind=StoreKind.JKS, of=bed().client_leaf())
    good = bed().two_way().with_(client_files=(kept, ClientFile("keystore", keys)))
    changed = good.with_(client_files=(kept, ClientFile("keystore", TextFile(text="no store"))))
    assert difference(good, changed) == "client file keystore: jks with CN=client by «good» → the text `no store`"
    assert difference(good, good.with_(client_files=(kept,))).endswith(" by «good» → none")
    turned = good.with_(client_files=good.client_files[::-1])
    assert difference(good, turned).startswith("client files: a (the text `a`), keystore (jks with")
