"""Methods from outside that name no paper are shown without an empty one."""

from comparisons.pages.parts import cards
from restorers.external import broken, results


def test_a_method_without_a_paper_is_called_external_and_cites_nothing():
    for method in (results.method("mine"), broken.method("mine", "It is broken; correct it.")):
        assert cards.origin(method) == "external"
        listed = cards.methods_list([method])
        assert "mine" in listed
        assert "cite" not in listed
        assert "“”" not in listed


def test_the_reason_of_a_broken_one_is_written_as_text():
    assert "<b>loud" not in cards.methods_list([broken.method("mine", "<b>loud</b>")])
